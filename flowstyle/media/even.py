"""Times that were even before their file rounded them.

Matroska and FLV keep whole milliseconds, broadcast streams 1/90000 s: 29.97 frames a second come as
steps of 33, 33 and 34 ms. Written with a finer clock such a clip would no longer be of a constant
rate, and editors treat it otherwise. So a result that can hold the even times gets them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.containers import ISO
from flowstyle.media.frame_writer import FrameWriter

_USUAL = tuple(
    Fraction(rate * times)
    for times in (1, 2, 4)
    for rate in (Fraction(24000, 1001), Fraction(30000, 1001), 12, 15, 24, 25, 30)
)
"""Rates of recordings."""

_SAME, _NEAR = Fraction(1, 10_000), Fraction(1, 100)
"""Of a rate: as far as headers round it, and as far as a mean over a few frames may be off."""

_COARSEST = Fraction(1, 1000)
_TICKS = 4
"""A step is at least so many of the file's ticks: with fewer, anything would be even."""

_LARGEST = 2**31
"""Ticks a second that a container's clock may have."""


def even_step(times: Iterable[int], tick: Fraction, rate: Fraction) -> Fraction | None:
    """The step between frames that a file has rounded.

    Args:
        times: of all frames, in whatever order.
        tick: unit of ``times``, seconds.
        rate: that the file declares, frames a second.

    Returns:
        Seconds, or None where the times are exact already, or are not all within one tick of the
        even ones from the first on.
    """
    shown = sorted(times)
    if len(shown) < 2 or tick > _COARSEST or rate <= 0:
        return None
    steps = [1 / one for one in _candidates(rate)]
    for step in steps:
        if step < _TICKS * tick or math.lcm(step.denominator, tick.denominator) >= _LARGEST:
            continue
        if _off(shown, tick, step) <= tick:
            return step if _off(shown, tick, step) else None
    return None


def _candidates(rate: Fraction) -> list[Fraction]:
    """Rates that a declared one may stand for, the likeliest first."""
    usual = sorted(_USUAL, key=lambda one: abs(one - rate))
    same = [one for one in usual if abs(one - rate) <= _SAME * rate]
    return [*same, rate, *(one for one in usual if abs(one - rate) <= _NEAR * rate)]


def _off(times: Sequence[int], tick: Fraction, step: Fraction) -> Fraction:
    """The first distance of more than a tick from even times, else the largest; seconds."""
    # Whole numbers of a common unit: a long film has a quarter of a million frames.
    unit = Fraction(1, math.lcm(tick.denominator, step.denominator))
    one, each = int(tick / unit), int(step / unit)
    largest = 0
    for number, time in enumerate(times):
        largest = max(largest, abs((time - times[0]) * one - number * each))
        if largest > one:
            break
    return largest * unit


def holds_even(info: ClipInfo, path: Path) -> bool:
    """Whether a result gets even times in place of the file's rounded ones.

    Args:
        info: the clip.
        path: the result. Matroska would round them again, as the source has.
    """
    return info.even_step is not None and path.suffix.lower() in (*ISO, ".nut")


def even_words(info: ClipInfo, path: Path) -> str:
    """Say that a result gets even times, "" where it does not.

    Args:
        info: the clip.
        path: the result.
    """
    if info.even_step is None or not holds_even(info, path):
        return ""
    rate = round(float(1 / info.even_step), 3)
    return f"even, {rate:g} frames a second, which the file rounds to {_words(info.time_base)}"


def _words(tick: Fraction) -> str:
    return "milliseconds" if tick == Fraction(1, 1000) else f"{tick} s"


def evened(info: ClipInfo) -> ClipInfo:
    """A clip with a clock that holds both its file's times and the even ones.

    Args:
        info: a clip that has an ``even_step``.
    """
    step, tick = info.even_step or info.time_base, info.time_base
    base = Fraction(1, math.lcm(step.denominator, tick.denominator))
    ticks = int(tick / base)
    length = None if info.duration_pts is None else info.duration_pts * ticks
    return replace(
        info,
        time_base=base,
        rate=1 / step,
        start_pts=info.start_pts * ticks,
        duration_pts=length,
        even_step=None,
    )


class EvenWriter(FrameWriter):
    """Hands frames on with even times.

    Args:
        writer: what takes them, made for :func:`evened`'s clip.
        info: the clip that they come from, which has an ``even_step``.
    """

    def __init__(self, writer: FrameWriter, info: ClipInfo) -> None:
        self.path = writer.path
        self._writer = writer
        base = evened(info).time_base
        self._tick = int(info.time_base / base)
        self._step = int((info.even_step or info.time_base) / base)
        self._start = info.start_pts * self._tick
        self._free = self._start  # no frame's time comes before this one

    def write(self, frame: Frame) -> None:
        """Take the next frame, in the order shown."""
        begin = max(self._free, self._even(frame.pts))
        end = max(begin + 1, self._even(frame.pts + frame.duration))
        self._free = begin + 1
        self._writer.write(replace(frame, pts=begin, duration=end - begin))

    def _even(self, pts: int) -> int:
        """The even time within one of the file's ticks, else the time itself."""
        own = pts * self._tick
        number = round(Fraction(own - self._start, self._step))
        even = self._start + number * self._step
        return even if abs(even - own) <= self._tick else own

    def finish(self) -> None:
        """Complete, verify and publish the output."""
        self._writer.finish()

    def abort(self) -> None:
        """Remove what was written; the output path stays as it was."""
        self._writer.abort()
