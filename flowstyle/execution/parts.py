"""How shots become jobs: a short one is one job, a long one is cut into parts where that is asked.

A long shot's parts have the frames at their borders in common. Those are painted first, one from
the other, and then every part by itself, from the one at its left towards the one at its right
(:mod:`flowstyle.temporal.towards`). Where a shot is cut follows from the shot and the setting
alone: any number of workers, or none, paints the same parts. They are of one length, and there is
an even number of them, so that two workers, or four, come to their ends together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from flowstyle.core.types import Shot, Survey
from flowstyle.execution.job import Piece, ShotJob
from flowstyle.settings import Settings
from flowstyle.temporal.towards import REACH


def part_length(settings: Settings) -> int:
    """Length of the parts of long shots; 0 where shots are not cut."""
    cut = settings.neighbors and settings.start == "warped"
    return settings.part if cut and not settings.sweeps and not settings.long_term else 0


def sweeps_over_flow(settings: Settings) -> int:
    """How often the flow of a shot is asked for: its end's, in a part, by all frames before it."""
    return 2 if part_length(settings) else settings.sweeps + 1


def jobs_of(shot: Shot, survey: Survey, job: ShotJob, length: int) -> Iterator[ShotJob]:
    """The jobs of a shot, each after those that it needs.

    Args:
        shot: one of the survey's.
        survey: all shots.
        job: what all of them have in common.
        length: of a part in frames, at most; 0 leaves the shot whole.
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
    """Frames at which the parts of a shot begin: from its first one on, at equal distances.

    An even number of parts, none longer than ``length`` but the last one of very many, which takes
    what is left where that is less than half a part. Fewer parts where they would be shorter than
    the frames in which one goes over to the next, and where a border would lie in a passage to
    another shot.

    Args:
        shot: one of the survey's.
        survey: all shots.
        length: of a part in frames, at most; 0 leaves the shot whole.

    Example:
        >>> borders(Shot(10, 154), Survey(155, (10,)), 48)
        (10, 47, 84, 121)
        >>> borders(Shot(10, 57), Survey(58, (10,)), 48)
        (10,)
    """
    frames = shot.last + 1 - shot.first
    if not 0 < length < frames:
        return (shot.first,)
    pairs = -(-frames // (2 * length))
    for count in range(min(2 * pairs, frames // REACH), 1, -1):
        step = -(-frames // count)
        found = tuple(range(shot.first, shot.last + 2 - step // 2, step))
        if all(survey.passage(index) is None for index in found[1:]):
            return found
    return (shot.first,)
