"""How long an optimisation goes on, and in which steps: by need, where that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from flowstyle.optimize.adaptive_step import AdaptiveStep

FALL = 0.004
"""Part of itself by which a total that still falls gets smaller in an iteration. Frames that go on
from carried paint alone fall by less after four to six of one size; those of which much is new, or
whose paint fast motion has blurred, by three to ten times as much."""
OVER = 2
"""Iterations over which the fall is taken: Adam's first steps swing."""
SELDOM = 4
"""Iterations after which a GPU is asked, and so waited for, whether all is over."""
GROWTH = 2
"""Iterations over which the step grows."""


@dataclass(frozen=True)
class Further:
    """More iterations for a picture whose total still falls after those that it was to get.

    Args:
        iterations: how many at most.
        learning_rate: their step in the end: what is far from finished gets there in large ones.
            None: they go on with the step that there is.
    """

    iterations: int
    learning_rate: float | None = None

    def step(self, before: float, number: int) -> float:
        """The step of one of them. It grows: at once it would undo what has been reached.

        Args:
            before: the step of the iterations before.
            number: of the iteration, from 1.

        Example:
            >>> [round(Further(12, 0.03).step(0.01, number), 4) for number in (1, 2, 3, 9)]
            [0.01, 0.02, 0.03, 0.03]
        """
        if self.learning_rate is None:
            return before
        share = min(1.0, (number - 1) / GROWTH)
        return before + share * (self.learning_rate - before)


@dataclass
class Schedule:
    """The iterations of one picture. In each, :meth:`factor` is asked once, then :meth:`is_over`.

    Args:
        iterations: how many without further ones.
        learning_rate: their step, or the first one of those that adapt.
        further: what follows on them where the total still falls.
        adaptive: how the step changes by what it brings; None: it stays the same.
        settled: mean change of the pixels in an iteration, in units of the image, below which the
            image counts as finished; 0 for never.
        device: of the picture.
    """

    iterations: int
    learning_rate: float
    further: Further | None
    adaptive: AdaptiveStep | None
    settled: float
    device: torch.device
    _totals: list[Tensor] = field(default_factory=list)
    _factor: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._factor = torch.ones((), device=self.device)

    @property
    def _look(self) -> int:
        """Iterations after which the device is asked."""
        return 1 if self.device.type == "cpu" else SELDOM

    @property
    def most(self) -> int:
        """How many iterations there are at most."""
        return self.iterations + (0 if self.further is None else self.further.iterations)

    def step(self, iteration: int) -> float:
        """The step of an iteration, counted from 1, but for its :meth:`factor`."""
        beyond = iteration - self.iterations
        if self.further is None or beyond <= 0:
            return self.learning_rate
        return self.further.step(self.learning_rate, beyond)

    def factor(self, total: Tensor) -> Tensor:
        """How much longer or shorter the next step is by what the ones before have brought.

        Args:
            total: before the step, a scalar.

        Returns:
            A scalar on the device.
        """
        if self.further is not None or self.adaptive is not None:
            self._totals.append(total.clone())  # whose memory a recorded iteration uses again
        if self.adaptive is not None and len(self._totals) > 1:
            self._factor = self.adaptive.next(self._factor, *self._totals[-2:])
        return self._factor

    def is_over(self, iteration: int, moved: Tensor) -> bool:
        """Whether an iteration was the last, before there are no more.

        Args:
            iteration: from 1.
            moved: mean change of the pixels, had the step its usual length, a scalar: one that was
                made short moves little, whether the image is finished or not.
        """
        if self.settled and iteration % self._look == 0 and float(moved) < self.settled:
            return True
        beyond = iteration - self.iterations
        asked = self.further is not None and beyond >= 0 and beyond % self._look == 0
        return asked and not still_falls(self._totals)


def still_falls(totals: list[Tensor]) -> bool:
    """Whether the last totals fell, below all that came before, or are too few to tell.

    Args:
        totals: scalars, each before an iteration's step.

    Example:
        >>> totals = [torch.tensor(v) for v in (1.0, 0.9, 0.85)]
        >>> still_falls(totals)
        True
        >>> still_falls([*totals, torch.tensor(0.895)])  # 0.5 % below 0.9, in two iterations
        False
    """
    if len(totals) <= OVER:
        return True
    *before, last = torch.stack([*totals[:-OVER], totals[-1]]).tolist()
    return bool(min(before) - last > OVER * FALL * abs(last))
