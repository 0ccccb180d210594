"""What a job may say: every setting and every option of ``run``, by its long name.

Nothing is listed twice: settings come from their declarations, options of the result from the
fields of :class:`~flowstyle.render.result.Output`. A new one can be written into a file at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from flowstyle.core.amounts import read_rate
from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import nearest
from flowstyle.render.result import Output
from flowstyle.settings.catalogue import fields

Values = dict[str, Any]
"""What a table says, by the names of fields."""

OWN = ("clip", "style", "settings", "output", "blend", "budget")
"""What belongs to a job itself."""

OTHERWISE = {"fps": "rate", "pix_fmt": "pixel_format"}
"""Options of ``run`` that have another name than the field of the output that they set."""


def plain(name: str) -> str:
    """A name with underscores: ``start-frame`` and ``start_frame`` are the same."""
    return name.replace("-", "_")


@cache
def setting_names() -> dict[str, str]:
    """Names of settings, and of their options where these are called otherwise, to their fields."""
    options = {plain(one.option.removeprefix("--")): name for name, one in fields().items()}
    return options | {name: name for name in fields()}


@cache
def output_names() -> dict[str, str]:
    """Names of what can be said of the result to its fields."""
    found = {one.name: one.name for one in dataclass_fields(Output) if one.name != "path"}
    return found | OTHERWISE


def named(table: Mapping[str, Any], place: str, *, only_settings: bool = False) -> Values:
    """The values of a table by the names of their fields.

    Args:
        table: as it was read.
        place: of the table, for messages.
        only_settings: it is a table of settings.

    Raises:
        UsageError: there is no such name; says which one was probably meant.
    """
    known = setting_names()
    everywhere = known | output_names() | {name: name for name in OWN}
    found: Values = {}
    for name, value in table.items():
        field = (known if only_settings else everywhere).get(plain(name))
        if field is None:
            there = sorted(known if only_settings else everywhere)
            raise UsageError(
                f"there is no {'setting' if only_settings else 'option'} {name!r}",
                place,
                "it belongs into [[job]] or [defaults]"
                if plain(name) in everywhere
                else _meant(plain(name), there),
            )
        found[field] = value
    return found


def _meant(name: str, names: list[str]) -> str:
    near = nearest(name, names)
    usual = "docs/batch.md says which names there are"
    return f"did you mean {near}? ({usual})" if near else usual


def read_output(values: Values, place: str) -> Output:
    """What is said of the result, but for where it goes.

    Args:
        values: of a job; what is no field of an output is passed over.
        place: of the table, for messages.

    Raises:
        UsageError: a value is of the wrong kind.
    """
    hints = get_type_hints(Output)
    given: Values = {}
    for name in set(output_names().values()) & values.keys():
        value = values[name]
        try:
            given[name] = (
                read_rate(str(value))
                if name == "rate"
                else TypeAdapter(hints[name]).validate_python(value)
            )
        except ValidationError as error:
            raise UsageError(
                f"{name} = {value!r}: {error.errors()[0]['msg']}",
                place,
                "flowstyle run --help says what it takes",
            ) from error
    return Output(**given)
