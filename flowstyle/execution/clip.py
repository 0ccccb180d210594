"""All shots of a clip through an executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flowstyle.core.types import Shot
from flowstyle.execution.job import ShotJob
from flowstyle.execution.protocol import Executor
from flowstyle.temporal.frames import Timeline

MakeJob = Callable[[int, int | None], ShotJob]
"""From a shot's first and, where known, last frame to its job."""


def paint_clip(executor: Executor, make_job: MakeJob, timeline: Timeline) -> int:
    """Paint all shots as they are found, one after the other.

    Args:
        executor: one that needs no ends of shots.
        make_job: see :data:`MakeJob`.
        timeline: tells where the clip ends.

    Returns:
        Number of frames.

    Raises:
        FlowstyleError: whatever prevents a frame; those before it are committed.
        Cancelled: the caller asked for an end.
    """
    first = 0
    while timeline.exists(first):
        first = executor.submit(make_job(first, None)).result().last + 1
    return first


def paint_shots(executor: Executor, make_job: MakeJob, shots: Iterable[Shot]) -> int:
    """Paint shots whose ends are known, in whatever order the executor takes them.

    Args:
        executor: any.
        make_job: see :data:`MakeJob`.
        shots: all shots, counted from the render's first frame.

    Returns:
        Number of frames.

    Raises:
        FlowstyleError: of the first shot that fails; the others go on to their end.
        Cancelled: the caller asked for an end.
    """
    futures = [executor.submit(make_job(shot.first, shot.last)) for shot in shots]
    return sum(future.result().frames for future in futures)
