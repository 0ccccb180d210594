"""Estimates a render, or makes it fit a budget of time, from a few seconds of measuring."""

from __future__ import annotations

import time

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.disk import free_bytes
from flowstyle.core.errors import Interrupted
from flowstyle.core.events import Decision, Report
from flowstyle.core.memory import free_memory
from flowstyle.core.types import fitted
from flowstyle.engines.optimised.iterations import scaled_iterations
from flowstyle.media.output import work_folder
from flowstyle.render import budget as budgets
from flowstyle.render.budget import Rung
from flowstyle.render.estimate import Estimate, Line, Measured, Work, readable_time
from flowstyle.render.preflight import disk_needed
from flowstyle.render.prepare import Plan
from flowstyle.render.rehearsal import count_shots, passes, rehearse, scale_of
from flowstyle.render.schedule import START, painting_of
from flowstyle.render.size import narrowest
from flowstyle.settings import Settings

BESIDE = 110e6
"""Bytes that a render holds beside a pass of the network, whose own peak is higher than what frames
and flows take: 149 MB more were held at 560×238, 90 MB at 1280×720."""


def iterations_at(settings: Settings, effort: float) -> tuple[int, int]:
    """Iterations of a first frame at each of its sizes, and of a later one, at an effort."""
    return (
        scaled_iterations(settings.first_iterations, effort),
        scaled_iterations(settings.iterations, effort),
    )


def foresee(
    plan: Plan, efforts: tuple[float, float], report: Report, cancel: CancelToken
) -> tuple[Measured, Work]:
    """Measure for some seconds: passes of the network, a small piece at two efforts, the cuts.

    Args:
        plan: of the render.
        efforts: between which the time of a frame is to be known; may be one and the same.
        report: told the progress.
        cancel: asked before every iteration.

    Raises:
        Interrupted: cancelled; nothing is kept.
        FlowstyleError: whatever would prevent the render too.
    """
    try:
        small, large = passes(plan)  # first: they find memory and kernels
        pieces = {one: rehearse(plan, one, report, cancel) for one in dict.fromkeys(efforts)}
        work = Work(*count_shots(plan, cancel))
    except Cancelled as cancelled:
        raise Interrupted(cancel.signum or 0, str(cancelled), "the same command again") from None
    points = [(iterations_at(plan.settings, effort), piece) for effort, piece in pieces.items()]
    (few, cheap), (many, dear) = points[0], points[-1]
    return (
        Measured(
            pixels=small.pixels,
            size=plan.size,
            first=Line((few[0], cheap.pace.first), (many[0], dear.pace.first)),
            later=Line((few[1], cheap.pace.later), (many[1], dear.pace.later)),
            ahead=Line(
                (few[1], work.ahead * cheap.pace.ahead), (many[1], work.ahead * dear.pace.ahead)
            ),
            figures=dear.figures,
            step=scale_of(small, large, plan.tools.device),
            memory=Line((small.pixels, small.memory), (large.pixels, large.memory)),
            result=dear.result,
        ),
        work,
    )


def estimate(plan: Plan, report: Report, cancel: CancelToken) -> Estimate:
    """What a render would take; nothing of it is kept.

    Args:
        plan: of the render.
        report: told the progress.
        cancel: asked before every iteration.

    Raises:
        FlowstyleError: see :func:`foresee`.
    """
    effort = plan.settings.effort
    found, work = foresee(plan, (effort, effort), report, cancel)
    pixels = plan.size[0] * plan.size[1]
    iterations = iterations_at(plan.settings, effort)
    folder = work_folder(plan.path)
    written = disk_needed(work.frames, plan.size, plan.settings)
    return Estimate(
        size=plan.size,
        frames=work.frames,
        shots=work.shots,
        effort=effort,
        seconds=START + found.seconds(work, pixels, iterations, painting_of(plan)),
        first=found.frame(pixels, iterations, first=True),
        later=found.frame(pixels, iterations, first=False),
        memory=found.memory.at(pixels) + BESIDE,
        free_memory=free_memory(str(plan.tools.device)),
        disk=written + found.result * pixels * work.frames,
        free_disk=free_bytes(folder),
        workers=plan.shares.workers,
    )


def within(plan: Plan, seconds: float, report: Report, cancel: CancelToken) -> Plan:
    """The same render with settings that end in time, decided once.

    A width and an effort that the settings name are kept. Work that was begun goes on as it was
    begun: other settings would be other work.

    Args:
        plan: of the render.
        seconds: from its beginning to its end, this measuring included.
        report: told the progress, and what was chosen.
        cancel: asked before every iteration.

    Raises:
        UsageError: nothing that is allowed ends in time.
        FlowstyleError: see :func:`foresee`.
    """
    before = None if plan.output.restart else budgets.begun(work_folder(plan.path))
    if before is not None:
        chosen, why = before, "as this work was begun"
    else:
        chosen, why = _chosen(plan, seconds, report, cancel)
    settings = plan.settings
    if settings.width is None and chosen.width not in (0, plan.clip.whole[0]):
        settings = settings.changed(width=chosen.width)
    if settings.effort == 1 != chosen.effort:
        settings = settings.changed(effort=chosen.effort)
    new = plan.resized(settings)
    size = f"{new.size[0]}×{new.size[1]}"
    what = f"{size}, effort {settings.effort:g}, engine {new.tools.engine.name}"
    report(Decision("budget", f"{what}: {why}"))
    return new


def _chosen(plan: Plan, seconds: float, report: Report, cancel: CancelToken) -> tuple[Rung, str]:
    """Measure and choose; the choice, and what it is predicted to take."""
    settings = plan.settings
    free = settings.effort == 1 and plan.tools.optimises  # else it has no effect
    effort = None if free else settings.effort
    least = budgets.FLOOR if effort is None else effort
    found, work = foresee(plan, (least, settings.effort), report, cancel)

    def predicted(rung: Rung) -> float:
        width, height = fitted(plan.clip, rung.width)
        iterations = iterations_at(settings, rung.effort)
        return found.seconds(work, width * height, iterations, painting_of(plan))

    ladder = budgets.rungs(
        plan.whole[0],
        effort=effort,
        fixed_width=settings.width is not None,
        least=narrowest(plan.clip),
    )
    left = seconds - (time.monotonic() - plan.began)
    chosen = budgets.choose(ladder, predicted, left, seconds)
    taken = f"about {readable_time(predicted(chosen))} of the {readable_time(left)} left"
    return chosen, taken
