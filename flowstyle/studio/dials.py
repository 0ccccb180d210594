"""The settings as a page offers them: the same names, ranges and help as on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from flowstyle.core.errors import UsageError
from flowstyle.settings import load_settings
from flowstyle.settings.catalogue import SettingField, fields, limits_of

YES, NO = "yes", "no"


class Dials:
    """One field for each setting; an empty one leaves the preset's value, which it shows.

    Args:
        names: of the settings.
        chosen: what stands in the fields by these names, at first and from then on.
    """

    def __init__(self, names: Sequence[str], chosen: dict[str, Any]) -> None:
        self._widgets: dict[str, Any] = {}
        self._choices = {name: found for name in names if (found := _choices(fields()[name]))}
        with ui.element("div").classes("w-full grid gap-x-4 gap-y-2 sm:grid-cols-2"):
            for name in names:
                widget = _widget(fields()[name], self._choices.get(name), chosen.get(name) or "")
                self._widgets[name] = widget.bind_value_to(chosen, name)

    def follow(self, preset: str) -> None:
        """Show the values of a preset where nothing is set."""
        settings = load_settings({}, preset=preset)
        for name, widget in self._widgets.items():
            value = getattr(settings, name)
            if isinstance(value, bool):
                value = YES if value else NO
            shown = "not set" if value is None else str(value)
            if name in self._choices:
                widget.set_options(
                    {"": f"{shown} (preset)", **{one: one for one in self._choices[name]}}
                )
            else:
                widget.props["placeholder"] = shown
                widget.props["stack-label"] = True
                widget.update()

    def given(self) -> dict[str, Any]:
        """The settings that were set, by field.

        Raises:
            UsageError: no number where one is wanted.
        """
        read = {name: _read(fields()[name], one.value) for name, one in self._widgets.items()}
        return {name: value for name, value in read.items() if value is not None}


def _choices(field: SettingField) -> tuple[str, ...]:
    """All values of a setting, where they are few and no others are allowed."""
    if field.kind is bool:
        return (YES, NO)
    return field.choices if field.kind is str and field.name != "device" else ()


def _widget(field: SettingField, choices: tuple[str, ...] | None, value: str) -> Any:
    """The field of a setting, its help below."""
    label = field.option.removeprefix("--")
    widget: Any
    if choices:
        widget = ui.select({"": "", **{one: one for one in choices}}, label=label, value=value)
    else:
        widget = ui.input(label, value=value)
        if field.kind in (int, float):
            widget.props("inputmode=decimal")
    limits = "" if choices else limits_of(field.name)
    said = field.help + (f" {limits[0].upper()}{limits[1:]}." if limits else "")
    with ui.column().classes("w-full gap-0") as cell:
        ui.label(said).classes("help")
    widget.classes("w-full").move(cell, target_index=0)
    return widget


def _read(field: SettingField, value: Any) -> Any:
    """A value as the settings take it; None where nothing is set."""
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    if field.kind is bool:
        return text == YES
    if field.kind not in (int, float):
        return text
    try:
        return field.kind(text)
    except ValueError:
        raise UsageError(
            f"this is no value of {field.name} (got {text!r})",
            field.option,
            f"give {limits_of(field.name)}",
        ) from None
