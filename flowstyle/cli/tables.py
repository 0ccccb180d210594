"""Plain columns for a terminal: no frames, so that lines can be searched and cut by other tools."""

from __future__ import annotations

from collections.abc import Sequence


def rows_of(rows: Sequence[Sequence[str]], gap: int = 2) -> list[str]:
    """Lines whose cells stand under each other.

    Args:
        rows: of as many cells each.
        gap: blanks between columns.

    Example:
        >>> rows_of([("name", "steps"), ("candy", "12")])
        ['name   steps', 'candy  12']
    """
    widths = [max(map(len, column)) + gap for column in zip(*rows, strict=True)]
    return [
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
