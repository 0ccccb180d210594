"""Warps paint so that next to nothing is lost of it.

Paint is resampled once in each frame of a shot, and what a kernel does to it adds up. So a picture
is first doubled by a long kernel, and then sampled by a short one, which has little left to do.
Of a wave of 0.4 cycles a pixel twenty moves by random parts of a pixel leave about 60 %, Lanczos'
kernel of 8×8 pixels about 12 %. Along each axis waves grow by up to 1.0 % a move, by Lanczos'
kernel up to 2.0 %.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from kornia.geometry.transform import remap
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from flowstyle.flow.warp import REMAP_LIMIT, check_sizes, landing

Floats = NDArray[np.float32]

TAPS = 14
"""Pixels in a row, or column, that a value halfway between two of them is made of."""
SHAPE = 5.0
"""Kaiser's β, of the window on the sinc by which they count."""
CUBIC = 0.85
"""Share of the bicubic sample; the rest is the bilinear one. OpenCV's and PyTorch's cubic kernel
(a = −0.75) makes waves grow, by up to 2.8 % along an axis, which that takes back. With less of it
fine detail is lost (docs/tried.md)."""
BENT = 0.29
"""By how much places are bent towards whole pixels of the doubled picture. Near these the cubic
kernel moves a picture half as far again as it is asked to: a slow pan would run ahead."""


def warp_paint(image: Tensor, flow: Tensor) -> Tensor:
    """Sample the source at ``grid + flow`` with a kernel of up to 15×15 pixels.

    It may overshoot [0, 1] a little; nothing is clamped. On a CPU OpenCV does it, in about
    two thirds of its Lanczos kernel's time at 1024×576; elsewhere PyTorch does.

    Args:
        image: the source, 1×C×H×W.
        flow: 1×2×H×W in pixels, on the target's pixels, pointing into the source.

    Returns:
        1×C×H×W float32 on the device of ``image``, without gradients, aligned with the target; the
        border is repeated. Where the flow is 0 nothing changes by a bit.

    Raises:
        ValueError: image and flow differ in size, or are more than one picture.

    Example:
        >>> image = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        >>> torch.equal(warp_paint(image, torch.zeros(1, 2, 16, 16)), image)
        True
    """
    check_sizes(image, flow)
    if image.shape[0] != 1:
        raise ValueError(f"one picture is warped at a time, not {tuple(image.shape)}")
    image, flow = image.detach().float(), flow.detach().to(image.device, torch.float32)
    height, width = image.shape[-2:]
    to_x, to_y = landing(flow)
    x, y = _bent(to_x.clamp(0, width - 1)), _bent(to_y.clamp(0, height - 1))
    if image.device.type == "cpu" and 2 * max(height, width) < REMAP_LIMIT:
        return _by_opencv(image, x[0].numpy(), y[0].numpy())
    return _by_torch(image, x, y)


def _bent(place: Tensor) -> Tensor:
    """Places in the doubled picture at which the kernels find what is at ``place``."""
    place = 2 * place
    part = place - place.floor()
    return place.addcmul_(part * (1 - part), 1 - 2 * part, value=-BENT)


def _by_opencv(image: Tensor, x: Floats, y: Floats) -> Tensor:
    """A picture sampled at places of its doubled one, plane by plane."""
    warped = np.empty((1, image.shape[1], *x.shape), np.float32)
    for plane, found in zip(image[0].numpy(), warped[0], strict=True):
        twice = _doubled(plane)
        linear, cubic = (
            cv2.remap(twice, x, y, kernel, borderMode=cv2.BORDER_REPLICATE)
            for kernel in (cv2.INTER_LINEAR, cv2.INTER_CUBIC)
        )
        # Not a weighted sum: equal samples stay what they are to the bit.
        cv2.scaleAdd(cv2.subtract(cubic, linear), CUBIC, linear, dst=found)
    return torch.from_numpy(warped)


def _doubled(plane: Floats) -> Floats:
    """A plane at twice its size, its own pixels in every second row and column."""
    # With a 0 before, OpenCV has the middle tap on the pixel to the left of what is wanted.
    halfway = np.append(np.float32(0), _halfway())

    def between(one: Floats, kernel: Floats) -> Floats:
        found = cv2.filter2D(one, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.float32)

    height, width = plane.shape
    pairs = cv2.merge([plane, between(plane, halfway[None])])
    wide = np.asarray(pairs, np.float32).reshape(height, 2 * width)
    twice = np.stack([wide, between(wide, halfway[:, None])], 1)
    return np.asarray(twice.reshape(2 * height, 2 * width), np.float32)


def _by_torch(image: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """:func:`_by_opencv` on any device.

    In double precision: positions are divided by the size and multiplied again on the way, and what
    stands still must stay where it is.
    """
    kernel = torch.from_numpy(_halfway()).to(image.device, torch.float64)
    x, y = x.double(), y.double()
    planes = []
    for plane in image[0]:
        twice = plane.double()[None, None]
        for axis in (-1, -2):
            before, after = TAPS // 2 - 1, TAPS // 2
            sides = (before, after, 0, 0) if axis == -1 else (0, 0, before, after)
            row = kernel.view(1, 1, 1, -1) if axis == -1 else kernel.view(1, 1, -1, 1)
            between = F.conv2d(F.pad(twice, sides, mode="replicate"), row)
            twice = torch.stack([twice, between], axis).flatten(axis - 1, axis)
        linear, cubic = (
            remap(twice, x, y, mode=mode, padding_mode="border", align_corners=True)
            for mode in ("bilinear", "bicubic")
        )
        planes.append(torch.lerp(linear, cubic, CUBIC).float())
    return torch.cat(planes, 1)


def _halfway() -> Floats:
    """How much each of the pixels around counts in a value halfway between the middle ones."""
    away = np.arange(TAPS) - (TAPS - 1) / 2
    window = np.i0(SHAPE * np.sqrt(1 - (2 * away / TAPS) ** 2)) / np.i0(SHAPE)
    weights = np.sinc(away) * window
    return np.asarray(weights / weights.sum(), np.float32)
