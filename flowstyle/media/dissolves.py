"""Dissolves: passages in which one shot melts into the next, in a stream of thumbnails.

In the midst of a dissolve a picture is a mixture of an earlier and a later one that have little in
common. A pan, a zoom or a thing that passes shows new content too, but no mixture of both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from flowstyle.core.types import Passage
from flowstyle.media.thumbnails import Cells, compare, movement

#: Frames to either side with which the middle of a dissolve is compared. Those near by lie where
#: shots that move fast have not moved on; those far off show each shot nearly alone.
REACHES = (2, 3, 4, 6, 8, 12, 16, 24, 32)

# Every so many frames one is looked at as the middle of a dissolve; each, as that of one which is
# seen from so near.
_STRIDE, _SHORT = 2, 3
# Frames without a better middle after which the best is taken.
_PATIENCE = 4
# The second shot dominates at most so many frames from where most of both is seen, or such a part
# of the reach.
_OFF_MIDDLE, _OFF_PART = 3, 0.25
# Part of the reach that must show one shot alone at either end for the ends to be seen.
_ALONE = 0.25

#: Frames that must be seen after a boundary before no dissolve can begin a shot there any more,
#: when hard cuts are known so many frames late.
DISSOLVE_LOOK_AHEAD = max(REACHES) + _PATIENCE + _STRIDE - 1

#: Frames by which a passage begins before its middle at most.
LONGEST_HALF = max(REACHES) - 1

# Least unlikeness of what a dissolve parts, and the most that may go on as it was.
_LEAST_UNLIKE, _MOST_STILL = 0.33, 0.3
# The same where the mixture does not explain nearly all.
_EXPLAINED, _SURELY_UNLIKE = 0.95, 0.4
# What the less important shots of three mixtures must add together where these explain so much, and
# by how much less for each part more.
_ADDS, _OF_EXPLAINED, _LESS = 0.4, 0.8, 0.8
# Least that the mixtures of a short dissolve explain: a few frames of fast things look like one.
_SHORT_EXPLAINED, _SHORT_ADDS = 0.92, 0.45
# Farthest reach at which _LEAST_UNLIKE is enough. Over more frames shots move on, and what comes
# into view looks like another one.
_NEAR, _FAR_UNLIKE = 16, 0.5
# Least unlikeness of a passage's quarters, added up. A camera that pans on shows other things in
# the end, but hardly on its way.
_QUARTERS = 0.27
# Frames over which the movement of a shot is seen: so many, or such a part of what lies between.
_DRIFT, _DRIFT_PART = 4, 0.125
# Shares of the later shot between which the middle lies.
_MIDST = (0.2, 0.8)
# By how much the share of the later shot rises between half way before and half way after.
_RISES = 0.3


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


Shift = tuple[int, int]


def mixture(
    before: Cells,
    between: Cells,
    after: Cells,
    guesses: tuple[Shift, Shift] = ((0, 0), (0, 0)),
) -> Mixture:
    """Take a picture apart into two others, each moved as a whole to where it fits.

    Args:
        before: rows×columns×3, the shot that ends.
        between: the picture.
        after: the shot that begins.
        guesses: how far the outer two may have moved to the picture, in cells. Two pictures in one
            mislead the search for movement, so these are tried too, and no movement.
    """
    firsts = dict.fromkeys([(0, 0), guesses[0], movement(before, between)])
    seconds = dict.fromkeys([(0, 0), guesses[1], movement(after, between)])
    tries = [_common(before, between, after, a, b) for a in firsts for b in seconds]
    found = [_mixed(*parts) for parts in tries if parts is not None]
    return max(found, key=lambda one: one.explained, default=NOTHING)


def _mixed(before: Cells, between: Cells, after: Cells) -> Mixture:
    """Take a picture apart into two others that lie where they fit."""
    old, here, new = _structure(before), _structure(between), _structure(after)
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
    first: Shift,
    second: Shift,
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
    soft = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(cells), (5, 5), 0))[::2, ::2]
    return np.asarray((soft - soft.mean(axis=(0, 1))).ravel(), np.float64)


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
        return found if self._best is None else [*found, self._passage(cuts)]

    def _look(self, last: int, cuts: Collection[int]) -> list[Passage]:
        found = []
        while self._next <= last:
            middle = self._next
            self._next += _STRIDE
            short = [(middle - 1, reach) for reach in REACHES if reach <= _SHORT]
            for place, reach in (*short, *((middle, reach) for reach in REACHES)):
                adds = self._melts(place, reach, cuts)
                if adds > (self._best[0] if self._best else 0.0):
                    self._best = (adds, place, reach)
            if self._best is not None and middle - self._best[1] >= _PATIENCE:
                found.append(self._passage(cuts))
            for old in range(middle, middle + _STRIDE):
                self._cells.pop(old - max(REACHES) - _PATIENCE - 1, None)
        return found

    def _melts(self, middle: int, reach: int, cuts: Collection[int]) -> float:
        """What the less important shot adds to a picture; 0 where it is no middle of a passage."""
        cells = self._cells
        first, last = middle - reach, middle + reach
        if middle < self._free or not self._is_whole(first, last, cuts):
            return 0.0
        if reach <= _SHORT and any(first - reach < cut <= last + reach for cut in cuts):
            return 0.0  # a hard cut so near is the same change
        before, after = cells[first], cells[last]
        if len({before.shape, cells[middle].shape, after.shape}) > 1:
            return 0.0
        apart = compare(before, after)
        least = _LEAST_UNLIKE if reach <= _NEAR else _FAR_UNLIKE
        if apart.unlike < least or apart.still >= _MOST_STILL:
            return 0.0
        taken = _Window(cells, first, last)
        found = taken.mixture(middle)
        if not _MIDST[0] < found.share < _MIDST[1]:
            return 0.0
        early, late = taken.mixture(middle - reach // 2), taken.mixture(middle + reach // 2)
        if late.share - early.share < _RISES:
            return 0.0
        mixtures = (early, found, late)
        explained = sum(one.explained for one in mixtures) / 3
        if explained < _EXPLAINED and apart.unlike < _SURELY_UNLIKE:
            return 0.0
        if reach <= _SHORT and explained < _SHORT_EXPLAINED:
            return 0.0
        adds = sum(one.least for one in mixtures) + _LESS * (explained - _OF_EXPLAINED)
        if adds < (_SHORT_ADDS if reach <= _SHORT else _ADDS):
            return 0.0
        return adds if self._changes(first, last) >= _QUARTERS else 0.0

    def _changes(self, first: int, last: int) -> float:
        """How unlike each other the quarters of a passage begin and end, added up."""
        ends = [first + round(k * (last - first) / 4) for k in range(5)]
        return sum(compare(self._cells[a], self._cells[b]).unlike for a, b in pairwise(ends))

    def _passage(self, cuts: Collection[int]) -> Passage:
        """The passage about the best middle, which is done with then.

        Its ends are seen from frames that show one shot alone, the nearest ones: shots move on.
        """
        assert self._best is not None
        _, middle, least = self._best
        self._best, self._free = None, middle + least
        for reach in (r for r in REACHES if r >= least):
            if reach > least and not self._is_whole(middle - reach, middle + reach, cuts):
                break
            found = self._seen_from(middle, reach)
            alone = _ALONE * reach
            if found.first - 1 >= middle - reach + alone and found.last < middle + reach - alone:
                break
        return found

    def _seen_from(self, middle: int, reach: int) -> Passage:
        """The passage about a middle, seen from frames so far away."""
        taken = _Window(self._cells, middle - reach, middle + reach)
        shares = [taken.mixture(k).share for k in range(middle - reach, middle + reach + 1)]
        before, after = straight_line(shares)
        off = max(_OFF_MIDDLE, round(_OFF_PART * reach))
        near = range(reach - off, reach + off)
        turn = min((k for k in near if shares[k] >= 0.5), default=reach + off)
        start = middle - reach
        return Passage(start + min(before + 1, turn), start + max(after - 1, turn), start + turn)

    def _is_whole(self, first: int, last: int, cuts: Collection[int]) -> bool:
        """Whether frames can be compared: both are there, and no cut lies between them."""
        there = first in self._cells and last in self._cells
        return there and not any(first < cut <= last for cut in cuts)


def straight_line(shares: Sequence[float]) -> tuple[int, int]:
    """Where a straight rise from 0 to 1 begins and ends that fits shares best.

    Args:
        shares: of the later shot, frame by frame; the first one is 0 and the last one 1.

    Returns:
        Number of the last frame that has none of it yet, and of the first that has nothing else.
    """
    frames, found = np.arange(len(shares)), np.asarray(shares, np.float64)

    def misfit(ends: tuple[int, int]) -> float:
        line = np.clip((frames - ends[0]) / (ends[1] - ends[0]), 0, 1)
        return float(np.square(line - found).sum())

    return min(combinations(range(len(shares)), 2), key=misfit)


class _Window:
    """Frames between two that may be the ends of a dissolve.

    Args:
        cells: thumbnails by frame.
        first: the frame before the passage.
        last: the one after it.
    """

    def __init__(self, cells: Mapping[int, Cells], first: int, last: int) -> None:
        self._cells, self._first, self._last = cells, first, last
        # How the outer shots move, seen near the ends, where each is nearly alone.
        length = last - first
        self._steps = max(min(_DRIFT, length // 2), round(_DRIFT_PART * length))
        self._drifts = (
            movement(cells[first], cells[first + self._steps]),
            movement(cells[last], cells[last - self._steps]),
        )

    def mixture(self, frame: int) -> Mixture:
        """What a frame is made of."""
        cells = self._cells
        first, last = (
            (round(dx * steps / self._steps), round(dy * steps / self._steps))
            for (dx, dy), steps in zip(
                self._drifts, (frame - self._first, self._last - frame), strict=True
            )
        )
        return mixture(cells[self._first], cells[frame], cells[self._last], (first, last))
