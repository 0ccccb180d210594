"""Size and length of a render: the clip's own, or as the settings ask."""

from __future__ import annotations

import math
from pathlib import Path

from flowstyle.core.errors import UsageError
from flowstyle.core.types import Around, ClipInfo, fitted
from flowstyle.media.square import written_size
from flowstyle.settings import Settings

MIN_SIDE = 16
"""Shorter frames vanish in the feature network's four poolings."""


def render_size(info: ClipInfo, settings: Settings) -> tuple[int, int]:
    """(width, height) of the render: the clip's own, or ``width`` with an even height.

    Raises:
        UsageError: the result is too small for the networks.
    """
    size = fitted(info, settings.width)
    if min(size) < MIN_SIDE:
        raise UsageError(
            f"frames of {size[0]}×{size[1]} are too small",
            info.path,
            f"use frames of at least {MIN_SIDE}×{MIN_SIDE} pixels, see --width",
        )
    return size


def narrowest(info: ClipInfo) -> int:
    """The least width, even, at which a clip's frames are large enough for the networks.

    Example:
        >>> from fractions import Fraction
        >>> info = ClipInfo(Path("wide.mp4"), 1920, 80, 2, Fraction(1, 25), Fraction(25))
        >>> narrowest(info), fitted(info, narrowest(info)), fitted(info, narrowest(info) - 2)
        (360, (360, 16), (358, 14))
    """
    # Heights are rounded to even ones: from 15 on to 16.
    high_enough = 2 * math.ceil((MIN_SIDE - 1) * info.whole[0] / info.height / 2)
    wide_enough = MIN_SIDE
    if info.width != info.whole[0]:
        wide_enough = 2 * math.ceil((MIN_SIDE - 1) * info.whole[0] / info.width / 2)
    return max(wide_enough, high_enough)


def frame_total(info: ClipInfo, settings: Settings) -> int | None:
    """Number of frames to render, where the clip says how many it has."""
    if info.frames is None:
        return settings.frames
    left = max(0, info.frames - settings.start_frame)
    return left if settings.frames is None else min(left, settings.frames)


def whole_clip(settings: Settings) -> bool:
    """Whether all frames are rendered, so that all of the audio is kept."""
    return settings.frames is None and settings.start_frame == 0


def size_in_words(
    info: ClipInfo, path: Path, size: tuple[int, int], around: Around | None = None
) -> str:
    """The size in which frames are painted, and in which they are written where that differs.

    Args:
        info: the clip.
        path: the result.
        size: (width, height) in which frames are painted.
        around: where that lies in the result's frames; None where it fills them.
    """
    written = written_size(info, path, size if around is None else around.size)
    as_written = "" if written == size else f", written as {written[0]}×{written[1]}"
    return f"{size[0]}×{size[1]}{as_written} (clip {info.whole[0]}×{info.whole[1]})"
