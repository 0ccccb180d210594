"""Static pixels in an objective: they keep their value, and the others are painted to fit it."""

from __future__ import annotations

from torch import Tensor

from flowstyle.optimize.result import Minimised
from flowstyle.temporal.static import with_static_pixels


def around_static_pixels(objective: Minimised, neighbor: Tensor, static: Tensor) -> Minimised:
    """An objective that sees the neighbour's value where the scene stands still.

    Those pixels will keep that value, so the others are painted to fit it. What an optimiser made
    of them in the meantime would count towards the style, and be lost.

    Args:
        objective: for whole images.
        neighbor: 1×3×H×W, the neighbour done before.
        static: 1×1×H×W of 0 and 1.
    """

    def seen(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return objective(with_static_pixels(image, neighbor, static))

    return seen
