"""Records that the rooms of the program hand to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ColourTags:
    """How the samples of a clip are to be understood, as FFmpeg's integer codes (H.273).

    2 means "unspecified"; ``full_range`` is None where the file does not say.
    """

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    full_range: bool | None = None


@dataclass(frozen=True)
class Clock:
    """How the time stamps of a file become those of the clip, which begins at 0.

    ``origin`` is the file's second that is the clip's 0, for picture and sound alike. ``delay``
    (seconds) is what the stamps of the picture alone are late by, where FFmpeg guesses them from
    the order of decoding. ``joins`` are the bytes at which the file's clock jumps, each with the
    seconds that are added from there on. ``by_order`` says that the earliest time belongs to the
    frame shown first, and so on, whatever packet carries it; ``by_decoding``, that the times of
    decoding are those times.
    """

    origin: Fraction = Fraction(0)
    delay: Fraction = Fraction(0)
    joins: tuple[tuple[int, Fraction], ...] = ()
    by_order: bool = False
    by_decoding: bool = False


@dataclass(frozen=True)
class ClipInfo:
    """What is known of a clip before its frames are decoded.

    ``width`` and ``height`` are those of the picture as shown, rotation applied. ``frames`` is the
    declared or counted number, None where the file does not say. Times are integer counts of
    ``time_base`` from the clip's beginning, which ``clock`` finds in the file; ``start_pts`` is the
    first frame's. ``crop`` (left, right, top, bottom) is what the container says to cut from the
    stored picture; ``rotation`` (degrees counterclockwise) and then ``flipped`` (left and right)
    turn the rest upright, from which ``bars`` (left, right, top, bottom) are cut that go round the
    picture; ``whole`` is the size with them. ``sample_aspect`` is the shape of a shown pixel, width
    over height.
    ``stream`` is the index of the video stream in the file, ``streams`` describes all there are.
    ``path`` is a video file or a folder of pictures (``is_folder``), whose ``pictures`` are listed
    in natural order. ``metadata`` is the file's own description: title, artist and the like.
    ``missing`` of the ``frames`` are known to be cut off at the file's end. ``even_step`` is the
    seconds from frame to frame of a clip whose times are even but for the file's rounding, None
    where they are exact, uneven, or not known. The frames of a clip
    that is ``interlaced`` are pairs of fields from the first one on; those of one that has
    ``whole_frames`` are marked as such while the file says that they are none.
    """

    path: Path
    width: int
    height: int
    frames: int | None
    time_base: Fraction
    rate: Fraction
    start_pts: int = 0
    duration_pts: int | None = None
    bit_depth: int = 8
    rotation: int = 0
    flipped: bool = False
    sample_aspect: Fraction = Fraction(1)
    has_alpha: bool = False
    has_audio: bool = False
    interlaced: bool = False
    whole_frames: bool = False
    missing: int = 0
    even_step: Fraction | None = None
    clock: Clock = Clock()
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    bars: tuple[int, int, int, int] = (0, 0, 0, 0)
    stream: int = 0
    streams: tuple[str, ...] = ()
    colour: ColourTags = ColourTags()
    codec: str = ""
    pixel_format: str = ""
    pictures: tuple[Path, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_folder(self) -> bool:
        """True for a folder or pattern of pictures."""
        return bool(self.pictures)

    @property
    def whole(self) -> tuple[int, int]:
        """(width, height) of the picture as shown, bars included."""
        left, right, above, below = self.bars
        return self.width + left + right, self.height + above + below


@dataclass(frozen=True)
class Around:
    """A frame's place in a larger one, with bars around it.

    Args:
        size: (width, height) of the larger one.
        x: pixels to its left.
        y: pixels above it.
    """

    size: tuple[int, int]
    x: int
    y: int

    def window(self, size: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the larger frame in which one of ``size`` (width, height) lies."""
        return slice(self.y, self.y + size[1]), slice(self.x, self.x + size[0])


@dataclass(frozen=True)
class Frame:
    """One decoded frame.

    ``index`` counts from 0 at the clip's first frame, also when reading starts later. ``image`` is
    H×W×3, RGB, uint8, or uint16 over its full range for sources of more than 8 bits. ``alpha`` is
    H×W of the same type, or None. ``duration`` is in units of the clip's time base.
    ``repeated`` says that the frame stands in for a corrupt one. ``around`` is the larger picture
    that it was cut from, black in its place, or None.
    """

    index: int
    pts: int
    duration: int
    image: NDArray[np.uint8] | NDArray[np.uint16]
    alpha: NDArray[np.uint8] | NDArray[np.uint16] | None = None
    repeated: bool = False
    around: NDArray[np.uint8] | NDArray[np.uint16] | None = None


@dataclass(frozen=True)
class Shot:
    """Frames ``first`` … ``last`` (inclusive) between two cuts."""

    first: int
    last: int

    def __len__(self) -> int:
        """Number of frames."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Passage:
    """Frames ``first`` … ``last`` (inclusive) in which one shot melts into the next.

    All of them show both shots; the second one dominates from ``middle`` on.
    """

    first: int
    last: int
    middle: int

    @property
    def cut(self) -> int:
        """First frame that shows the second shot alone; its paint takes nothing over."""
        return self.last + 1

    def share(self, index: int) -> float:
        """Share of the second shot in a frame, 0 … 1: a straight line, as dissolves are made."""
        return min(max((index - self.first + 1) / (self.cut - self.first + 1), 0.0), 1.0)


@dataclass(frozen=True)
class Survey:
    """All frames of a render and where its shots begin, known before the painting.

    Frames are counted from the render's first; ``cuts`` are first frames of shots, in order, but
    for the first shot's.
    """

    frames: int
    cuts: tuple[int, ...] = ()
    passages: tuple[Passage, ...] = ()

    @property
    def shots(self) -> list[Shot]:
        """The shots, which cover all frames; none where there are no frames.

        Example:
            >>> Survey(5, (3,)).shots
            [Shot(first=0, last=2), Shot(first=3, last=4)]
        """
        bounds = [0, *(cut for cut in self.cuts if 0 < cut < self.frames), self.frames]
        return [Shot(a, b - 1) for a, b in pairwise(bounds) if a < b]

    def passage(self, index: int) -> Passage | None:
        """The passage that a frame lies in, if any."""
        return next((one for one in self.passages if one.first <= index <= one.last), None)


def fitted(info: ClipInfo, width: int | None) -> tuple[int, int]:
    """(width, height) of a clip at a width, the height even; its own size for None.

    The width is that of the whole picture: what is left without bars is smaller in proportion.
    """
    if width is None or width == info.whole[0]:
        return info.width, info.height
    own = width
    if info.width != info.whole[0]:
        own = max(2, 2 * round(info.width * width / info.whole[0] / 2))
    return own, max(2, 2 * round(info.height * width / info.whole[0] / 2))
