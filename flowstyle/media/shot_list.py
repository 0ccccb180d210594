"""Lists of shots that a person or another program has written, in place of cuts that are found."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import advice_for

_ADVICE = "write one number a line: the first frame of each shot, counted from 0"
_NUMBERS = re.compile(r"[\d\s,;]*\d[\d\s,;]*")
_SCENES = "Start Frame"  # a column of PySceneDetect's, which counts from 1


class _Row(NamedTuple):
    """A line of the list that holds something.

    Args:
        number: of the line, from 1.
        cells: without the white space around them; where a line holds numbers alone they may be
            parted by white space and semicolons too.
    """

    number: int
    cells: list[str]


def read_shots_csv(path: Path) -> list[int]:
    """Read where shots begin, from a list or from PySceneDetect.

    Args:
        path: a text file with the 0-based numbers of the shots' first frames, one a line or
            several. A table, which has a header of several columns or the same number of columns
            in several lines, holds them in its first column; PySceneDetect's list of scenes in
            its column "Start Frame", which counts from 1.

    Returns:
        Rising indices of first frames.

    Raises:
        UsageError: it cannot be read, or holds something else.
    """
    rows = _rows(path)
    scenes = [index for index, row in enumerate(rows) if _SCENES in row.cells]
    if scenes:
        column = rows[scenes[-1]].cells.index(_SCENES)
        below = rows[scenes[-1] + 1 :]
        return _rising(_number(row, column, path, least=1) - 1 for row in below)
    header = rows.pop(0).cells if len(rows) > 1 and _is_header(rows[0]) else []
    if _is_table(header, rows):
        return _rising(_number(row, 0, path) for row in rows)
    places = ((row, column) for row in rows for column, cell in enumerate(row.cells) if cell)
    return _rising(_number(row, column, path) for row, column in places)


def _rows(path: Path) -> list[_Row]:
    """What the lines hold, without comments and lines that are empty.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        split = [_cells(line) for line in lines]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f"the list of shots cannot be read: {reason}", path, advice_for(path, _ADVICE)
        ) from error
    rows = [_Row(number, cells) for number, cells in enumerate(split, start=1)]
    return [
        row
        for row in rows
        if any(row.cells) and not row.cells[0].startswith(("#", "Timecode List"))
    ]


def _cells(line: str) -> list[str]:
    numbers, _, _ = line.partition("#")
    if _NUMBERS.fullmatch(numbers):  # what follows them is a comment
        return re.split(r"\s*[,;]\s*|\s+", numbers.strip())
    return [cell.strip() for row in csv.reader([line]) for cell in row]


def _is_header(row: _Row) -> bool:
    """Whether it names columns: by letters, for a number that is mistyped must not pass for one."""
    return any(letter.isalpha() for letter in next(filter(None, row.cells)))


def _is_table(header: list[str], rows: list[_Row]) -> bool:
    """Whether each line tells of one shot, in several columns such as first and last frame."""
    widths = {len(row.cells) for row in rows}
    words = any(not cell.isdecimal() for row in rows for cell in row.cells if cell)
    return len(header) > 1 or words or (len(rows) > 1 and len(widths) == 1)


def _number(row: _Row, column: int, path: Path, least: int = 0) -> int:
    """The frame's number in a column.

    Raises:
        UsageError: something else stands there.
    """
    text = row.cells[column] if column < len(row.cells) else ""
    if not text.isdecimal() or int(text) < least:
        raise UsageError(
            f"{text!r} is not the number of a frame", f"{path}, line {row.number}", _ADVICE
        )
    return int(text)


def _rising(numbers: Iterator[int]) -> list[int]:
    return sorted(set(numbers))
