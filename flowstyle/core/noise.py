"""Noise to start from: drawn by the seed alone, the same on every device."""

from __future__ import annotations

import torch
from torch import Tensor


def grey_noise(size: tuple[int, int], deviation: float, seed: int, device: torch.device) -> Tensor:
    """Noise around mid-grey, drawn on the CPU.

    The same for every frame of a render: that it is the same is what keeps frames similar where
    nothing else does (Ruder, Dosovitskiy and Brox, GCPR 2016, section 4.2).

    Args:
        size: (height, width).
        deviation: standard deviation around 0.5.
        seed: decides the noise.
        device: where it is to be.

    Returns:
        1×3×height×width, [0, 1].
    """
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(1, 3, *size, generator=generator)
    return (0.5 + deviation * random).clamp(0, 1).to(device, torch.float32, non_blocking=True)
