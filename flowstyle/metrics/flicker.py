"""Change from one frame to the next, on all pixels and on those where nothing moves."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d


def frame_difference(first: Tensor, second: Tensor, mask: Tensor | None = None) -> float | None:
    """Mean |I_t − I_{t+1}| over pixels and channels.

    Args:
        first: N×C×H×W, [0, 1].
        second: N×C×H×W, [0, 1].
        mask: N×1×H×W, 1 = count the pixel; None counts all.

    Returns:
        The mean in [0, 1], or None where the mask is empty.
    """
    difference = (first - second).abs()
    if mask is None:
        return float(difference.mean(dtype=torch.float64))
    counted = float(mask.sum(dtype=torch.float64)) * first.shape[1]
    if counted == 0.0:
        return None
    return float((difference * mask).sum(dtype=torch.float64)) / counted


def static_pixels(
    first: Tensor,
    second: Tensor,
    flow: Tensor,
    *,
    speed: float = 0.25,
    change: float = 2.0 / 255.0,
    window: int = 5,
) -> Tensor:
    """Pixels of the source clip where nothing moves and nothing changes.

    The flow alone would count flat areas of a moving object (a flow method sees no motion there)
    and the difference alone would count a slow drift, so both must be small; the difference is
    averaged over a small window, so that film grain does not break up a still wall.

    Args:
        first: N×3×H×W, [0, 1], frame t of the source clip.
        second: N×3×H×W, [0, 1], frame t + 1 of the source clip.
        flow: N×2×H×W, pixels, target t, source t + 1.
        speed: largest motion of a static pixel, pixels a frame.
        change: largest mean absolute change in the window, [0, 1].
        window: side of the window, odd, pixels.

    Returns:
        N×1×H×W, 1 = static.
    """
    difference = (first - second).abs().mean(dim=1, keepdim=True)
    local = avg_pool2d(difference, window, 1, window // 2, count_include_pad=False)
    still = (flow * flow).sum(dim=1, keepdim=True) <= speed * speed
    return (still & (local <= change)).to(first.dtype)
