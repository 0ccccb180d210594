"""How shots become jobs: a short one is one job, a long one is cut into parts where that is asked.

A long shot's parts have the frames at their borders in common. Those are painted first, one from
the other, and then every part by itself, from the one at its left towards the one at its right
(:mod:`flowstyle.temporal.towards`). Where a shot is cut follows from the shot and the setting
alone: any number of workers, or none, paints the same parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from flowstyle.core.types import Shot, Survey
from flowstyle.execution.job import Piece, ShotJob
from flowstyle.settings import Settings


def part_length(settings: Settings) -> int:
    """Length of the parts of long shots; 0 where shots are not cut."""
    cut = settings.neighbors and settings.start == "warped"
    return settings.part if cut and not settings.sweeps and not settings.long_term else 0


def jobs_of(shot: Shot, survey: Survey, job: ShotJob, length: int) -> Iterator[ShotJob]:
    """The jobs of a shot, each after those that it needs.

    Args:
        shot: one of the survey's.
        survey: all shots.
        job: what all of them have in common.
        length: of a part in frames; 0 leaves the shot whole.
    """
    whole = replace(job, first=shot.first, last=shot.last, survey=survey)
    keys = borders(shot, survey, length)
    if len(keys) < 2:
        yield whole
        return
    yield replace(whole, last=keys[-1], piece=Piece(shot.first, keys))
    for left, right in pairwise(keys):
        yield replace(whole, first=left, last=right - 1, piece=Piece(shot.first, towards=right))
    yield replace(whole, first=keys[-1], piece=Piece(shot.first))


def borders(shot: Shot, survey: Survey, length: int) -> tuple[int, ...]:
    """Frames at which the parts of a shot begin: multiples of a length from its first frame on.

    None lies in a passage to the next shot, and none makes a last part of less than half a length.

    Example:
        >>> borders(Shot(10, 60), Survey(61, (10,)), 20)
        (10, 30, 50)
        >>> borders(Shot(10, 58), Survey(61, (10,)), 20)
        (10, 30)
    """
    if not length:
        return (shot.first,)
    later = range(shot.first + length, shot.last + 2 - length // 2, length)
    return (shot.first, *(index for index in later if survey.passage(index) is None))
