"""Which sweeps a shot gets: the one place where settings become an order of work."""

from __future__ import annotations

from dataclasses import dataclass

from flowstyle.settings import Settings, Start
from flowstyle.temporal.frames import RESULT


@dataclass(frozen=True)
class Sweep:
    """One pass over all frames of a shot.

    Args:
        number: 1 for the first sweep.
        forward: in the order of time, or against it.
        start: what a frame starts from; None starts from its own result of the sweep before.
        blend: weight of the warped neighbour in that start (multi-pass, Ruder eq. 11).
        both: pull to the neighbours on both sides, not only to the one already done.
        long_term: distances of further earlier frames that pull (first sweep only).
        temporal_weight: weight of the temporal term; 0 leaves it out.
    """

    number: int
    forward: bool
    start: Start | None
    blend: float
    both: bool
    long_term: tuple[int, ...]
    temporal_weight: float


def plan_sweeps(settings: Settings) -> tuple[Sweep, ...]:
    """The sweeps of a shot, in order; the last one's frames are the result.

    With ``neighbors = False`` there is one sweep in which every frame is made like a first frame.
    """
    first = Sweep(
        number=1,
        forward=True,
        start=settings.start if settings.neighbors else settings.first_start,
        blend=0.0,
        both=False,
        long_term=settings.long_term if settings.neighbors else (),
        temporal_weight=settings.temporal_weight if settings.temporal_from == 1 else 0.0,
    )
    weight = settings.sweep_temporal_weight
    weight = settings.temporal_weight if weight is None else weight
    later = tuple(
        Sweep(
            number=1 + k,
            forward=k % 2 == 0,
            start=None,
            blend=settings.sweep_blend,
            both=settings.sweep_both,
            long_term=(),
            temporal_weight=weight if k + 1 >= settings.temporal_from else 0.0,
        )
        for k in range(1, settings.sweeps + 1 if settings.neighbors else 1)
    )
    return (first, *later)


@dataclass(frozen=True)
class Visit:
    """A sweep's visit to one frame.

    Args:
        sweep: which pass over the shot.
        index: of the frame, counted from the render's first.
        first: of the shot.
        last: of the shot; None while its end is not known.
        sweeps: how many sweeps the shot gets.
        step: distance in frames of two visits.
        towards: index of a painted frame that this one's part of the shot leads to, if any.
        shot: index of the shot's first frame, where ``first`` is that of a part; None: the same.
    """

    sweep: Sweep
    index: int
    first: int
    last: int | None
    sweeps: int
    step: int = 1
    towards: int | None = None
    shot: int | None = None

    @property
    def next(self) -> int:
        """Index of the frame that the sweep comes to after this one."""
        return self.index + (self.step if self.sweep.forward else -self.step)

    @property
    def before(self) -> int:
        """Index of the frame that the sweep has come from."""
        return self.index - (self.step if self.sweep.forward else -self.step)

    @property
    def opening(self) -> int:
        """Index of the shot's first frame."""
        return self.first if self.shot is None else self.shot

    @property
    def kind(self) -> str:
        """Kind of the frames that this sweep makes."""
        return self.kind_of(self.sweep.number)

    @property
    def kind_before(self) -> str:
        """Kind of the frames of the sweep before; in the first sweep its own."""
        return self.kind_of(max(1, self.sweep.number - 1))

    def kind_of(self, number: int) -> str:
        """Kind of the frames that a sweep of this shot makes.

        Args:
            number: of the sweep, from 1.
        """
        return RESULT if number == self.sweeps else f"shot{self.first:06d}-sweep{number}"

    def reaches(self, index: int) -> bool:
        """Whether a frame of the shot can be read: in the first sweep, one that is done."""
        last = self.index if self.last is None else self.last
        return self.first <= index <= last
