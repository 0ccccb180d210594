"""What the full render will take, from what its preview took: a model of numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

from flowstyle.core.disk import free_bytes
from flowstyle.core.memory import free_memory
from flowstyle.engines.optimised.iterations import scaled_iterations
from flowstyle.media.output import work_folder
from flowstyle.optimize.pyramid import pyramid_sizes
from flowstyle.render.estimate import (
    Estimate,
    Line,
    Measuring,
    Step,
    Work,
    coarse_to_fine,
    longer_ahead,
)
from flowstyle.render.foresee import BESIDE
from flowstyle.render.preflight import disk_needed
from flowstyle.render.prepare import Plan
from flowstyle.render.rehearsal import Pass, scale_of
from flowstyle.render.schedule import START, painting_of
from flowstyle.render.stopwatch import Pace
from flowstyle.settings import Settings


@dataclass(frozen=True)
class Small:
    """A preview: its size, its settings, and what was measured of it.

    Args:
        size: (width, height).
        settings: with its own numbers of iterations.
        pace: seconds of its frames.
        figures: seconds of measuring its frames; None where none is asked for.
        result: bytes of the written result, a pixel and frame.
    """

    size: tuple[int, int]
    settings: Settings
    pace: Pace
    figures: Measuring | None
    result: float


def frame_seconds(
    small: Small, full: tuple[int, int], settings: Settings, step: Step, ahead: float
) -> tuple[float, float]:
    """Seconds of a shot's first frame and of another one, at full size.

    Args:
        small: the preview.
        full: (width, height) of the render.
        settings: of the render.
        step: what an iteration takes at any size, in any unit.
        ahead: frames painted ahead for each later one.
    """
    pace, few = small.pace, small.settings
    effort = settings.effort
    larger = step.at(full[0] * full[1]) / step.at(small.size[0] * small.size[1])
    more_first = scaled_iterations(settings.first_iterations, effort) / few.first_iterations
    more_first *= coarse_to_fine(full, step) / coarse_to_fine(small.size, step)
    first = larger * (pace.first - pace.iterating) + pace.iterating * more_first
    filling = scaled_iterations(settings.fill_iterations, effort) / max(1, few.fill_iterations)
    filling *= longer_ahead(full, small.size, step)
    more_later = scaled_iterations(settings.iterations, effort) - few.iterations
    again = scaled_iterations(settings.sweep_iterations, effort) - few.sweep_iterations
    later = larger * (pace.later + pace.step * (more_later + settings.sweeps * again))
    later += pace.ahead * filling * ahead
    return first, (later if settings.neighbors else first)


def step_of_sizes(small: Small) -> Line | None:
    """Seconds of an iteration over its pixels, from the two sizes that a preview is painted at.

    An iteration takes some milliseconds beside what grows with the pixels, which is much of a small
    picture's and nothing of a large one's.

    Args:
        small: the preview.

    Returns:
        None where it is painted at one size alone, or by an engine without iterations.
    """
    sizes = [high * wide for high, wide in pyramid_sizes(small.size[1], small.size[0])]
    few, many = sizes[0], sizes[-1]
    if few == many or not small.pace.coarse or not small.pace.step:
        return None
    # Beside the pixels it is more than nothing, and less than half: all else was disturbed.
    least = small.pace.step * few / many
    most = small.pace.step * 0.5 * (1 + few / many)
    coarse = min(most, max(least, small.pace.coarse))
    return Line((few, coarse), (many, small.pace.step))


def foretell(
    plan: Plan, small: Small, own: Pass, measured: tuple[Pass, Pass], work: Work
) -> Estimate:
    """Time, memory and disk of the full render.

    Args:
        plan: of the render.
        small: its preview.
        own: a pass at the preview's size.
        measured: a small pass and a larger one.
        work: frames and shots.
    """
    one, other = measured
    settings, pixels = plan.settings, plan.size[0] * plan.size[1]
    by_passes = scale_of(own, other, plan.tools.device)  # a GPU is not filled by small sizes
    by_sizes = step_of_sizes(small) if plan.tools.device.type == "cpu" else None
    first, later = frame_seconds(small, plan.size, settings, by_sizes or by_passes, work.ahead)
    figures = small.figures.seconds(work.frames) * pixels / own.pixels if small.figures else 0.0
    return Estimate(
        size=plan.size,
        frames=work.frames,
        shots=work.shots,
        effort=settings.effort,
        seconds=START + painting_of(plan)(work, first, later) + figures,
        first=first,
        later=later,
        memory=Line((one.pixels, one.memory), (other.pixels, other.memory)).at(pixels) + BESIDE,
        free_memory=free_memory(str(plan.tools.device)),
        disk=disk_needed(work.frames, plan.size, settings) + small.result * pixels * work.frames,
        free_disk=free_bytes(work_folder(plan.path)),
        workers=plan.shares.workers,
    )
