"""Files with settings: read, and written so that they can be taken back.

A file that a render has written is *complete*: it holds every field as it was used, with the dial
``stability`` applied already, so that neither presets nor defaults of the user count beside it. The
table ``[result]`` says how the result was written.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowstyle.core import disk
from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import advice_for, nearest

COMPLETE = "complete"
"""The key that tells a file written by a render."""

RESULT: dict[str, tuple[type, ...]] = {
    "blend": (list,),
    "codec": (str,),
    "pix_fmt": (str,),
    "quality": (int,),
    "audio": (str,),
    "on_corrupt": (str,),
    "fps": (str, int, float),
    "stream": (int,),
}
"""What the table ``[result]`` may hold: the options of those names, and their types."""


@dataclass(frozen=True)
class SettingsFile:
    """What a file says.

    Attributes:
        path: of the file.
        values: fields of the settings by name.
        preset: the preset that it names; None where it names none.
        result: options of the result by name, see :data:`RESULT`.
        complete: whether it holds every field.
    """

    path: Path
    values: dict[str, Any] = field(default_factory=dict)
    preset: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    complete: bool = False


def read_settings(path: Path) -> SettingsFile:
    """Read a file; the values of fields are checked when they are put together.

    Args:
        path: of a TOML file.

    Raises:
        UsageError: it cannot be read, or its table ``[result]`` holds something else.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        usual = "give a TOML file with lines such as iterations = 12"
        reason = "it is no text" if isinstance(error, UnicodeDecodeError) else error
        raise UsageError(
            f"cannot read the settings: {reason}",
            path,
            advice_for(path, usual) if disk.why_missing(path) else usual,
        ) from error
    result = values.pop("result", {})
    _check_result(result, path)
    complete = values.pop(COMPLETE, False) is True
    preset = values.pop("preset", None)
    if not isinstance(preset, str | None):
        raise UsageError(
            f"a preset has a name (got {preset!r})", f"preset in {path}", 'write preset = "draft"'
        )
    return SettingsFile(path, values, preset, result, complete)


def _check_result(result: Any, path: Path) -> None:
    """Refuse a table of the result that cannot be meant."""
    if not isinstance(result, dict):
        raise UsageError("result is a table in a settings file", path, "write it as [result]")
    for name, value in result.items():
        where = f"{name} in [result] of {path}"
        if name not in RESULT:
            near = nearest(name, list(RESULT), cutoff=0.6)
            known = f"it may hold {', '.join(RESULT)}"
            raise UsageError(
                f"there is no {name!r} of a result",
                where,
                f"did you mean {near}? ({known})" if near else known,
            )
        if not isinstance(value, RESULT[name]) or isinstance(value, bool):
            raise UsageError(f"this is no value of {name} (got {value!r})", where, "see --help")


def as_text(
    values: Mapping[str, Any], result: Mapping[str, Any], about: str, *, complete: bool
) -> str:
    """A file's text; the same values give the same text.

    Args:
        values: fields by name; those that are None are left out.
        result: for the table ``[result]``; those that are None are left out.
        about: comment at its head.
        complete: whether the values are all fields, the dial applied.

    Example:
        >>> print(as_text({"width": 640, "shots": None}, {"codec": "av1"}, "a.mp4", complete=True))
        # a.mp4
        complete = true
        width = 640
        <BLANKLINE>
        [result]
        codec = "av1"
        <BLANKLINE>
    """
    lines = [f"# {line}".rstrip() for line in about.splitlines()]
    lines += [f"{COMPLETE} = true"] if complete else []
    lines += [f"{name} = {_value(one)}" for name, one in values.items() if one is not None]
    written = [f"{name} = {_value(one)}" for name, one in result.items() if one is not None]
    lines += ["", "[result]", *written] if written else []
    return "\n".join(lines) + "\n"


def _value(one: Any) -> str:
    """A value in TOML."""
    if isinstance(one, bool):
        return str(one).lower()
    if isinstance(one, int | float):
        return repr(one)
    if isinstance(one, list | tuple):
        return "[" + ", ".join(map(_value, one)) + "]"
    return json.dumps(str(one), ensure_ascii=False).replace("\x7f", "\\u007f")
