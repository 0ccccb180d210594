"""Which pixels of a frame another frame's pixels come to lie on."""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.flow.warp import landing


def coverage(flow: Tensor) -> Tensor:
    """How many pixels land on each pixel, each on the nearest one.

    0 where something is uncovered, 2 and more where something is covered or pressed together.

    Args:
        flow: 1×2×H×W on the other frame's pixels, pointing into this one.

    Returns:
        1×1×H×W.

    Example:
        >>> flow = torch.zeros(1, 2, 1, 4)
        >>> flow[:, 0, :, 1] = 1.0
        >>> coverage(flow).flatten().tolist()
        [1.0, 0.0, 2.0, 1.0]
    """
    height, width = flow.shape[-2:]
    x, y = (places.round().long().flatten() for places in landing(flow))
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    counts = torch.bincount((y * width + x)[inside], minlength=height * width)
    return counts.to(flow).reshape(1, 1, height, width)
