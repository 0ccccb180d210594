"""How many steps of a training fit into a time, as measured before it and followed on the way."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from flowstyle.training.trainer import LATE

LEAST = 50
"""Steps below which a training is not worth its name."""
LOOK_S = 30.0
"""Seconds between two looks at the clock, or a quarter of what is left, if that is less."""
OFF = 0.15
"""Share of what is left by which a plan may be off: a change of it moves the learning rate."""
TAIL = 0.25
"""Share of the steps to come that are kept at each look, also where no time is left: over them the
learning rate falls to nothing."""


@dataclass(frozen=True)
class Pace:
    """Seconds of a step.

    Args:
        early: with small crops.
        late: with large ones.
    """

    early: float
    late: float

    def seconds(self, start: int, end: int, total: int) -> float:
        """What the steps from one number to another take.

        Example:
            >>> Pace(1, 2).seconds(50, 70, total=100)
            30.0
        """
        border = min(max(LATE * total, start), end)
        return self.early * (border - start) + self.late * (end - border)

    def total(self, done: int, left: float) -> int:
        """Steps of a training in all.

        Args:
            done: steps that are done.
            left: seconds for the others.

        Example:
            >>> Pace(1, 2).total(0, 140), Pace(1, 2).total(50, 90), Pace(1, 2).total(80, 40)
            (100, 100, 100)
        """
        each = LATE * self.early + (1 - LATE) * self.late
        total = (left + done * self.early) / each
        if done >= LATE * total:
            total = done + left / self.late
        return int(total + 1e-6)

    def replanned(self, done: int, total: int, took: tuple[int, float], left: float) -> int:
        """The steps in all, as the last ones took longer or shorter than was measured.

        Args:
            done: steps that are done, fewer than ``total``.
            total: steps that were planned.
            took: number of the step that was timed from, and the seconds since.
            left: seconds for the steps to come.

        Returns:
            ``total`` where that is nearly right. Crops that are large stay so.

        Example:
            >>> Pace(1, 2).replanned(done=30, total=100, took=(0, 33.0), left=110.0)
            100
            >>> Pace(1, 2).replanned(done=30, total=100, took=(0, 60.0), left=80.0)
            50
            >>> Pace(1, 2).replanned(done=60, total=100, took=(30, 30.0), left=0.0)
            70
        """
        start, seconds = took
        factor = seconds / self.seconds(start, done, total)
        wanted = Pace(self.early * factor, self.late * factor).total(done, max(left, 0.0))
        if abs(wanted - total) <= OFF * (total - done):
            return total
        most = math.floor(done / LATE) if done >= LATE * total else wanted
        return max(LEAST, min(wanted, most), done + math.ceil(TAIL * (total - done)))


@dataclass(frozen=True)
class Fixed:
    """So many steps, however long they take.

    Args:
        total: steps in all.
    """

    total: int

    def follow(self, done: int) -> int:
        """Steps in all."""
        return self.total


class Timetable:
    """The steps of a training that is to end at a time.

    Args:
        pace: as measured.
        done: steps that are done.
        ends: when it is to end, on the clock of ``time.monotonic``.
    """

    def __init__(self, pace: Pace, done: int, ends: float) -> None:
        self._pace, self._ends = pace, ends
        self._looked = (done, time.monotonic())
        self.total = max(LEAST, pace.total(done, ends - self._looked[1]))

    def follow(self, done: int) -> int:
        """Steps in all; told of each step, it looks at the clock now and then.

        Args:
            done: steps that are done.
        """
        now, (first, looked) = time.monotonic(), self._looked
        left = self._ends - now
        if done < self.total and now - looked >= min(LOOK_S, max(left / 4, 1.0)):
            self.total = self._pace.replanned(done, self.total, (first, now - looked), left)
            self._looked = (done, now)
        return self.total
