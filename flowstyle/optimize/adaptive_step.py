"""The length of steps by what they bring.

Carried paint is nearly finished, and how far it may step is not known beforehand. At 400 pixels a
step of 0.007 leads beyond the minimum, and the next ones lead back; in a clip of 1280 all four lead
downwards, and four of twice the size come 8 % nearer to the style. The total that each iteration
works out anyway tells it: after a step that brought something the next one is longer, after one
that led upwards shorter. In the training of networks that is known as the bold driver (Battiti
1989), which also takes such a step back; here none is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ALIKE = 1e-5
"""Part of a total by which it must differ: rounding is not to decide between longer and shorter."""


@dataclass(frozen=True)
class AdaptiveStep:
    """How the step changes from one iteration to the next.

    Args:
        longer: factor after a step by which the total fell.
        shorter: factor after one by which it rose.
        least: of the first step's size, below which none gets.
        most: of that size, beyond which none gets.
    """

    longer: float = 1.6
    shorter: float = 0.5
    least: float = 0.2
    most: float = 3.0

    def next(self, factor: Tensor, before: Tensor, total: Tensor) -> Tensor:
        """The factor of the next step, on the device: nothing is waited for.

        Args:
            factor: of the last step, a scalar.
            before: the total before that step, a scalar.
            total: the total after it.

        Example:
            >>> one, fell, rose = torch.tensor(1.0), torch.tensor(0.9), torch.tensor(1.1)
            >>> [round(float(AdaptiveStep().next(one, one, total)), 1) for total in (fell, rose)]
            [1.6, 0.5]
        """
        slack = ALIKE * before.abs()
        changed = torch.where(total < before - slack, factor * self.longer, factor)
        changed = torch.where(total > before + slack, factor * self.shorter, changed)
        return changed.clamp(self.least, self.most)
