"""All shots of a clip through an executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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


def paint_shots(executor: Executor, jobs: Iterable[ShotJob]) -> int:
    """Paint shots whose ends are known, in whatever order the executor takes them.

    Args:
        executor: any.
        jobs: all shots.

    Returns:
        Number of frames.

    Raises:
        FlowstyleError: of the first shot that fails; the others go on to their end.
        Cancelled: the caller asked for an end.
    """
    futures = [executor.submit(job) for job in jobs]
    return sum(future.result().frames for future in futures)
