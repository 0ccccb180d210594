"""The declarations read back: one list of all fields for options, documentation and messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from flowstyle.settings.declaration import Declared, Panel, declared
from flowstyle.settings.settings import Settings

_SIGNS = ((Ge, "ge", "≥"), (Gt, "gt", ">"), (Le, "le", "≤"), (Lt, "lt", "<"))


@dataclass(frozen=True)
class SettingField:
    """One field with all that its declaration says.

    Attributes:
        name: of the field.
        kind: type of its value (of one item, for a list): bool, int, float, str or Path.
        is_list: whether it holds several values.
        default: where nobody sets it.
        help: one to three sentences.
        choices: values that are allowed or make sense; empty where they are not a few.
        range: such as ``0 to 1`` or ``> 0, ≤ 8``; empty where there is none.
        declared: panel, unit, flag and the like.
    """

    name: str
    kind: type
    is_list: bool
    default: Any
    help: str
    choices: tuple[str, ...]
    range: str
    declared: Declared

    @property
    def panel(self) -> Panel:
        """Heading under which the field is shown."""
        return self.declared.panel

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of what must hold for it to have an effect."""
        return self.declared.needs

    @property
    def flag(self) -> str:
        """Its option as it is declared: ``--dilate``, or a pair such as ``--on/--off``."""
        return self.declared.flag or "--" + self.name.replace("_", "-")

    @property
    def option(self) -> str:
        """Its option, the one that switches on."""
        return self.flag.split("/")[0]


@cache
def fields() -> dict[str, SettingField]:
    """All fields by name, in the order of their declarations."""
    return {name: _field(name, info) for name, info in Settings.model_fields.items()}


def option_of(name: str) -> str:
    """The command-line option that sets a field; a name that is none gets dashes."""
    field = fields().get(name)
    return field.option if field else "--" + name.replace("_", "-")


def limits_of(name: str) -> str:
    """What a field takes, in words: ``a number 16 to 16384 (pixels)``; "" where that is not short.

    Example:
        >>> limits_of("width"), limits_of("optimizer")
        ('a whole number, 16 to 16384 (pixels)', 'adam or lbfgs')
    """
    field = fields().get(name)
    if field is None or field.is_list or field.kind is Path:
        return ""
    if field.choices:
        return words(field.choices)
    kind = {int: "a whole number", float: "a number"}.get(field.kind, "")
    unit = f" ({field.declared.unit})" if field.declared.unit and kind else ""
    return ", ".join(filter(None, (kind, field.range))) + unit if kind else ""


def words(choices: tuple[str, ...]) -> str:
    """``a, b or c``."""
    return " or ".join(filter(None, (", ".join(choices[:-1]), *choices[-1:])))


def _field(name: str, info: FieldInfo) -> SettingField:
    kind, is_list, allowed = _type(info.annotation)
    extras = declared(info)
    return SettingField(
        name=name,
        kind=kind,
        is_list=is_list,
        default=info.default,
        help=info.description or "",
        choices=allowed or extras.choices,
        range=_range(info),
        declared=extras,
    )


def _type(annotation: Any) -> tuple[type, bool, tuple[str, ...]]:
    """Type of a value, whether it is a list of them, the values allowed."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not NoneType)
    if get_origin(annotation) is Literal:
        return str, False, get_args(annotation)
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0], True, ()
    if annotation not in (bool, int, float, str, Path):
        raise TypeError(f"a setting cannot be of type {annotation}")
    return annotation, False, ()


def _range(info: FieldInfo) -> str:
    """The bounds of a number: ``0 to 1`` where both belong to it, else with signs."""
    bounds = {
        sign: _number(getattr(one, attribute))
        for kind, attribute, sign in _SIGNS
        for one in info.metadata
        if isinstance(one, kind)
    }
    if bounds.keys() == {"≥", "≤"}:
        return f"{bounds['≥']} to {bounds['≤']}"
    return ", ".join(f"{sign} {bound}" for sign, bound in bounds.items())


def _number(bound: Any) -> str:
    """A bound as people write it."""
    if isinstance(bound, int) and bound > 2**32:  # the ends of machine integers
        return f"2^{bound.bit_length()} - 1"
    return f"{bound:g}"
