"""Which sweeps a shot gets: the one place where settings become an order of work."""

from __future__ import annotations

from dataclasses import dataclass

from flowstyle.settings import Settings, Start


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
        iterations: iterations a frame.
        learning_rate: step of the optimiser.
    """

    number: int
    forward: bool
    start: Start | None
    blend: float
    both: bool
    long_term: tuple[int, ...]
    temporal_weight: float
    iterations: int
    learning_rate: float


def plan_sweeps(settings: Settings) -> tuple[Sweep, ...]:
    """The sweeps of a shot, in order; the last one's frames are the result.

    With ``neighbors = False`` there is one sweep in which every frame is made like a first frame.
    """
    step = settings.next_learning_rate or settings.learning_rate
    first = Sweep(
        number=1,
        forward=True,
        start=settings.start if settings.neighbors else settings.first_start,
        blend=0.0,
        both=False,
        long_term=settings.long_term if settings.neighbors else (),
        temporal_weight=settings.temporal_weight if settings.temporal_from == 1 else 0.0,
        iterations=scaled_iterations(settings.iterations, settings.effort),
        learning_rate=step,
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
            iterations=scaled_iterations(settings.sweep_iterations, settings.effort),
            learning_rate=step,
        )
        for k in range(1, settings.sweeps + 1 if settings.neighbors else 1)
    )
    return (first, *later)


def scaled_iterations(iterations: int, effort: float) -> int:
    """A number of iterations times the effort, at least 1 unless it was 0."""
    return max(1, round(iterations * effort)) if iterations else 0
