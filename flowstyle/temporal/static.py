"""Pixels where the source stands still: which they are, and that they keep their value exactly."""

from __future__ import annotations

import torch
from kornia.filters import box_blur
from torch import Tensor
from torch.nn.functional import max_pool2d

STATIC_FLOW = 0.25  # pixels
STATIC_MEAN = 1.0 / 255  # of the averaged difference: sees a slow change through noise
STATIC_PEAK = 5.0 / 255  # of the single difference: noise of a camera or a codec


def static_mask(target: Tensor, source: Tensor, anchor: Tensor, flow: Tensor) -> Tensor:
    """Where a scene stands still between two frames: no motion, and no change but noise.

    A slow fade changes too little from one frame to the next to be told from noise; an earlier
    frame, the anchor, shows it.

    Args:
        target: 1×3×H×W source frame in work.
        source: 1×3×H×W its neighbour.
        anchor: 1×3×H×W an earlier source frame of the shot.
        flow: 1×2×H×W, on the pixels of ``target``, pointing into ``source``.

    Returns:
        1×1×H×W of 0 and 1.
    """
    still = _same(target, source) & _same(target, anchor)
    still &= flow.square().sum(1, keepdim=True) <= STATIC_FLOW**2
    # A pixel counts only with its whole neighbourhood: no holes and no ragged borders.
    moving = max_pool2d((~still).float(), 5, stride=1, padding=2)
    return 1.0 - moving


def with_static_pixels(image: Tensor, neighbor: Tensor, static: Tensor) -> Tensor:
    """An image with the neighbour's value where the scene stands still.

    Args:
        image: 1×3×H×W.
        neighbor: 1×3×H×W, the neighbour done before.
        static: 1×1×H×W of 0 and 1.
    """
    return torch.where(static > 0, neighbor, image)


def _same(one: Tensor, other: Tensor) -> Tensor:
    """Where two frames differ by noise alone."""
    difference = one - other
    peak = difference.abs().amax(1, keepdim=True)
    mean = box_blur(difference, (5, 5)).abs().amax(1, keepdim=True)
    return (mean <= STATIC_MEAN) & (peak <= STATIC_PEAK)
