"""Options of the commands: those of settings come from their declarations, others stand here.

A command lists the names of the fields that it offers::

    @with_settings("width", "seed")
    def command(clip: Path, given: Given, quiet: Quiet = False) -> None: ...

and gets in ``given`` the values of those options that the user set.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, get_type_hints

import typer

from flowstyle.cli import completion
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Notice
from flowstyle.networks.brought import brought_by
from flowstyle.settings import Settings, option_of, preset_names
from flowstyle.settings.catalogue import SettingField, fields, words
from flowstyle.settings.declaration import LOOK, LOSSES, RESULT, WORK
from flowstyle.settings.effects import without_effect

__all__ = [
    "LOOK",
    "LOSSES",
    "RESULT",
    "WORK",
    "As",
    "Given",
    "brought_by",
    "idle_options",
    "names",
    "numbers",
    "shares",
    "with_settings",
]

Given = dict[str, Any]
"""Settings that the user gave, by field; what was not given is not there."""

Preset = Annotated[
    str | None,
    typer.Option(
        help=f"Where the other values start from: {words(tuple(preset_names()))}.",
        autocompletion=completion.presets,
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an existing output.", rich_help_panel=RESULT)
]
Stream = Annotated[
    int | None, typer.Option(help="Video stream of the clip, by its index.", rich_help_panel=RESULT)
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.", rich_help_panel=RESULT)]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON.", rich_help_panel=RESULT)
]

WriteReport = Annotated[
    bool,
    typer.Option(
        "--report/--no-report",
        help="Write a page about the result into OUT.report.",
        rich_help_panel=RESULT,
    ),
]


@dataclass(frozen=True)
class As:
    """A field whose option differs in one command.

    Attributes:
        field: its name.
        flag: the option there; empty for the declared one.
        help: its help there; empty for the declared one.
        least: lowest value that the command line takes, where a command reads the value itself
            instead of building settings, which check it.
    """

    field: str
    flag: str = ""
    help: str = ""
    least: int | None = None


def with_settings(*offered: str | As) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of settings, in place of its parameter ``given``.

    Args:
        offered: names of fields, in the order of ``--help``.

    Returns:
        A decorator for the function of a command.
    """
    chosen = [As(one) if isinstance(one, str) else one for one in offered]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command).parameters
        hints = get_type_hints(command, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for name, parameter in own.items():
            if name == "given":
                parameters += [_parameter(one) for one in chosen]
            else:
                annotated = parameter.replace(annotation=hints[name])
                parameters.append(annotated.replace(kind=inspect.Parameter.KEYWORD_ONLY))

        @wraps(command)
        def call(**values: Any) -> None:
            given = {one.field: values.pop(_argument(one)) for one in chosen}
            read = {name: _read(fields()[name], value) for name, value in given.items()}
            command(**values, given={k: value for k, value in read.items() if value is not None})

        signature = inspect.Signature(parameters)
        call.__signature__ = signature  # type: ignore[attr-defined]
        call.__annotations__ = {one.name: one.annotation for one in parameters}
        return call

    return decorate


Blend = Annotated[
    str | None, typer.Option(help="Weight of each style, e.g. 0.7,0.3.", rich_help_panel=LOSSES)
]


def idle_options(
    settings: Settings, given: Collection[str], fields: Sequence[str | As] = ()
) -> list[Notice]:
    """What to say of options that were given and can have no effect.

    Args:
        settings: of the work.
        given: names of the settings that were given.
        fields: of the command, for options that have a name of their own there.
    """
    own = {one.field: one.flag for one in fields if isinstance(one, As) and one.flag}
    return [
        Notice(f"{own.get(name) or option_of(name)} has no effect here: {reason}")
        for name, reason in without_effect(settings, given).items()
    ]


def numbers(text: str, option: str, kind: type = int) -> tuple[Any, ...]:
    """Split a comma-separated list of numbers.

    Raises:
        UsageError: one of them is no number of that kind.
    """
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError:
        what, such_as = ("whole numbers", "1,10,20") if kind is int else ("numbers", "0.7,0.3")
        raise UsageError(
            f"{text!r} is not a list of {what}", option, f"for instance {such_as}"
        ) from None


def shares(blend: str | Sequence[float] | None) -> tuple[float, ...] | None:
    """Weights of styles, from the command line or a settings file; None: each one's own.

    Raises:
        UsageError: they are no list of numbers.
    """
    if blend is None:
        return None
    text = blend if isinstance(blend, str) else ",".join(map(str, blend))
    return numbers(text, "--blend", float)


def names(text: str | None) -> tuple[str, ...]:
    """Split a comma-separated list of names.

    Example:
        >>> names("cuda:0, cuda:1"), names(None)
        (('cuda:0', 'cuda:1'), ())
    """
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _argument(one: As) -> str:
    """Name of an option's parameter: its own, since fields and parameters may share names."""
    return f"setting_{one.field}"


def _parameter(one: As) -> inspect.Parameter:
    """The option of a field as a parameter that typer understands."""
    field = fields()[one.field]
    kind = str if field.is_list else field.kind
    option = typer.Option(
        one.flag or field.flag,
        help=one.help or _help(field),
        min=one.least,
        rich_help_panel=field.panel,
        autocompletion=completion.choices_of(field),
    )
    return inspect.Parameter(
        _argument(one),
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )


def _help(field: SettingField) -> str:
    """What is declared, with choices, unit and range where there are some."""
    if field.choices:
        return f"{field.help.removesuffix('.')}: {words(field.choices)}."
    unit = (
        ""
        if field.declared.unit in ("frames", "iterations", "sweeps", "×")
        else field.declared.unit
    )
    limits = ", ".join(filter(None, (unit, field.range)))
    return f"{field.help.removesuffix('.')} ({limits})." if limits else field.help


def _read(field: SettingField, value: Any) -> Any:
    """An option's value as the settings take it: lists are written with commas."""
    if value is None or not field.is_list:
        return value
    if field.kind is int:
        return numbers(value, field.option)
    return names(value)
