"""Where one shot ends and the next begins.

Flow across a change of shot is invented, so nothing may be carried over one. Hard cuts are found by
:mod:`flowstyle.media.cuts`, passages from one shot to the next by :mod:`flowstyle.media.dissolves`;
both look at thumbnails only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.types import Frame, Passage, Shot
from flowstyle.media.cuts import BLANK_LOOK_AHEAD, HardCuts
from flowstyle.media.dissolves import DISSOLVE_LOOK_AHEAD, LONGEST_HALF, Dissolves
from flowstyle.media.thumbnails import thumbnail

#: Frames that must be seen after a boundary before it is judged for good.
LOOK_AHEAD = BLANK_LOOK_AHEAD + DISSOLVE_LOOK_AHEAD

#: Frames that must be seen after a frame before it is known to lie in a passage, or in none.
PASSAGE_LOOK_AHEAD = LOOK_AHEAD + LONGEST_HALF

DETECTION = 2
"""Raised whenever the same frames give other cuts or passages, so that no render is gone on with
that began with those of another version."""


class CutDetector:
    """Finds changes of shot in a stream of frames, at most :data:`LOOK_AHEAD` frames late.

    Push every frame, then flush. The memory needed is that of a few dozen thumbnails. A dissolve
    counts as a cut at the first frame that shows the second shot alone: paint that is begun on a
    mixture keeps the shapes of the first shot for good.

    Attributes:
        passages: the dissolves found so far, in order.
    """

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self._hard = HardCuts()
        self._dissolves = Dissolves()
        self._cuts: list[int] = []  # the last ones

    def push(self, index: int, image: NDArray[np.uint8] | NDArray[np.uint16]) -> list[int]:
        """Take the next frame.

        Args:
            index: its number; numbers rise by one.
            image: H×W×3 RGB, uint8 or uint16.

        Returns:
            Indices that are now known to begin a new shot.
        """
        cells = thumbnail(image)
        hard = self._keep(self._hard.push(index, cells))
        self._cuts = [cut for cut in self._cuts if cut > index - 2 * LOOK_AHEAD]
        known = index - BLANK_LOOK_AHEAD
        return hard + self._ends(self._dissolves.push(index, cells, known, self._cuts))

    def flush(self) -> list[int]:
        """Judge the last boundaries, with what there is.

        Returns:
            Indices that begin a new shot.
        """
        hard = self._keep(self._hard.flush())
        return hard + self._ends(self._dissolves.flush(self._cuts))

    def _keep(self, cuts: list[int]) -> list[int]:
        new = sorted(set(cuts) - set(self._cuts))
        self._cuts += new
        return new

    def _ends(self, passages: list[Passage]) -> list[int]:
        self.passages += passages
        return self._keep([passage.cut for passage in passages])


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
