"""How single frames add up to a render that is shared out: shots, parts, workers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from flowstyle.core.types import Survey
from flowstyle.execution.job import ShotJob
from flowstyle.execution.parts import jobs_of, part_length
from flowstyle.execution.schedule import Costs, makespan
from flowstyle.render.estimate import Painting, Work
from flowstyle.render.prepare import Plan
from flowstyle.render.shares import Shares
from flowstyle.settings import Settings

START = 2.0
"""Seconds that are added for a command's start. It takes four, of which 3.2 import its libraries;
two were chosen on the four clips of docs/preview.md, where four came out too much."""
BEGIN = 4.0
"""Seconds of a worker until it paints: 2.8 of them import its libraries."""
CROWDED = 1.1
"""What a frame takes longer where several workers share a processor's memory and what else runs
beside the painting: with two on two cores 154 s of frames in place of 142."""


def painting_of(plan: Plan) -> Painting:
    """How the frames of a render add up, as it is shared out."""
    return partial(_seconds, plan.settings, plan.shares)


def _seconds(settings: Settings, shares: Shares, work: Work, first: float, later: float) -> float:
    """Seconds of painting; see :data:`flowstyle.render.estimate.Painting`."""
    jobs = planned(work, settings)
    on_gpu = shares.devices[0].startswith("cuda")
    # Several on one GPU are not sooner done than one that has it for itself.
    workers = min(shares.workers, len(shares.devices)) if on_gpu else shares.workers
    # A border's own paint is begun as a first frame's is.
    painting = makespan(jobs, workers, Costs(first, first, later))
    if shares.executor == "inline":
        return painting
    crowded = CROWDED if workers > 1 and not on_gpu else 1.0
    return BEGIN + crowded * painting


def planned(work: Work, settings: Settings) -> list[ShotJob]:
    """The jobs of a clip whose shots are all alike.

    Args:
        work: frames and shots.
        settings: of the render.
    """
    shots = min(work.shots, work.frames)
    cuts = tuple(work.frames * shot // shots for shot in range(1, shots))
    survey = Survey(work.frames, cuts)
    common = ShotJob(Path(), 0, None, settings, 0, ())
    length = part_length(settings)
    return [job for shot in survey.shots for job in jobs_of(shot, survey, common, length)]
