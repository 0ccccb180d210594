"""Which frames of a clip a preview shows, and how many shots there are, without decoding it all."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.cancel import CancelToken
from flowstyle.core.images import to_tensor
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.flow.colours import radius_of
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.media.glance import Listing, frames_at, key_frames
from flowstyle.media.picture_folder import resize_picture
from flowstyle.media.shots import find_shots
from flowstyle.media.thumbnails import compare, thumbnail
from flowstyle.render.prepare import Plan

AROUND = 12
"""Frames over which the sizes of coded frames are averaged."""
OUTLIERS = 2
"""The largest of them that are left out: cuts and flashes."""
PAIRS = 8
"""Places where the motion is measured in clips whose coded sizes do not tell of it."""
SURVEY = (192, 108)
"""About the size at which it is measured."""
GLANCES = 32
"""Key frames that are compared at most to find how often the shot changes."""
LOOK = 1.0
"""Seconds in which they are."""
LEAST_MOVING = 3
"""Frames of the moving piece that are painted even where the time is out."""
ANOTHER = 0.5
"""Part of the picture that is something else in another shot."""


@dataclass(frozen=True)
class Moment:
    """A frame that is shown: its number as the clip counts, its second, and why it is shown."""

    frame: int
    second: float
    what: str


@dataclass(frozen=True)
class Shown:
    """The frames of a preview as they were read, before they are painted.

    Args:
        first: the render's first frame.
        last: its last.
        moving: frames in a row of one shot, from the one of most motion on where so many follow it.
        most: which of ``moving`` stands between first and last: that of most motion, or in short
            clips, and near their ends, one on the way to it.
        busiest: index in the clip of the frame of most motion.
    """

    first: Frame
    last: Frame
    moving: tuple[Frame, ...]
    most: int
    busiest: int

    @property
    def stills(self) -> tuple[Frame, Frame, Frame]:
        """First frame, that of most motion or one on the way to it, last frame."""
        return self.first, self.moving[self.most], self.last

    def moments(self, info: ClipInfo) -> tuple[Moment, ...]:
        """What the stills show."""
        found = self.moving[self.most].index == self.busiest
        what = ("first frame", "most motion" if found else "in between", "last frame")
        return tuple(
            Moment(frame.index, round(float(frame.pts * info.time_base), 3), one)
            for frame, one in zip(self.stills, what, strict=True)
        )

    def resized(self, size: tuple[int, int], count: int) -> Shown:
        """The same in another size, with at most so many frames that move."""
        first, *moving, last = (
            replace(frame, image=resize_picture(frame.image, size), alpha=None)
            for frame in (self.first, *self.moving[:count], self.last)
        )
        return Shown(first, last, tuple(moving), min(self.most, len(moving) - 1), self.busiest)


def busiest(sizes: NDArray[np.int64], keys: NDArray[np.bool_]) -> int:
    """The frame around which coding took the most bytes: what moves has to be told.

    Key frames hold the whole picture and are left out, as are the largest two of every twelve,
    which cuts and flashes make.

    Args:
        sizes: bytes of each coded frame; at least one.
        keys: which are key frames.

    Returns:
        Index of a frame; 0 where nothing but key frames is left.

    Example:
        >>> busiest(np.array([90, 1, 1, 5, 5, 5, 1]), np.array([True] + 6 * [False]))
        4
    """
    places = np.flatnonzero(~keys)
    if not len(places):
        return 0
    width = max(1, min(AROUND, len(places) // 2))
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(sizes[places], width), axis=1)
    kept = width - OUTLIERS if width > 2 * OUTLIERS else width
    best = int(windows[:, :kept].mean(axis=1).argmax())
    return int(places[best + width // 2])


def choose_motion(plan: Plan, listing: Listing | None, cancel: CancelToken) -> int:
    """The frame of most motion, as the clip counts.

    Args:
        plan: of the render.
        listing: the clip's coded frames.
        cancel: asked before every look.

    Raises:
        Cancelled: the caller asked for an end.
        VideoError: the clip cannot be read.
    """
    start, total = plan.settings.start_frame, plan.total or 1
    if listing is not None and listing.tells_motion:
        piece = slice(start, start + total)
        return start + busiest(listing.sizes[piece], listing.keys[piece])
    method, best, found = DisFlow("draft"), start, -1.0
    size = _survey_size(plan.size)
    for index in sorted({start + round(i * (total - 2) / PAIRS) for i in range(PAIRS + 1)}):
        cancel.check("looking for motion")
        pair = frames_at(plan.clip, listing, max(start, index), 2, size) if total > 1 else []
        if len(pair) < 2:
            continue
        before, after = (to_tensor(frame.image) for frame in pair)
        moved = radius_of(method(after, before)[0].numpy())
        if moved > found:
            best, found = index, moved
    return best


def read_moments(
    plan: Plan,
    listing: Listing | None,
    size: tuple[int, int],
    count: int,
    cancel: CancelToken,
) -> Shown:
    """Read the frames that are shown.

    Args:
        plan: of the render.
        listing: the clip's coded frames.
        size: (width, height) in which they are painted.
        count: of the frames that move, at most.
        cancel: asked in between.

    Raises:
        Cancelled: the caller asked for an end.
        VideoError: the clip cannot be read.
    """
    start, total = plan.settings.start_frame, plan.total or 1
    moving = choose_motion(plan, listing, cancel)
    begin = max(start, min(moving, start + total - count))
    row = frames_at(plan.clip, listing, begin, min(count, total), size)
    cancel.check("reading frames")
    kept = _one_shot(row, moving - begin)
    # The first and the last frame are shown in any case. In a short clip the piece begins before
    # the frame of most motion, and only its first frames are sure to be painted.
    between = max(start + 1, min(moving, start + total - 2))
    most = min(between - kept[0].index, LEAST_MOVING - 1, len(kept) - 1)
    first = frames_at(plan.clip, listing, start, 1, size)[0]
    cancel.check("reading frames")
    last = frames_at(plan.clip, listing, start + total - 1, 1, size)[-1]
    return Shown(first, last, kept, max(0, most), moving)


def _one_shot(row: list[Frame], wanted: int) -> tuple[Frame, ...]:
    """The frames of the shot that holds the wanted one, or of the longest if that one is short."""
    shots = find_shots(replace(frame, index=i) for i, frame in enumerate(row))
    holding = next((shot for shot in shots if shot.first <= wanted <= shot.last), shots[-1])
    shot = holding if len(holding) >= 3 else max(shots, key=len)
    return tuple(row[shot.first : shot.last + 1])


def guess_shots(plan: Plan, listing: Listing, cancel: CancelToken) -> int:
    """How many shots there are, from what the clip's key frames show.

    Encoders begin a shot with a key frame, and where they do not, key frames before and after a cut
    still differ. Two cuts between neighbours are taken for one.

    Args:
        plan: of the render.
        listing: the clip's coded frames.
        cancel: asked before every look.

    Raises:
        Cancelled: the caller asked for an end.
    """
    start, total = plan.settings.start_frame, plan.total or 1
    keys = start + np.flatnonzero(listing.keys[start : start + total])
    places = keys[np.unique(np.linspace(0, len(keys) - 1, GLANCES).round().astype(int))].tolist()
    end = time.monotonic() + LOOK
    before, cuts, seen = None, 0, 0
    for image in key_frames(plan.clip, listing, places, _survey_size(plan.size)):
        cancel.check("looking for cuts")
        cells = thumbnail(image)
        cuts += before is not None and compare(before, cells).unlike > ANOTHER
        before, seen = cells, seen + 1
        if time.monotonic() > end:
            break
    return 1 + round(cuts * (len(places) - 1) / max(1, seen - 1))


def _survey_size(size: tuple[int, int]) -> tuple[int, int]:
    """A small size of the same shape."""
    scale = min(1.0, (SURVEY[0] * SURVEY[1] / (size[0] * size[1])) ** 0.5)
    return max(16, round(size[0] * scale)), max(16, round(size[1] * scale))
