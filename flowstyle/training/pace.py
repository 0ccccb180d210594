"""How many steps of a training fit into a time, as measured before it and on the way."""

from __future__ import annotations

from dataclasses import dataclass

from flowstyle.training.trainer import LATE

OFF = 0.15
"""Share of what is left by which a plan may be off: a change of it moves the learning rate."""


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
            done: steps that are done.
            total: steps that were planned.
            took: number of the step that was timed from, and the seconds since.
            left: seconds for the steps to come.

        Returns:
            ``total`` where that is nearly right.

        Example:
            >>> Pace(1, 2).replanned(done=30, total=100, took=(0, 33.0), left=110.0)
            100
            >>> Pace(1, 2).replanned(done=30, total=100, took=(0, 60.0), left=80.0)
            50
        """
        start, seconds = took
        factor = seconds / self.seconds(start, done, total)
        wanted = Pace(self.early * factor, self.late * factor).total(done, max(left, 0.0))
        return total if abs(wanted - total) <= OFF * (total - done) else wanted
