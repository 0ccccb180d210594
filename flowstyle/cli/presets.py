"""``flowstyle presets``: what each preset is for, what it changes and costs."""

from __future__ import annotations

import textwrap
from typing import Annotated, Any

import typer

from flowstyle.cli import completion, options
from flowstyle.cli.progress import print_json
from flowstyle.cli.tables import rows_of
from flowstyle.settings import Settings, load_preset, preset_names
from flowstyle.settings.catalogue import fields
from flowstyle.settings.presets import Preset, own_presets, read_preset

MOST = 6
"""Settings that the list names of each preset."""
WIDTH = 92


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("presets")(presets)


def presets(
    name: Annotated[
        str | None,
        typer.Argument(help="A preset: all that it sets.", autocompletion=completion.presets),
    ] = None,
    json: options.Json = False,
) -> None:
    """List the presets, your own ones too: what they are for, what they change and cost.

    A file NAME.toml in your folder of presets, with lines such as iterations = 12, is a preset;
    extends = "draft" takes another one's values first.
    """
    where = f"flowstyle presets {name}"
    found = [read_preset(one, where) for one in ([name] if name else preset_names())]
    if json:
        print_json({"folder": own_presets(), "presets": [_facts(one) for one in found]})
    elif name:
        print(_whole(found[0]))
    else:
        print("\n".join(map(_short, found)))
        print(f"\nflowstyle presets NAME lists all that a preset sets. Your own: {own_presets()}")


def _facts(one: Preset) -> dict[str, Any]:
    """A preset as JSON types."""
    return {
        "name": one.name,
        "own": one.own,
        "path": str(one.path),
        "about": one.about,
        "cost": one.cost,
        "sets": load_preset(one.name),
    }


def _short(one: Preset) -> str:
    """A preset in the list: its name, what it is for and costs, and the first that it changes."""
    changes = _changes(one.name)
    named = [f"{field} {_shown(value)}" for field, value in list(changes.items())[:MOST]]
    more = len(changes) - len(named)
    listed = ", ".join(named) + (f", and {more} more" if more else "") or "nothing"
    lines = [f"{one.name}: {one.about or f'your own, {one.path}'}"]
    lines += [f"time: {one.cost}"] if one.cost else []
    lines += textwrap.wrap(f"changes: {listed}", WIDTH)
    return "\n  ".join(lines)


def _whole(one: Preset) -> str:
    """A preset with all that it sets, beside the values that it replaces."""
    about = [f"{one.name}: {one.about}"] if one.about else [one.name]
    cost = [f"time: {one.cost}"] if one.cost else []
    below = [f"extends: {one.extends}"] if one.extends else []
    rows = [("setting", "value", "default", "option")]
    for name, value in load_preset(one.name).items():
        field = fields().get(name)
        usual = _shown(getattr(Settings.from_preset("default"), name)) if field else ""
        option = field.option if field and field.declared.cli else ""
        rows.append((name, _shown(value), usual, option))
    table = rows_of(rows) if len(rows) > 1 else ["sets nothing"]
    return "\n".join([*about, *cost, *below, f"file: {one.path}", "", *table])


def _changes(name: str) -> dict[str, Any]:
    """What a preset sets to another value than the preset default."""
    usual = Settings.from_preset("default").model_dump(mode="json")
    return {field: value for field, value in load_preset(name).items() if usual.get(field) != value}


def _shown(value: Any) -> str:
    """A value as it is typed after an option."""
    if isinstance(value, list | tuple):
        return ",".join(map(_shown, value)) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)
