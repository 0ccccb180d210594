"""The course of a clip, frame by frame, and its worst frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FrameFigures:
    """Figures of one frame; those of a pair belong to its later frame.

    None stands for "not measured": the first frame of a shot has no pair, no pixel may be
    trusted, and style is measured on some frames only. ``source_…`` are the source's own.
    """

    index: int
    """From 0, counted in the frames evaluated."""
    lightness: float
    """Mean L*, in [0, 100]."""
    sharpness: float
    """Gradient energy."""
    source_lightness: float | None = None
    colour: tuple[float, ...] = ()
    """Mean R, G, B, each in [0, 1]."""
    source_colour: tuple[float, ...] = ()
    warp_error: float | None = None
    source_warp_error: float | None = None
    long_warp_error: float | None = None
    """Of the pair of the clip's ``long_gap``."""
    source_long_warp_error: float | None = None
    trusted: float | None = None
    """Share of the pixels on which the warp error was measured."""
    difference: float | None = None
    """Mean |I_t − I_{t−1}|, in [0, 1]."""
    source_difference: float | None = None
    style: float | None = None
    """Relative Gram distance to the style picture."""
    source_style: float | None = None
    content: float | None = None
    """Relative distance to the source's relu4_2."""


def worst_frames(profile: Sequence[FrameFigures], count: int = 3) -> list[int]:
    """Frames whose warp error exceeds the source's own by most, the worst first.

    Args:
        profile: of a clip.
        count: how many at most.
    """
    excess = [
        (one.warp_error - (one.source_warp_error or 0.0), one.index)
        for one in profile
        if one.warp_error is not None
    ]
    return [index for _, index in sorted(excess, key=lambda pair: (-pair[0], pair[1]))[:count]]
