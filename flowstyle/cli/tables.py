"""Plain columns for a terminal: no frames, so that lines can be searched and cut by other tools."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence


def rows_of(rows: Sequence[Sequence[str]], gap: int = 2, width: int | None = None) -> list[str]:
    """Lines whose cells stand under each other.

    Args:
        rows: of as many cells each.
        gap: blanks between columns.
        width: characters beyond which a last cell goes on under itself; None for no such limit.

    Example:
        >>> rows_of([("name", "steps"), ("candy", "12")])
        ['name   steps', 'candy  12']
        >>> rows_of([("style", "near to the picture's brushwork")], width=28)
        ["style  near to the picture's", '       brushwork']
    """
    widths = [max(map(len, column)) + gap for column in zip(*rows, strict=True)]
    lines = []
    for *cells, last in rows:
        before = "".join(c.ljust(wide) for c, wide in zip(cells, widths[:-1], strict=True))
        room = None if width is None else max(20, width - len(before))
        parts = textwrap.wrap(last, room) if room else []
        first, *rest = parts or [last]
        lines += [(before + first).rstrip(), *(" " * len(before) + part for part in rest)]
    return lines


def columns() -> int | None:
    """Characters in a line of the terminal that stdout is; None where it is none, or closed."""
    # Started with stdin and stdout closed, as by some schedulers, there is no sys.stdout.
    shown = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if shown else None
