"""Warps pictures with Lanczos' kernel of 8×8 pixels: the yardstick for carried paint.

It is not what carries the paint (:mod:`flowstyle.flow.paint_warp`), so that the figures stay what
they are when that changes.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from flowstyle.flow.camera_model import rounded
from flowstyle.flow.warp import check_sizes, landing

MOST_CHANNELS = 4
"""That OpenCV's remap takes."""


def warp_lanczos(image: Tensor, flow: Tensor) -> Tensor:
    """Sample the source at ``grid + flow`` with a Lanczos kernel of 8×8 pixels.

    It may overshoot [0, 1] a little; nothing is clamped. OpenCV works on the CPU, for which a GPU
    is waited for, and rounds positions to 1/32 of a pixel, by which paint would part from a camera
    that creeps: what is left of each position is made up for by the slope of the warped picture,
    exact to the first order where the motion is smooth.

    Args:
        image: the source, 1×C×H×W with up to four channels.
        flow: 1×2×H×W in pixels, on the target's pixels, pointing into the source.

    Returns:
        1×C×H×W float32 on the device of ``image``, without gradients, aligned with the target; the
        border is repeated.

    Raises:
        ValueError: image and flow differ in size, or are more than one picture of four channels.

    Example:
        >>> image = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        >>> torch.equal(warp_lanczos(image, torch.zeros(1, 2, 16, 16)), image)
        True
    """
    check_sizes(image, flow)
    if image.shape[0] != 1 or image.shape[1] > MOST_CHANNELS:
        raise ValueError(
            f"one picture of at most {MOST_CHANNELS} channels is warped, not {tuple(image.shape)}"
        )
    to_x, to_y = (place[0].cpu().numpy() for place in landing(flow.detach().float()))
    near_x, near_y = rounded(to_x), rounded(to_y)
    planes = np.ascontiguousarray(image[0].detach().float().cpu().numpy().transpose(1, 2, 0))
    found = cv2.remap(
        planes, near_x, near_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    ).reshape(planes.shape)
    moved = torch.from_numpy(np.ascontiguousarray(found.transpose(2, 0, 1)))[None]
    rest = torch.from_numpy(np.stack([to_x - near_x, to_y - near_y]))[None]
    return _shifted(moved, rest).to(image.device)


def _shifted(image: Tensor, by: Tensor) -> Tensor:
    """A picture sampled at ``grid + by``, 1×2×H×W of at most 1/64 of a pixel."""
    padded = F.pad(image, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    return image.addcmul(across, by[:, :1], value=0.5).addcmul_(down, by[:, 1:], value=0.5)
