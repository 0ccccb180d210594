"""Tells whether an optimisation is worth going on with: whether its total still falls."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

FALL = 0.004
"""Part of itself by which a total that still falls gets smaller in an iteration. Frames that go on
from carried paint alone fall by less after four to six of them; those of which much is new, or
whose paint fast motion has blurred, by three to ten times as much."""
GROWTH = 2
"""Iterations over which the step grows."""
OVER = 2
"""Iterations over which it is taken: Adam's first steps swing."""


@dataclass(frozen=True)
class Further:
    """More iterations for a picture whose total still falls after those that it was to get.

    Args:
        iterations: how many at most.
        learning_rate: their step in the end: what is far from finished gets there in large ones.
    """

    iterations: int
    learning_rate: float

    def step(self, before: float, number: int) -> float:
        """The step of one of them. It grows: at once it would undo what has been reached.

        Args:
            before: the step of the iterations before.
            number: of the iteration, from 1.

        Example:
            >>> [round(Further(12, 0.03).step(0.01, number), 4) for number in (1, 2, 3, 9)]
            [0.01, 0.02, 0.03, 0.03]
        """
        share = min(1.0, (number - 1) / GROWTH)
        return before + share * (self.learning_rate - before)


@dataclass
class Totals:
    """The totals of an optimisation so far, each before an iteration's step, on their device."""

    seen: list[Tensor] = field(default_factory=list)

    def add(self, total: Tensor) -> None:
        """Note the next one, a scalar, whose memory a recorded iteration may use again."""
        self.seen.append(total.clone())

    def fall(self) -> bool:
        """Whether the last ones fell, below all that came before, or are too few to tell.

        Waits for the device.

        Example:
            >>> totals = Totals([torch.tensor(v) for v in (1.0, 0.9, 0.85)])
            >>> totals.fall()
            True
            >>> totals.add(torch.tensor(0.895))  # 0.5 % below 0.9, in two iterations
            >>> totals.fall()
            False
        """
        if len(self.seen) <= OVER:
            return True
        *before, last = torch.stack([*self.seen[:-OVER], self.seen[-1]]).tolist()
        return bool(min(before) - last > OVER * FALL * abs(last))
