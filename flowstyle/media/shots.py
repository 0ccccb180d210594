"""Where one shot ends and the next begins.

Flow across a cut is invented, so nothing may be carried over one. A frame begins a new shot when
it differs from the one before it much more than neighbouring frames differ from each other, global
motion taken out, and when the picture does not come back within a few frames (a flash).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.errors import UsageError
from flowstyle.core.types import Frame, Shot

#: Frames that must be seen after a boundary before it is judged.
LOOK_AHEAD = 3

# Cells of the small pictures that are compared, width and height.
_GRID = (64, 36)
# Shifts tried, in cells: 11 % of the width and the height, which covers all but whip pans.
_SHIFTS = [(dx, dy) for dy in range(-4, 5, 2) for dx in range(-7, 8)]
# Mean absolute difference, of 1, below which frames are alike whatever their neighbours do.
_LEAST = 0.035
# How many times the neighbours' difference a cut must exceed, and what is added to theirs.
_RATIO, _FLOOR = 2.5, 0.01
# Part of the difference at a cut that must remain between any frames before and after it.
_LASTING = 0.55

Cells = NDArray[np.float32]


class CutDetector:
    """Finds cuts in a stream of frames, three frames late.

    Push every frame, then flush. The memory needed is that of a few thumbnails.
    """

    def __init__(self) -> None:
        self._cells: list[Cells] = []  # the newest frames
        self._steps: list[float] = []  # _steps[k] is the difference of _cells[k] to the one before
        self._first = 0  # index of _cells[0]
        self._judged = 0  # boundaries before this index are decided

    def push(self, index: int, image: NDArray[np.uint8] | NDArray[np.uint16]) -> list[int]:
        """Take the next frame.

        Args:
            index: its number; numbers rise by one.
            image: H×W×3 RGB, uint8 or uint16.

        Returns:
            Indices that are now known to begin a new shot.
        """
        cells = thumbnail(image)
        if not self._cells:
            self._first = self._judged = index
        # A frame of another size begins a shot; it is compared with nothing.
        alike = bool(self._cells) and self._cells[-1].shape == cells.shape
        self._steps.append(difference(self._cells[-1], cells) if alike else 0.0)
        self._cells.append(cells)
        return self._judge(index - LOOK_AHEAD)

    def flush(self) -> list[int]:
        """Judge the last boundaries, with what there is.

        Returns:
            Indices that begin a new shot.
        """
        return self._judge(self._first + len(self._cells) - 1)

    def _judge(self, last: int) -> list[int]:
        """Decide the boundaries up to and including that before frame ``last``."""
        cuts = []
        while self._judged < last:
            self._judged += 1
            if self._is_cut(self._judged - self._first):
                cuts.append(self._judged)
            if self._judged - self._first > LOOK_AHEAD:
                del self._cells[0], self._steps[0]
                self._first += 1
        return cuts

    def _is_cut(self, k: int) -> bool:
        """Judge the boundary between ``_cells[k - 1]`` and ``_cells[k]``."""
        step = self._steps[k]
        if step < _LEAST:
            return False
        before = self._steps[max(1, k - LOOK_AHEAD) : k]
        after = self._steps[k + 1 : k + 1 + LOOK_AHEAD]
        usual = max(_median(before), _median(after))
        if step < _RATIO * (usual + _FLOOR):
            return False
        return all(
            difference(old, new) >= _LASTING * step
            for old in self._cells[max(0, k - LOOK_AHEAD - 1) : k]
            for new in self._cells[k : k + 1 + LOOK_AHEAD]
        )


def find_shots(frames: Iterable[Frame]) -> list[Shot]:
    """Find the shots of a clip.

    Args:
        frames: all frames, in order.

    Returns:
        The shots, which cover all frames; empty for no frames.
    """
    detector = CutDetector()
    cuts: list[int] = []
    first, last = 0, -1
    for frame in frames:
        if last < 0:
            first = frame.index
        last = frame.index
        cuts += detector.push(frame.index, frame.image)
    cuts += detector.flush()
    return split(first, last, cuts)


def split(first: int, last: int, cuts: Sequence[int]) -> list[Shot]:
    """Divide frames ``first`` … ``last`` at cuts.

    Args:
        first: first frame.
        last: last frame, inclusive; smaller than ``first`` for no frames.
        cuts: first frames of shots, in any order; those outside are ignored.

    Returns:
        The shots in order.
    """
    if last < first:
        return []
    starts = [first, *sorted({cut for cut in cuts if first < cut <= last})]
    return [Shot(a, b - 1) for a, b in zip(starts, [*starts[1:], last + 1], strict=True)]


def read_shots_csv(path: Path) -> list[int]:
    """Read where shots begin, from a list or from PySceneDetect.

    Args:
        path: a CSV file with the 0-based number of a shot's first frame in the first column, with
            or without a header; or PySceneDetect's list of scenes, whose column "Start Frame"
            counts from 1.

    Returns:
        Rising indices of first frames.

    Raises:
        UsageError: it cannot be read, or holds something else.
    """
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"the list of shots cannot be read: {getattr(error, 'strerror', None) or error}",
            path,
            "write one number a line: the first frame of each shot, counted from 0",
        ) from error
    column, offset, begun = 0, 0, False
    starts: set[int] = set()
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if "Start Frame" in cells:
            column, offset, begun = cells.index("Start Frame"), 1, True
            starts.clear()
            continue
        if not any(cells) or cells[0].startswith(("#", "Timecode List")):
            continue
        text = cells[column] if column < len(cells) else ""
        if not text.isdecimal() or int(text) < offset:
            if not begun and number == 1:
                begun = True  # a header
                continue
            raise UsageError(
                f"{text!r} is not the number of a frame",
                f"{path}, line {number}",
                "write one number a line: the first frame of each shot, counted from 0",
            )
        begun = True
        starts.add(int(text) - offset)
    return sorted(starts)


def thumbnail(image: NDArray[np.uint8] | NDArray[np.uint16]) -> Cells:
    """Average a picture over a coarse grid.

    Args:
        image: H×W×3, uint8 or uint16.

    Returns:
        At most 36×64×3 float32 in [0, 1]; long clips cost little, since large pictures are
        sampled and not read whole.
    """
    height, width = image.shape[:2]
    columns, rows = min(_GRID[0], width), min(_GRID[1], height)
    # At most six samples a cell and direction.
    image = image[:: max(1, height // (6 * rows)), :: max(1, width // (6 * columns))]
    y = np.linspace(0, image.shape[0], rows, endpoint=False).astype(int)
    x = np.linspace(0, image.shape[1], columns, endpoint=False).astype(int)
    sums = np.add.reduceat(image.astype(np.float32), y, axis=0)
    sums = np.add.reduceat(sums, x, axis=1)
    counts = np.outer(np.diff([*y, image.shape[0]]), np.diff([*x, image.shape[1]]))
    cells = sums / (counts[..., None] * np.float32(np.iinfo(image.dtype).max))
    return cells.astype(np.float32)


def difference(a: Cells, b: Cells) -> float:
    """Mean absolute difference of two thumbnails, the best global shift taken out.

    Args:
        a: rows×columns×3 in [0, 1].
        b: the same shape.

    Returns:
        0 … 1.
    """
    least = float(np.abs(a - b).mean())
    if least < _LEAST:
        return least
    rows, columns = a.shape[:2]
    for dx, dy in _SHIFTS:
        if abs(dx) < columns // 2 and abs(dy) < rows // 2:
            here = a[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]
            there = b[max(0, -dy) : rows + min(0, -dy), max(0, -dx) : columns + min(0, -dx)]
            least = min(least, float(np.abs(here - there).mean()))
    return least


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0
