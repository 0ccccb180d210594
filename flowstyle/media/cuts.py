"""Hard cuts, and changes of shot behind a blank picture, in a stream of thumbnails.

A frame begins a shot when it shows something else than the frame before, when nothing of what came
before returns within a few frames (a flash), and when the frames on either side are much more like
each other than like those on the other side (no whip pan, no grain). Where a part of the picture
goes on as it was, the shot goes on: another picture within it has changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from flowstyle.media.thumbnails import Cells, compare, contrast

#: Frames that must be seen after a boundary before it is judged.
CUT_LOOK_AHEAD = 3

#: Frames after a blank picture that are waited for: what fades in must be seen to be compared.
BLANK_LOOK_AHEAD = 6

# Least part of the picture that must show something else.
_LEAST_UNLIKE = 0.28
# How many times more unlike the two sides must be than either is within itself, and what is added.
_RATIO, _FLOOR = 1.15, 0.03
# Frames of one side that are compared lie at most so many apart: a pan moves on.
_APART = 2
# Part of the picture that, still, lets the shot go on.
_MOST_STILL = 0.3
# Contrast, of 1, below which a picture is blank.
_BLANK = 0.008
# Least change of level, of 1, at which a blank picture begins or ends at once, and its part of the
# whole change within the frames around.
_LEAST_LEVEL, _LEVEL_PART = 0.035, 0.6
# Unlikeness of what a blank picture parts.
_LEAST_BEHIND = 0.3


class HardCuts:
    """Finds hard cuts and cuts behind blank pictures.

    Push every thumbnail, then flush.
    """

    def __init__(self) -> None:
        self._cells: list[Cells] = []  # the newest frames
        self._even: list[bool] = []  # which of them are blank
        self._unlike: list[float] = []  # of _cells[k] to the one before
        self._first = 0  # index of _cells[0]
        self._judged = 0  # boundaries before this index are decided
        self._blank = _BlankPictures()

    def push(self, index: int, cells: Cells) -> list[int]:
        """Take the next frame.

        Args:
            index: its number; numbers rise by one.
            cells: its thumbnail.

        Returns:
            Indices now known to begin a shot; hard cuts come :data:`CUT_LOOK_AHEAD` frames late,
            those behind a blank picture at most :data:`BLANK_LOOK_AHEAD`.
        """
        if not self._cells:
            self._first = self._judged = index
        # A frame of another size begins a shot; it is compared with nothing.
        alike = bool(self._cells) and self._cells[-1].shape == cells.shape
        self._unlike.append(compare(self._cells[-1], cells).unlike if alike else 0.0)
        self._cells.append(cells)
        self._even.append(is_blank(cells))
        return self._judge(index - CUT_LOOK_AHEAD) + self._blank.push(index, cells, self._even[-1])

    def flush(self) -> list[int]:
        """Judge the last boundaries, with what there is.

        Returns:
            Indices that begin a new shot.
        """
        return self._judge(self._first + len(self._cells) - 1) + self._blank.flush()

    def _judge(self, last: int) -> list[int]:
        """Decide the boundaries up to and including that before frame ``last``."""
        cuts = []
        while self._judged < last:
            self._judged += 1
            if self._is_cut(self._judged - self._first):
                cuts.append(self._judged)
                self._blank.forget(self._judged)
            if self._judged - self._first > CUT_LOOK_AHEAD:
                del self._cells[0], self._even[0], self._unlike[0]
                self._first += 1
        return cuts

    def _is_cut(self, k: int) -> bool:
        """Judge the boundary between ``_cells[k - 1]`` and ``_cells[k]``."""
        old = self._cells[max(0, k - CUT_LOOK_AHEAD - 1) : k]
        new = self._cells[k : k + 1 + CUT_LOOK_AHEAD]
        if len({cells.shape for cells in old + new}) > 1:
            return old[-1].shape != new[0].shape
        if self._even[k - 1] or self._even[k]:
            return _level_jumps(old, new)
        if self._unlike[k] < _LEAST_UNLIKE:
            return False
        return _parts(old, new)


class _BlankPictures:
    """Finds changes of shot behind blank pictures: out by a fade or at once, in by another."""

    def __init__(self) -> None:
        self._before: deque[Cells] = deque(maxlen=BLANK_LOOK_AHEAD)  # that are not blank
        self._after: list[Cells] = []  # that follow a blank picture, while it is judged
        self._begins = 0  # index of _after[0]
        self._was_blank = False

    def push(self, index: int, cells: Cells, blank: bool) -> list[int]:
        """Take the next frame; indices that begin a shot."""
        found: list[int] = []
        if self._after and (blank or len(self._after) == BLANK_LOOK_AHEAD):
            found = self.flush()
        if not blank:
            if self._after or (self._was_blank and self._before):
                if not self._after:
                    self._begins = index
                self._after.append(cells)
            else:
                self._before.append(cells)
        self._was_blank = blank
        return found

    def flush(self) -> list[int]:
        """Judge what follows the last blank picture, with what there is."""
        if not self._after:
            return []
        after, self._after = self._after, []
        before = list(self._before)
        self._before.extend(after)
        if not before:
            return []
        found = compare(max(before, key=contrast), max(after, key=contrast))
        if found.unlike < _LEAST_BEHIND or found.still >= _MOST_STILL:
            return []
        self._before.clear()
        self._before.extend(after)
        return [self._begins]

    def forget(self, cut: int) -> None:
        """Compare with nothing before a cut that was found."""
        if not (self._after and cut > self._begins):
            self._before.clear()


def is_blank(cells: Cells) -> bool:
    """Whether a picture shows nothing: black, white or another even colour."""
    return contrast(cells) < _BLANK


def _level_jumps(old: Sequence[Cells], new: Sequence[Cells]) -> bool:
    """Whether a blank picture begins or ends here at once, and for longer than a flash."""
    step = float(np.abs(old[-1] - new[0]).mean())
    if step < _LEAST_LEVEL:
        return False
    across = [float(np.abs(a - b).mean()) for a in old for b in new]
    return min(across) >= _LEVEL_PART * max(across)


def _parts(old: Sequence[Cells], new: Sequence[Cells]) -> bool:
    """Whether frames before and after have little in common, and more among themselves."""
    across = [compare(a, b) for a in old for b in new]
    if float(np.median([found.still for found in across])) >= _MOST_STILL:
        return False
    least = min(found.unlike for found in across)
    within = [
        compare(side[a], side[b]).unlike
        for side in (old, new)
        for b in range(len(side))
        for a in range(max(0, b - _APART), b)
    ]
    return least >= _RATIO * (max(within, default=0.0) + _FLOOR)
