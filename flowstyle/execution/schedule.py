"""How long jobs take that several workers paint: a model of :mod:`flowstyle.execution.shared`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from flowstyle.execution.job import ShotJob


@dataclass(frozen=True)
class Costs:
    """Seconds that a worker takes.

    Args:
        first: for a shot's first frame.
        border: for a frame at which a part begins, one part away from the one before.
        later: for any other frame.
    """

    first: float
    border: float
    later: float


def makespan(jobs: Sequence[ShotJob], workers: int, costs: Costs) -> float:
    """Seconds until the last job is done, each begun by the first worker that is free.

    Args:
        jobs: in their order, ends known.
        workers: how many.
        costs: of frames.

    Example:
        >>> from pathlib import Path
        >>> from flowstyle.settings import Settings
        >>> shots = [ShotJob(Path(), i, i + 9, Settings(), 0, ()) for i in (0, 10, 20)]
        >>> [makespan(shots, count, Costs(6.0, 0.0, 1.0)) for count in (1, 2, 3, 4)]
        [45.0, 30.0, 15.0, 15.0]
    """
    free = [0.0] * workers
    painted: dict[int, float] = {}  # when frames that others wait for are there
    waiting = list(jobs)
    while waiting:
        worker = min(range(workers), key=free.__getitem__)
        job, at = _next(waiting, free[worker], painted)
        waiting.remove(job)
        free[worker] = _paint(job, at, costs, painted)
    return max(free)


def _next(
    waiting: Sequence[ShotJob], now: float, painted: Mapping[int, float]
) -> tuple[ShotJob, float]:
    """The first job that can begin now, or else the one that can soonest; and when."""
    best: tuple[ShotJob, float] | None = None
    for job in waiting:
        at = max([now, *(painted.get(index, inf) for index in job.needs)])
        if best is None or at < best[1]:
            best = job, at
        if at == now:
            break
    if best is None or best[1] == inf:
        raise ValueError("a job waits for frames that no job before it paints")
    return best


def _paint(job: ShotJob, at: float, costs: Costs, painted: dict[int, float]) -> float:
    """When a job ends that begins at a time; notes when its borders are there."""
    if job.piece is None:
        return at + costs.first + (len(job.frames) - 1) * costs.later
    if not job.piece.keys:
        return at + (len(job.frames) - 1) * costs.later
    for index in job.piece.keys:
        at += costs.first if index == job.piece.shot else costs.border
        painted[index] = at
    return at
