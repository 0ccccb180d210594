"""Blemishes in carried paint, which a network is to take out instead of carrying them on.

In use a network sees its own paint of hundreds of frames, and what is once wrong stays: specks in a
sky, a tint that grows. In training clips are a few frames long. So the paint of the frame before
gets blemishes, and what the answer is held against does not.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

TINT = 0.06
"""Deviation of the smooth error of colour."""
SPECKS = 0.004
"""Share of the pixels that begin a speck."""
CLEAN = 1 / 3
"""Share of the pictures that stay as they are."""
COARSE, FINE = 12, 2
"""Pixels between the knots of the tint, and sides of the specks."""


def with_blemishes(carried: Tensor, random: torch.Generator) -> Tensor:
    """Paint with an error of colour and specks of other colours.

    Args:
        carried: N×3×H×W, [0, 1].
        random: decides all.

    Returns:
        The same shape, [0, 1].

    Example:
        >>> paint = torch.full((1, 3, 32, 32), 0.5)
        >>> with_blemishes(paint, torch.Generator().manual_seed(1)).shape
        torch.Size([1, 3, 32, 32])
    """
    count, _, height, width = carried.shape
    strength = torch.rand(count, 1, 1, 1, generator=random)
    strength = torch.where(torch.rand(count, 1, 1, 1, generator=random) < CLEAN, 0.0, strength)
    knots = (height // COARSE + 2, width // COARSE + 2)
    tint = TINT * torch.randn(count, 3, *knots, generator=random)
    tint = F.interpolate(tint, (height, width), mode="bilinear", align_corners=True)
    cells = (height // FINE + 1, width // FINE + 1)
    begun = torch.rand(count, 1, *cells, generator=random) < FINE**2 * SPECKS * strength
    colours = torch.rand(count, 3, *cells, generator=random)
    specks, colours = (
        F.interpolate(one, scale_factor=float(FINE))[..., :height, :width].to(carried)
        for one in (begun.float(), colours)
    )
    tinted = (carried + (strength * tint).to(carried)).clamp(0, 1)
    return tinted + specks * (colours - tinted)
