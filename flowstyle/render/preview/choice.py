"""How large and how far a preview is painted, so that it ends in its time: numbers alone.

An iteration takes as long as a pass through the network and back at the same size (measured: 3.1
and 3.3 µs a pixel on a CPU), and a later frame about two more for flow, masks and warping. What is
predicted from that is too much rather than too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowstyle.engines.optimised.iterations import lent_in_full, scaled_iterations
from flowstyle.optimize.pyramid import pyramid_sizes
from flowstyle.settings import Settings

BESIDE = 2
"""Passes' time of a frame that is no iteration's: flow, masks, statistics of the style."""
MARGIN = 1.45
"""By which everything takes longer than the passes alone say."""
LATER_AT_MOST = 36
"""Iterations of a later frame: as many as little trust makes needful (``stability``); the papers'
presets have a thousand."""


@dataclass(frozen=True)
class Rung:
    """One way to paint a preview.

    Args:
        pixels: of a frame.
        iterations: at most so many at each size of a frame that is painted alone.
        moving: frames of the moving piece.
    """

    pixels: int
    iterations: int
    moving: int


def _rung(width: int, iterations: int, moving: int) -> Rung:
    """Of a frame of 16:9."""
    return Rung(width * width * 9 // 16, iterations, moving)


LADDER = (
    *(_rung(384, 60, 16), _rung(384, 60, 12), _rung(320, 60, 12), _rung(320, 40, 10)),
    *(_rung(256, 40, 10), _rung(256, 30, 8), _rung(256, 24, 8), _rung(256, 20, 6)),
    *(_rung(256, 20, 5), _rung(224, 20, 5), _rung(192, 20, 5), _rung(160, 20, 4)),
    *(_rung(160, 16, 4), _rung(128, 16, 3), _rung(96, 16, 3)),
)
"""From the best to the quickest. Below 256 pixels there is no coarser size to begin at, and paint
gets softer; twenty iterations look nearly like sixty. So the size is kept first, then the number of
frames that move."""

CLEAR = 256 * 144
"""Pixels from which on a preview is not softer than the render."""


def at_rung(settings: Settings, rung: Rung, width: int) -> Settings:
    """A render's settings as its preview has them: small, with fewer iterations, frames as given.

    Args:
        settings: of the render.
        rung: how it is painted.
        width: of its frames.
    """
    first = scaled_iterations(settings.first_iterations, settings.effort)
    kept = min(1.0, rung.iterations / first)
    return settings.changed(
        width=width,
        start_frame=0,
        frames=None,
        shots=None,
        cuts=False,  # the frames are of one shot
        effort=1.0,
        first_iterations=min(first, rung.iterations),
        fill_iterations=scaled_iterations(settings.fill_iterations, settings.effort * kept),
        iterations=min(scaled_iterations(settings.iterations, settings.effort), LATER_AT_MOST),
        further_iterations=scaled_iterations(settings.further_iterations, settings.effort),
        sweep_iterations=min(
            scaled_iterations(settings.sweep_iterations, settings.effort), LATER_AT_MOST
        ),
    )


def work_of(settings: Settings, size: tuple[int, int], moving: int, alone: int) -> float:
    """Passes times pixels that a preview of one look takes.

    Args:
        settings: from :func:`at_rung`.
        size: (width, height).
        moving: frames of the moving piece, of which the first is painted alone.
        alone: frames that are painted alone beside it.
    """
    pixels = size[0] * size[1]
    levels = [height * width for height, width in pyramid_sizes(size[1], size[0])]
    first = sum(levels) * (settings.first_iterations + BESIDE)
    lent = sum(levels[:-1]) + levels[-1] * lent_in_full(len(levels))
    later = pixels * (settings.iterations + BESIDE)
    again = moving * settings.sweeps * pixels * (settings.sweep_iterations + BESIDE)
    if not settings.neighbors:
        return (alone + moving) * first
    return (alone + 1) * first + lent * settings.fill_iterations + (moving - 1) * later + again


def choose(
    looks: Sequence[Settings], full: tuple[int, int], step: float, seconds: float
) -> tuple[Rung, tuple[int, int]]:
    """The best rung that fits.

    Args:
        looks: settings of each look that is painted.
        full: (width, height) of the render.
        step: seconds of a pass, a pixel.
        seconds: that there are.

    Returns:
        The rung, and (width, height) of its frames. The quickest one where none fits.
    """
    size = full
    for rung in LADDER:
        size = small_size(full, rung.pixels)
        passes = sum(
            work_of(at_rung(look, rung, size[0]), size, rung.moving, alone=2) for look in looks
        )
        if passes * step * MARGIN <= seconds:
            return rung, size
    return LADDER[-1], size


def small_size(full: tuple[int, int], pixels: int) -> tuple[int, int]:
    """A size of the same shape with about so many pixels, even and never larger.

    Example:
        >>> small_size((1920, 1080), 256 * 144), small_size((1080, 1920), 256 * 144)
        ((256, 144), (144, 256))
    """
    scale = (pixels / (full[0] * full[1])) ** 0.5
    if scale >= 1:
        return full
    return max(16, 2 * round(full[0] * scale / 2)), max(16, 2 * round(full[1] * scale / 2))
