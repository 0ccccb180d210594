"""What the full render will take, from what its preview took: a model of numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

from flowstyle.core.disk import free_bytes
from flowstyle.core.memory import free_memory
from flowstyle.engines.optimised.iterations import scaled_iterations
from flowstyle.media.output import work_folder
from flowstyle.optimize.pyramid import pyramid_sizes
from flowstyle.render.estimate import Estimate, Line, Work
from flowstyle.render.foresee import BESIDE
from flowstyle.render.preflight import disk_needed
from flowstyle.render.prepare import Plan
from flowstyle.render.preview.painting import Pace, shared_ahead
from flowstyle.render.rehearsal import Pass
from flowstyle.render.schedule import painting_of
from flowstyle.settings import Settings


@dataclass(frozen=True)
class Small:
    """A preview: its size, its settings, and what was measured of it.

    Args:
        size: (width, height).
        settings: with its own numbers of iterations.
        pace: seconds of its frames.
        figures: seconds of measuring one of its frames.
        result: bytes of the written result, a pixel and frame.
    """

    size: tuple[int, int]
    settings: Settings
    pace: Pace
    figures: float
    result: float


def frame_seconds(
    small: Small, full: tuple[int, int], settings: Settings, larger: float
) -> tuple[float, float]:
    """Seconds of a shot's first frame and of another one, at full size.

    Args:
        small: the preview.
        full: (width, height) of the render.
        settings: of the render.
        larger: by how much a pass takes longer at that size.
    """
    pace, few = small.pace, small.settings
    effort = settings.effort
    more_first = scaled_iterations(settings.first_iterations, effort) / few.first_iterations
    shape = _coarse_to_fine(full) / _coarse_to_fine(small.size)
    first = pace.first - pace.iterating + pace.iterating * more_first * shape
    filling = scaled_iterations(settings.fill_iterations, effort) / max(1, few.fill_iterations)
    more_later = scaled_iterations(settings.iterations, effort) - few.iterations
    again = scaled_iterations(settings.sweep_iterations, effort) - few.sweep_iterations
    later = pace.later + pace.step * (more_later + settings.sweeps * again)
    later += shared_ahead(pace.ahead * filling)
    return first * larger, (later if settings.neighbors else first) * larger


def _coarse_to_fine(size: tuple[int, int]) -> float:
    """Pixels of all sizes at which a frame is painted alone, over those of the full one."""
    sizes = [height * width for height, width in pyramid_sizes(size[1], size[0])]
    return sum(sizes) / sizes[-1]


def foretell(plan: Plan, small: Small, measured: tuple[Pass, Pass], work: Work) -> Estimate:
    """Time, memory and disk of the full render.

    Args:
        plan: of the render.
        small: its preview.
        measured: a small pass and a larger one.
        work: frames and shots.
    """
    one, other = measured
    settings, pixels = plan.settings, plan.size[0] * plan.size[1]
    own = small.size[0] * small.size[1]
    # As in flowstyle.render.foresee: a CPU's time grows with the pixels, few do not fill a GPU.
    reference = other if plan.tools.device.type == "cpu" else one
    step = Line((reference.pixels, reference.seconds), (other.pixels, other.seconds))
    first, later = frame_seconds(small, plan.size, settings, step.at(pixels) / step.at(own))
    figures = work.frames * small.figures * pixels / own if plan.output.measure else 0.0
    return Estimate(
        size=plan.size,
        frames=work.frames,
        shots=work.shots,
        effort=settings.effort,
        seconds=painting_of(plan)(work, first, later) + figures,
        first=first,
        later=later,
        memory=Line((one.pixels, one.memory), (other.pixels, other.memory)).at(pixels) + BESIDE,
        free_memory=free_memory(str(plan.tools.device)),
        disk=disk_needed(work.frames, plan.size, settings) + small.result * pixels * work.frames,
        free_disk=free_bytes(work_folder(plan.path)),
        workers=plan.shares.workers,
    )
