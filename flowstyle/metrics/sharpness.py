"""Sharpness guard: a blurred clip is stable, so stability is never reported without it."""

from __future__ import annotations

import torch
from torch import Tensor


def gradient_energy(image: Tensor) -> float:
    """Mean of (∂I/∂x)² + (∂I/∂y)² by forward differences, over pixels and channels.

    Args:
        image: N×C×H×W, [0, 1].

    Returns:
        The energy, ≥ 0. A uniform blur lowers it; noise and strokes raise it. A side of one pixel
        contributes nothing.
    """
    total = 0.0
    for axis in (-1, -2):
        if image.shape[axis] > 1:
            total += float((image.diff(dim=axis) ** 2).mean(dtype=torch.float64))
    return total
