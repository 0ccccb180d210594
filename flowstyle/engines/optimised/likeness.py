"""Whether a frame can stand for another one of its shot: as bright, and as rich in contrast."""

from __future__ import annotations

from torch import Tensor

LEVEL = 0.1
"""Largest difference of mean lightness, of a range of 1."""
CONTRAST = 1.5
"""Largest ratio of the deviations of lightness."""
LEAST = 0.01
"""Added to them: two black frames are alike."""


def alike(one: Tensor, other: Tensor) -> bool:
    """Whether two source frames have about the same level and contrast; a black one has neither.

    Args:
        one: 1×3×H×W, [0, 1].
        other: the same, of any size.

    Example:
        >>> import torch
        >>> frame = torch.rand(1, 3, 20, 30)
        >>> alike(frame, frame.flip(-1)), alike(frame, 0.2 * frame)
        (True, False)
    """
    lights = [image.mean(1) for image in (one, other)]
    levels = [float(light.mean()) for light in lights]
    contrasts = [float(light.std()) + LEAST for light in lights]
    ratio = max(contrasts) / min(contrasts)
    return abs(levels[0] - levels[1]) <= LEVEL and ratio <= CONTRAST
