"""What a render will take, from what a small piece of it took: a model of numbers alone.

A frame's time is the network's, and the network's grows with the pixels. A few frames are really
painted small (:mod:`flowstyle.render.rehearsal`), so that the numbers of iterations, the flow and
whatever else a frame gets are what they will be; then they are scaled by what one pass of the
network takes at both sizes. What fewer iterations take is measured at two
efforts and taken as a straight line between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from flowstyle.core.disk import readable_size
from flowstyle.engines.optimised.iterations import lent_in_full
from flowstyle.metrics.clip import FULL_PAIRS, STYLE_FRAMES
from flowstyle.optimize.pyramid import pyramid_sizes
from flowstyle.temporal.painted_ahead import paintings_ahead


@dataclass(frozen=True)
class Line:
    """A straight line through two measured points; through zero and the one, if they are one.

    Example:
        >>> Line((10, 1.0), (30, 2.0)).at(20), Line((10, 1.0), (10, 1.0)).at(20)
        (1.5, 2.0)
    """

    one: tuple[float, float]
    other: tuple[float, float]

    def at(self, x: float) -> float:
        """The value at ``x``, never below 0."""
        (x0, y0), (x1, y1) = self.one, self.other
        if x0 == x1:
            return y0 * x / x0 if x0 else y0
        return max(0.0, y0 + (y1 - y0) * (x - x0) / (x1 - x0))


@dataclass(frozen=True)
class PerPixel:
    """Seconds of a pass at any size, from two measured ones: each holds for its side, in pixels.

    A processor's time grows with the pixels, but small passes leave some of its cores idle and
    take up to twice as long for a pixel. Less than nothing, or more than three times, is taken for
    a measurement that something disturbed.

    Args:
        small: pixels and seconds.
        large: pixels and seconds, of as many pixels or more.

    Example:
        >>> passes = PerPixel((1000, 0.2), (4000, 0.4))
        >>> [round(passes.at(pixels), 3) for pixels in (500, 1000, 2500, 4000, 8000)]
        [0.1, 0.2, 0.3, 0.4, 0.8]
    """

    small: tuple[float, float]
    large: tuple[float, float]

    MOST = 3.0
    """Times as long for a pixel that a small pass may take."""

    def at(self, pixels: float) -> float:
        """Seconds of a pass over so many pixels."""
        (few, short), (many, long) = self.small, self.large
        each = long / many
        if pixels >= many or few >= many:
            return each * pixels
        small = min(self.MOST, max(1.0, short / few / each)) * each * few
        if pixels <= few:
            return small * pixels / few
        return small + (long - small) * (pixels - few) / (many - few)


Step = Line | PerPixel
"""What tells the time of a pass, or of an iteration, from its pixels."""


def coarse_to_fine(size: tuple[int, int], step: Step) -> float:
    """What one iteration at each of the sizes takes at which a frame is painted alone.

    Args:
        size: (width, height) of the frame.
        step: what an iteration takes, in any unit.
    """
    return sum(step.at(high * wide) for high, wide in pyramid_sizes(size[1], size[0]))


def longer_ahead(full: tuple[int, int], small: tuple[int, int], step: Step) -> float:
    """How many times as long the iterations of a frame painted ahead take at another size.

    Such a frame gets few or none at its full size, see
    :func:`flowstyle.engines.optimised.iterations.lent_in_full`.

    Args:
        full: (width, height) of the frame.
        small: (width, height) at which it was measured.
        step: what an iteration takes, in any unit.
    """

    def of(size: tuple[int, int]) -> float:
        left_out = 1 - lent_in_full(len(pyramid_sizes(size[1], size[0])))
        return coarse_to_fine(size, step) - left_out * step.at(size[0] * size[1])

    if of(small) <= 0:  # a line through a GPU's times may be below zero at small sizes
        return step.at(full[0] * full[1]) / step.at(small[0] * small[1])
    return of(full) / of(small)


@dataclass(frozen=True)
class Measuring:
    """Seconds that the measuring at a render's end takes.

    Args:
        plain: for each frame.
        full: more, for each frame that is measured in full.
        styled: more, for each frame whose style is measured, and for the style picture.
    """

    plain: float
    full: float
    styled: float

    def seconds(self, frames: int) -> float:
        """Of a render of so many frames: of long ones some are measured in full.

        Example:
            >>> measuring = Measuring(1.0, 2.0, 10.0)
            >>> measuring.seconds(5), measuring.seconds(48), measuring.seconds(1200)
            (75.0, 274.0, 1390.0)
        """
        sparse, stride = (max(1, frames // count) for count in (FULL_PAIRS, STYLE_FRAMES))
        in_full, with_style = (-(-frames // step) for step in (sparse, stride))
        return frames * self.plain + in_full * self.full + (1 + with_style) * self.styled


@dataclass(frozen=True)
class Work:
    """What is to be painted: frames, and the shots among them, each with a first frame."""

    frames: int
    shots: int

    @property
    def ahead(self) -> float:
        """Frames painted ahead at most for each later frame, in shots that are equally long."""
        length = max(1, round(self.frames / max(1, self.shots)))
        return paintings_ahead(length) / max(1, length - 1)


Painting = Callable[[Work, float, float], float]
"""From work and the seconds of a shot's first and of a later frame to those of all its frames;
see :func:`flowstyle.render.schedule.painting_of`."""


@dataclass(frozen=True)
class Measured:
    """What a few seconds of measuring gave.

    Args:
        pixels: of a frame of the small piece.
        size: (width, height) of the whole render, whose shape all sizes have.
        first: seconds of a shot's first small frame, over its iterations at each size.
        later: seconds of a later small frame, over its iterations.
        ahead: seconds that each later one takes for frames painted ahead, likewise.
        figures: seconds of the measuring at a render's end, of small frames; None without it.
        step: seconds of a pass through the network and back, over pixels.
        memory: bytes that a process holds at most, over pixels.
        result: bytes of the result, a pixel and frame.
    """

    pixels: int
    size: tuple[int, int]
    first: Line
    later: Line
    ahead: Line
    figures: Measuring | None
    step: Step
    memory: Line
    result: float

    def seconds(
        self, work: Work, pixels: int, iterations: tuple[int, int], painting: Painting
    ) -> float:
        """Seconds of a render, measuring at its end included.

        Args:
            work: what is to be painted.
            pixels: of a frame.
            iterations: of a first frame at each of its sizes, of a later frame.
            painting: how single frames add up.
        """
        first, later = (self.frame(pixels, iterations, first=each) for each in (True, False))
        figures = self.figures.seconds(work.frames) * pixels / self.pixels if self.figures else 0.0
        return painting(work, first, later) + figures

    def frame(self, pixels: int, iterations: tuple[int, int], *, first: bool) -> float:
        """Seconds of a shot's first frame, or of a later one; see :meth:`seconds`."""
        larger = self.step.at(pixels) / self.step.at(self.pixels)
        if first:
            return self.first.at(iterations[0]) * larger
        full, small = self._sides(pixels), self._sides(self.pixels)
        ahead = self.ahead.at(iterations[1]) * longer_ahead(full, small, self.step)
        return self.later.at(iterations[1]) * larger + ahead

    def _sides(self, pixels: int) -> tuple[int, int]:
        """(width, height) of a frame of so many pixels."""
        scale = (pixels / (self.size[0] * self.size[1])) ** 0.5
        return round(self.size[0] * scale), round(self.size[1] * scale)


@dataclass(frozen=True)
class Estimate:
    """What a render will probably take.

    ``first`` and ``later`` are the seconds of a shot's first and of another frame, ``memory`` the
    bytes that a process holds at most (on a GPU: of its memory), ``disk`` those of the work
    folder and the result together; ``free_memory`` and ``free_disk`` what there is. ``workers`` is
    the number of processes that paint.
    """

    size: tuple[int, int]
    frames: int
    shots: int
    effort: float
    seconds: float
    first: float
    later: float
    memory: float
    free_memory: float
    disk: float
    free_disk: float
    workers: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON types."""
        return {**asdict(self), "size": list(self.size)}

    def summary(self) -> str:
        """The same for a person, a line for each of time, memory and disk."""
        shots = "1 shot" if self.shots == 1 else f"{self.shots} shots"
        workers = f" by {self.workers} workers" if self.workers > 1 else ""
        each = f" for each of {self.workers} workers" if self.workers > 1 else ""
        return "\n".join(
            (
                f"{self.size[0]}×{self.size[1]}, {self.frames} frames in {shots}, "
                f"effort {self.effort:g}",
                f"time: about {readable_time(self.seconds)}{workers} "
                f"({self.first:.1f} s for a shot's first frame, {self.later:.2f} s for another)",
                f"memory: about {readable_size(self.memory)}{each} "
                f"({readable_size(self.free_memory)} are free now)",
                f"disk: about {readable_size(self.disk)} ({readable_size(self.free_disk)} are "
                "free)",
            )
        )


def readable_time(seconds: float) -> str:
    """A time for people, in its two largest units.

    Example:
        >>> readable_time(42.4), readable_time(125), readable_time(7300)
        ('42 s', '2 min 5 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"
