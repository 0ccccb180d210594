"""A command as a person would type it, from what was given."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from flowstyle.settings.catalogue import fields


def typed(
    command: str,
    named: Iterable[object],
    given: Mapping[str, Any],
    others: Mapping[str, Any] | None = None,
) -> str:
    """A command line, quoted for the shell.

    Args:
        command: its name.
        named: words that belong to no option.
        given: settings by field.
        others: further options by their names; what is None or False is left out, of True the name
            alone stands there.

    Example:
        >>> typed("run", ["my clip.mp4"], {"width": 640, "match_colors": False}, {"--codec": "av1"})
        "flowstyle run 'my clip.mp4' --width 640 --no-match-colors --codec av1"
    """
    words = ["flowstyle", command, *map(str, named)]
    for name, value in given.items():
        on, _, off = fields()[name].flag.partition("/")
        if isinstance(value, bool):
            words.append(on if value else off)
        elif isinstance(value, tuple | list):
            words += [on, ",".join(map(str, value))]
        else:
            words += [on, str(value)]
    for option, value in (others or {}).items():
        if value is True:
            words.append(option)
        elif value is not None and value is not False:
            words += [option, str(value)]
    return shlex.join(words)
