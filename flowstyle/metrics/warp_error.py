"""Warping error of a clip (Lai et al., ECCV 2018): how much a picture changes along the motion.

The flow is the SOURCE clip's, in both directions between frame t and frame t + gap; the error is
that of any clip that shows the same motion, the source itself included (its floor).

This is the form of the authors' code, which sums over channels and divides by the mask counted in
every channel, so that the value lies in [0, 1]. The paper's equation 12 divides by pixels only and
is three times as large. Departure: a pair without one trusted pixel counts as 0 (perfect) there
and is left out here.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.flow.warp import warp


def squared_length(flow: Tensor) -> Tensor:
    """|w|² of every vector: N×2×H×W → N×1×H×W."""
    return (flow * flow).sum(dim=1, keepdim=True)


def forward_gradient_energy(flow: Tensor) -> Tensor:
    """|∇u|² + |∇v|² by forward differences; the last column and row have no difference across.

    Args:
        flow: N×2×H×W, pixels.

    Returns:
        N×1×H×W.
    """
    across = torch.zeros_like(flow)
    down = torch.zeros_like(flow)
    across[..., :, :-1] = flow[..., :, 1:] - flow[..., :, :-1]
    down[..., :-1, :] = flow[..., 1:, :] - flow[..., :-1, :]
    return squared_length(across) + squared_length(down)


def trusted(flow: Tensor, reverse: Tensor) -> Tensor:
    """Lai's mask M: no occlusion and no motion boundary.

    M = 1 where |w + ŵ(p+w)|² ≤ 0.01 (|w|² + |ŵ(p+w)|²) + 0.5 and
    |∇u|² + |∇v|² ≤ 0.01 |w|² + 0.002. Positions outside the frame read ŵ at the border, as in the
    authors' code, which has no test of its own for them.

    Args:
        flow: N×2×H×W, target t, source t + gap (the "forward" flow of Lai's text).
        reverse: N×2×H×W, target t + gap, source t.

    Returns:
        N×1×H×W, 1 = trust, 0 = do not.
    """
    back = warp(reverse, flow)
    length, length_back = squared_length(flow), squared_length(back)
    seen = squared_length(flow + back) <= 0.01 * (length + length_back) + 0.5
    smooth = forward_gradient_energy(flow) <= 0.01 * length + 0.002
    return (seen & smooth).to(flow.dtype)


def warp_error(target: Tensor, source: Tensor, flow: Tensor, mask: Tensor) -> float | None:
    """E = Σ M (O_t − warp(O_{t+gap}))² / Σ M, over pixels and channels.

    Args:
        target: N×C×H×W, [0, 1], frame t of the clip judged.
        source: N×C×H×W, [0, 1], frame t + gap of the same clip.
        flow: N×2×H×W, target t, source t + gap, of the source clip.
        mask: N×1×H×W from :func:`trusted`.

    Returns:
        The error in [0, 1], or None where no pixel is trusted.
    """
    counted = float(mask.sum(dtype=torch.float64)) * target.shape[1]
    if counted == 0.0:
        return None
    difference = mask * (target - warp(source, flow)) ** 2
    return float(difference.sum(dtype=torch.float64)) / counted
