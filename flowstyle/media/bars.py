"""Black bars around a picture that was made for another shape of screen.

They are found in frames from all over the clip, so that a night or a fade is no bar, and cut off
before anything else sees the frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.types import Around, ClipInfo, Frame, fitted
from flowstyle.media.colour import Picture
from flowstyle.media.cropping import NONE, Crop
from flowstyle.media.glance import Listing, frames_at, frames_on_the_way, key_frames, list_frames
from flowstyle.media.picture_file import read_picture
from flowstyle.media.reader import read_frames

Item = TypeVar("Item")

LOOKS = 32
"""Frames that are looked at, at most."""
FEW_KEYS = 6
"""With fewer key frames than these, others are looked at too."""
FAR = 600
"""Frames behind a key frame up to which they are: more takes longer than it tells."""
FIRST = 96
"""Frames of a file in which one cannot jump, of which every sixth is looked at."""
BLACK = 24
"""Level, of 255, above which a pixel belongs to a picture: limited range that was not expanded
leaves bars at 16, and codecs add some noise."""
EVEN = 10
"""Levels of difference within a bar, at most."""
LIT = 0.5
"""Share of a line that a picture's border fills; titles, subtitles and candles fill less."""
OFTEN = 0.5
"""Share of the looks in which a line of a bar is dark from end to end: in others it has text."""
SOFT = 3
"""Lines that a picture's border may be soft by, as codecs and scaling make it."""
BLOCK = 8
"""Lines of a bar, beside the picture, that a codec may sully: its blocks have parts in both."""
LEAST, MOST = 0.01, 0.35
"""Width of one bar, as a share of the frame's side."""
UNLIKE = 0.15
"""Difference of two bars that face each other, as a share of the wider one."""


def find_bars(info: ClipInfo, start: int = 0, count: int | None = None) -> Crop:
    """Bars above and below, or left and right, in all frames that are looked at.

    Args:
        info: the clip, without bars cut off.
        start: first frame of the piece that counts.
        count: its frames; None for all that follow.

    Returns:
        Pixels of the bars left, right, above and below, of the picture as shown.

    Raises:
        VideoError: the clip cannot be read.
    """
    seen = _Seen()
    for image in _looks(info, start, count):
        seen.look_at(image)
        if not seen.may_have_bars():
            return NONE  # as in most clips: no more is decoded
    return seen.bars()


def without_bars(info: ClipInfo, bars: Crop) -> ClipInfo:
    """The clip whose frames are read without bars.

    Args:
        info: the clip.
        bars: left, right, above, below.
    """
    left, right, above, below = bars
    width, height = info.width - left - right, info.height - above - below
    return replace(info, bars=bars, width=width, height=height)


def with_bars(info: ClipInfo) -> ClipInfo:
    """The clip whose frames are read whole; see :func:`without_bars`."""
    width, height = info.whole
    return replace(info, bars=NONE, width=width, height=height)


def place(info: ClipInfo, width: int | None, size: tuple[int, int]) -> Around | None:
    """Where the picture lies between its bars; None where it has none.

    Args:
        info: the clip without bars.
        width: of the whole frame; None is the clip's own.
        size: (width, height) of the picture at that width, see :func:`fitted`.
    """
    if not any(info.bars):
        return None
    whole = fitted(with_bars(info), width)
    x, y = (
        min(room - own, round(before * room / of))
        for room, own, before, of in zip(whole, size, info.bars[::2], info.whole, strict=True)
    )
    return Around(whole, x, y)


def cut_out(frame: Frame, around: Around, size: tuple[int, int]) -> Frame:
    """A frame without bars, and with what it was cut from.

    Args:
        frame: whole.
        around: where the picture lies.
        size: (width, height) of the picture.
    """
    window = around.window(size)
    left = frame.image.copy()
    left[window] = 0
    image = cast("Picture", np.ascontiguousarray(frame.image[window]))
    return replace(frame, image=image, around=left)


def fills_bars(left: Picture, around: Around, size: tuple[int, int]) -> bool:
    """Whether the picture goes on where the bars are, as in scenes of another shape.

    Args:
        left: what :func:`cut_out` left of a frame, H×W×3.
        around: where the picture lay.
        size: (width, height) of the picture.
    """
    rows, columns = around.window(size)
    beside = (
        (left[: max(0, rows.start - SOFT)], 1),
        (left[rows.stop + SOFT :], 1),
        (left[:, : max(0, columns.start - SOFT)], 0),
        (left[:, columns.stop + SOFT :], 0),
    )
    return any(
        bool(((_levels(bar) > BLACK).mean(axis) > LIT).any()) for bar, axis in beside if bar.size
    )


class _Lines:
    """What is known of the rows of a picture, or of its columns, from all looks.

    Args:
        axis: along which a line goes, 1 for rows.
    """

    def __init__(self, axis: int) -> None:
        self.axis = axis
        self.dark, self.lit = np.zeros(0, int), np.zeros(0)

    def look_at(self, levels: NDArray[np.uint8]) -> None:
        """Take in the highest levels of a frame, H×W."""
        dark = (levels.max(self.axis) <= BLACK) & (np.ptp(levels, self.axis) <= EVEN)
        lit = (levels > BLACK).mean(self.axis)
        new = not len(self.dark)
        self.dark = dark.astype(int) if new else self.dark + dark
        self.lit = lit if new else np.maximum(self.lit, lit)

    def bars(self, looks: int) -> tuple[int, int]:
        """Lines of the two bars that face each other, before and behind; 0 where they are none."""
        # Subtitles leave most of a line dark, and most of the time all of it.
        picture = np.flatnonzero((self.lit > LIT) | (self.dark < OFTEN * looks))
        if not len(picture):
            return 0, 0
        count = len(self.dark)
        seen = int(picture[0]), int(count - 1 - picture[-1])
        one, other = self._clean(seen[0], 1, looks), self._clean(seen[1], -1, looks)
        narrow, wide = min(seen), max(seen)
        facing = wide - narrow <= max(2, UNLIKE * wide)
        if not facing or min(one, other) < max(2, LEAST * count) or wide > MOST * count:
            return 0, 0
        borders = self.lit[seen[0] :][:SOFT], self.lit[::-1][seen[1] :][:SOFT]
        filled = min(border.max() for border in borders) > LIT
        return (one, other) if filled else (0, 0)

    def _clean(self, lines: int, step: int, looks: int) -> int:
        """A bar's lines without those beside the picture that a codec has sullied now and then.

        Args:
            lines: of the bar.
            step: 1 from the first line on, -1 from the last one back.
            looks: frames that were seen.

        Returns:
            Its lines, of which the two beside the picture are dark in all looks; 0 for none.
        """
        dark = self.dark[::step] == looks
        ends = range(lines, max(1, lines - BLOCK - 1), -1)
        return next((end for end in ends if dark[end - 2 : end].all()), 0)


class _Seen:
    """What all looks have shown."""

    def __init__(self) -> None:
        self.looks, self.black = 0, True
        self._rows, self._columns = _Lines(1), _Lines(0)

    def look_at(self, image: Picture) -> None:
        """Take in a frame; one that is black tells nothing."""
        levels = _levels(image)
        black = bool(levels.max() <= BLACK)
        if black and self.looks:
            return
        if self.black and not black:
            self._rows, self._columns = _Lines(1), _Lines(0)
            self.looks = 0
        self.black &= black
        self.looks += 1
        self._rows.look_at(levels)
        self._columns.look_at(levels)

    def may_have_bars(self) -> bool:
        """Whether the outermost lines that face each other were dark so far."""
        return any(lines.dark[[0, -1]].all() for lines in (self._rows, self._columns))

    def bars(self) -> Crop:
        """Bars left, right, above and below."""
        above, below = self._rows.bars(self.looks)
        left, right = self._columns.bars(self.looks)
        return left, right, above, below


def _levels(image: Picture) -> NDArray[np.uint8]:
    """Highest of the channels, H×W."""
    highest = image.max(2)
    levels = highest >> 8 if image.dtype == np.uint16 else highest
    return np.asarray(levels, np.uint8)


def _looks(info: ClipInfo, start: int, count: int | None) -> Iterator[Picture]:
    """Frames from all over the piece, at the clip's own size."""
    if info.is_folder:
        stop = None if count is None else start + count
        for path in _spread(info.pictures[start:stop]):
            yield read_picture(path)[0]
        return
    listing = list_frames(info)
    size = (info.width, info.height)
    if listing is not None and start >= len(listing):
        listing = list_frames(info, math.inf)  # faster than to decode all before the piece
    if listing is None or start >= len(listing):
        few = FIRST if count is None else min(FIRST, count)
        for frame in read_frames(info, start=start, count=few, on_corrupt="repeat"):
            if frame.index % 6 == start % 6:
                yield frame.image
        return
    stop = len(listing) if count is None else min(len(listing), start + count)
    yield frames_at(info, listing, start, 1, size)[0].image
    yield from _jumps(info, listing, range(start, stop), size)


def _jumps(
    info: ClipInfo, listing: Listing, piece: range, size: tuple[int, int]
) -> Iterator[Picture]:
    """Key frames of the piece; frames between them where these are few."""
    keys = [index for index in piece if listing.keys[index]]
    yield from key_frames(info, listing, _spread(keys), size)
    if len(keys) >= FEW_KEYS:
        return
    starts = np.maximum.accumulate(np.where(listing.keys, np.arange(len(listing)), 0))
    near = {min(index, max(int(starts[index]), piece.start) + FAR) for index in _spread(piece)}
    yield from frames_on_the_way(info, listing, sorted(near), size)


def _spread(items: Iterable[Item], most: int = LOOKS) -> list[Item]:
    """At most so many, evenly taken, first and last among them."""
    every = list(items)
    places = np.linspace(0, len(every) - 1, min(most, len(every))).round().astype(int)
    return [every[place] for place in places]
