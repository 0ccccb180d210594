"""Grey styles are painted in grey: pencil, ink, engraving, photographs without colour.

Such a style has one axis of colour, on which the optimiser is kept. Its losses alone would leave
tints of the source, which nobody draws with a pencil.
"""

from __future__ import annotations

from kornia.color import rgb_to_grayscale
from torch import Tensor

from flowstyle.optimize.result import Minimised


def grey(image: Tensor) -> Tensor:
    """A picture without its colours, N×3×H×W: luma in every channel."""
    return rgb_to_grayscale(image).expand_as(image).contiguous()


def in_grey(objective: Minimised) -> Minimised:
    """An objective that sees the mean of the channels in each of them.

    Its gradient is the same in all channels, so that a picture that begins grey stays grey under
    any optimiser.

    Args:
        objective: for whole images.
    """

    def seen(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return objective(image.mean(1, keepdim=True).expand_as(image))

    return seen
