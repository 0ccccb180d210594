"""How a field of the settings is declared: once, with all that is said about it anywhere.

Options of the command line, its ``--help``, the rules of :mod:`flowstyle.settings.effects` and
``docs/reference/settings.md`` are all made from what :func:`setting` is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Panel = Literal["Presets", "Piece and size", "Losses", "How it is computed", "Result"]

PRESETS: Panel = "Presets"
LOOK: Panel = "Piece and size"
LOSSES: Panel = "Losses"
WORK: Panel = "How it is computed"
RESULT: Panel = "Result"

_KEY = "declared"


class Group(BaseModel):
    """Base of the groups of fields: frozen, no unknown names, no infinite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True)
class Declared:
    """What a declaration says beyond type, default, range and help.

    Attributes:
        panel: under which heading options and documentation show the field.
        unit: of the value, empty where it has none.
        flag: the option, where it is not named after the field; a pair such as ``--on/--off``.
        cli: False for a field that only presets, settings files and the Python API set.
        choices: values that make sense, where other rooms decide which there are.
        needs: names in :data:`flowstyle.settings.effects.NEEDS`; where one of them is not met, the
            field has no effect.
    """

    panel: Panel
    unit: str = ""
    flag: str = ""
    cli: bool = True
    choices: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def setting(
    default: Any,
    *,
    help: str,
    panel: Panel,
    unit: str = "",
    flag: str = "",
    cli: bool = True,
    choices: Sequence[str] = (),
    needs: Sequence[str] = (),
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Any:
    """Declare a field of the settings.

    Args:
        default: its value where nobody sets it.
        help: one to three sentences in plain words.
        panel: see :class:`Declared`, as for unit, flag, cli, choices and needs.
        unit: of the value.
        flag: of the option, where it is not the field's name.
        cli: whether it has an option.
        choices: for a ``str`` that is checked elsewhere; a ``Literal`` brings its own.
        needs: what must hold for it to have an effect.
        ge: least value allowed.
        gt: the value must be above it.
        le: greatest value allowed.
        lt: the value must be below it.

    Returns:
        A field of pydantic.
    """
    declared = Declared(panel, unit, flag, cli, tuple(choices), tuple(needs))
    return Field(
        default,
        description=help,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        json_schema_extra={_KEY: asdict(declared)},
    )


def declared(field: FieldInfo) -> Declared:
    """What :func:`setting` was told of a field."""
    extra = field.json_schema_extra
    if not isinstance(extra, dict):
        raise TypeError("a field of the settings must be made by setting()")
    values: Any = extra[_KEY]
    return Declared(**values)
