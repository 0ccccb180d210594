"""Dissolves: passages in which one shot melts into the next, in a stream of thumbnails.

In the midst of a dissolve a picture is a mixture of an earlier and a later one that have little in
common. A pan, a zoom or a thing that passes shows new content too, but no mixture of both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from flowstyle.media.thumbnails import Cells, compare, movement

#: Frames to either side with which the middle of a dissolve is compared. A dissolve may be three
#: times as long: what matters is that the shares change in between.
REACHES = (8, 12)

# Frames without a better middle after which the best is taken.
_PATIENCE = 3
# A dissolve is cut at most so many frames from its middle.
_OFF_MIDDLE = 3

#: Frames that must be seen after a boundary before no dissolve can begin a shot there any more,
#: when hard cuts are known so many frames late.
DISSOLVE_LOOK_AHEAD = max(REACHES) + _PATIENCE + _OFF_MIDDLE

# Least unlikeness of what a dissolve parts, and the most that may go on as it was.
_LEAST_UNLIKE, _MOST_STILL = 0.4, 0.3
# Least part of the structure that the mixture explains, and what its less important part adds.
_EXPLAINED, _ADDS = 0.65, 0.22
# The same, and the least unlikeness, where the mixture explains nearly all.
_CLEARLY, _CLEARLY_ADDS, _CLEARLY_UNLIKE = 0.95, 0.12, 0.25
# By how much the share of the later shot rises between half way before and half way after.
_RISES = 0.3
# Share of the other shot at the ends of a passage.
_PURE = 0.06


@dataclass(frozen=True)
class Passage:
    """Frames in which one shot melts into the next.

    Args:
        first: first frame that shows both.
        last: last frame that shows both.
        middle: first frame in which the second shot dominates.
    """

    first: int
    last: int
    middle: int


@dataclass(frozen=True)
class Mixture:
    """How a picture is made of an earlier and a later one.

    Args:
        share: of the later one, 0 … 1.
        explained: part of the picture's structure that both together give, up to 1.
        least: what the less important of them adds to that.
    """

    share: float
    explained: float
    least: float


NOTHING = Mixture(0.5, 0.0, 0.0)


def mixture(before: Cells, between: Cells, after: Cells) -> Mixture:
    """Take a picture apart into two others, each moved as a whole to where it fits.

    Args:
        before: rows×columns×3, the shot that ends.
        between: the picture.
        after: the shot that begins.
    """
    first, second = movement(before, between), movement(after, between)
    parts = _common(before, between, after, first, second)
    if parts is None:
        return NOTHING
    old, here, new = (_structure(part) for part in parts)
    total = float(here @ here)
    if total <= 0:
        return NOTHING
    matrix = np.array([[old @ old, old @ new], [old @ new, new @ new]], np.float64)
    right = np.array([old @ here, new @ here], np.float64)
    if min(matrix[0, 0], matrix[1, 1]) <= 0 or np.linalg.det(matrix) <= 1e-6 * matrix.max() ** 2:
        return NOTHING
    weights = np.linalg.solve(matrix, right)
    alone = right**2 / np.diag(matrix) / total
    if weights.min() <= 0:
        return Mixture(float(weights[1] > weights[0]), float(alone.max()), 0.0)
    both = float(weights @ right) / total
    return Mixture(float(weights[1] / weights.sum()), both, both - float(alone.max()))


def _common(
    before: Cells,
    between: Cells,
    after: Cells,
    first: tuple[int, int],
    second: tuple[int, int],
) -> tuple[Cells, Cells, Cells] | None:
    """What all three show, the outer two moved; None where that is too little."""
    rows, columns = between.shape[:2]
    left = max(0, -first[0], -second[0])
    right = columns - max(0, first[0], second[0])
    top = max(0, -first[1], -second[1])
    bottom = rows - max(0, first[1], second[1])
    if right - left < columns // 3 or bottom - top < rows // 3:
        return None

    def cut(cells: Cells, dx: int, dy: int) -> Cells:
        return cells[top + dy : bottom + dy, left + dx : right + dx]

    return cut(before, *first), cut(between, 0, 0), cut(after, *second)


def _structure(cells: Cells) -> NDArray[np.float64]:
    """A picture without its mean colour and its finest detail, as a vector."""
    soft = cv2.GaussianBlur(np.ascontiguousarray(cells), (5, 5), 0)
    return (soft - soft.mean(axis=(0, 1))).astype(np.float64).ravel()


class Dissolves:
    """Finds dissolves.

    Push every thumbnail, with the cuts that are known by then, then flush. Memory is that of a few
    dozen thumbnails.
    """

    def __init__(self) -> None:
        self._cells: dict[int, Cells] = {}
        self._next = 0  # the next middle to look at
        self._best: tuple[float, int, int] | None = None  # what it adds, middle, reach
        self._free = 0  # first middle after the last passage

    def push(self, index: int, cells: Cells, known: int, cuts: Collection[int]) -> list[Passage]:
        """Take the next frame.

        Args:
            index: its number; numbers rise by one.
            cells: its thumbnail.
            known: all hard cuts up to this index are known.
            cuts: those of the last frames.

        Returns:
            Passages found now.
        """
        if not self._cells:
            self._next = self._free = index
        self._cells[index] = cells
        return self._look(known - max(REACHES), cuts)

    def flush(self, cuts: Collection[int]) -> list[Passage]:
        """Look at the last frames, with what there is."""
        found = self._look(max(self._cells, default=-1), cuts)
        return found if self._best is None else [*found, self._passage()]

    def _look(self, last: int, cuts: Collection[int]) -> list[Passage]:
        found = []
        while self._next <= last:
            middle = self._next
            self._next += 1
            for reach in REACHES:
                adds = self._melts(middle, reach, cuts)
                if adds > (self._best[0] if self._best else 0.0):
                    self._best = (adds, middle, reach)
            if self._best is not None and middle - self._best[1] >= _PATIENCE:
                found.append(self._passage())
            oldest = middle - max(REACHES) - _PATIENCE
            self._cells.pop(oldest, None)
        return found

    def _melts(self, middle: int, reach: int, cuts: Collection[int]) -> float:
        """What the less important shot adds to a picture; 0 where it is no middle of a passage."""
        cells = self._cells
        first, last = middle - reach, middle + reach
        if middle < self._free or first not in cells or last not in cells:
            return 0.0
        if any(first < cut <= last for cut in cuts):
            return 0.0
        before, after = cells[first], cells[last]
        if len({before.shape, cells[middle].shape, after.shape}) > 1:
            return 0.0
        found = mixture(before, cells[middle], after)
        clear = found.explained >= _CLEARLY
        if found.explained < _EXPLAINED or found.least < (_CLEARLY_ADDS if clear else _ADDS):
            return 0.0
        apart = compare(before, after)
        if apart.still >= _MOST_STILL or apart.unlike < (
            _CLEARLY_UNLIKE if clear else _LEAST_UNLIKE
        ):
            return 0.0
        early = mixture(before, cells[middle - reach // 2], after)
        late = mixture(before, cells[middle + reach // 2], after)
        rises = late.share - early.share >= _RISES
        explained = min(early.explained, late.explained) >= _EXPLAINED
        return found.least if rises and explained else 0.0

    def _passage(self) -> Passage:
        """The passage about the best middle, which is done with then."""
        assert self._best is not None
        _, middle, reach = self._best
        self._best, self._free = None, middle + reach
        before, after = self._cells[middle - reach], self._cells[middle + reach]
        numbers = range(middle - reach + 1, middle + reach)
        shares = {k: mixture(before, self._cells[k], after).share for k in numbers}
        first = min((k for k in numbers if shares[k] > _PURE), default=middle)
        last = max((k for k in numbers if shares[k] < 1 - _PURE), default=middle)
        near = range(middle - _OFF_MIDDLE, middle + _OFF_MIDDLE)
        turn = min((k for k in near if shares[k] >= 0.5), default=middle + _OFF_MIDDLE)
        return Passage(min(first, turn), max(last, turn), turn)
