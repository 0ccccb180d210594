"""Warping pictures along a flow, and bringing flows to another size or frame.

Conventions: images are N×C×H×W; a flow is N×2×H×W in pixels (x, y), defined on the pixels of the
target frame and pointing into the source frame; pixel (x, y) is the point (x, y), which is what
``align_corners=True`` means for sampling.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from kornia.geometry.transform import remap
from torch import Tensor
from torch.nn import functional as F

REMAP_LIMIT = 2**15 - 1
"""Pixels of a side from which on OpenCV's remap refuses pictures."""


def pixel_grid(flow: Tensor) -> tuple[Tensor, Tensor]:
    """The x and y of every pixel.

    Args:
        flow: N×2×H×W; only its size, type and device are used.

    Returns:
        x of shape 1×1×W and y of shape 1×H×1.
    """
    height, width = flow.shape[-2:]
    x = torch.arange(width, dtype=flow.dtype, device=flow.device)
    y = torch.arange(height, dtype=flow.dtype, device=flow.device)
    return x[None, None, :], y[None, :, None]


def landing(flow: Tensor) -> tuple[Tensor, Tensor]:
    """Where every target pixel lands in the source frame.

    Args:
        flow: N×2×H×W in pixels.

    Returns:
        x and y in the source frame, each N×H×W.
    """
    x, y = pixel_grid(flow)
    return x + flow[:, 0], y + flow[:, 1]


def warp(image: Tensor, flow: Tensor) -> Tensor:
    """Sample the source bilinearly at ``grid + flow``, so that it is aligned with the target.

    For what is measured and compared; for paint see :mod:`flowstyle.flow.paint_warp`.

    Args:
        image: the source, N×C×H×W with any number of channels; its border is repeated outside.
        flow: N×2×H×W (or 1×2×H×W for all N) in pixels.

    Returns:
        The warped source, N×C×H×W in the type of ``image``.

    Raises:
        ValueError: image and flow differ in height, width or batch.
    """
    check_sizes(image, flow)
    if _suits_opencv(image, flow):
        return _by_opencv(image, flow)
    map_x, map_y = landing(flow.to(image.device, torch.promote_types(image.dtype, torch.float32)))
    if map_x.shape[0] != image.shape[0]:
        map_x = map_x.expand(image.shape[0], -1, -1)
        map_y = map_y.expand(image.shape[0], -1, -1)
    # Sampling positions need float32 at least: in bfloat16 they would be off by whole pixels.
    sampled = remap(image.to(map_x.dtype), map_x, map_y, padding_mode="border", align_corners=True)
    return sampled.to(image.dtype)


def _suits_opencv(image: Tensor, flow: Tensor) -> bool:
    """Whether OpenCV gives the same but for rounding, in a third of the time."""
    on_cpu = image.device.type == flow.device.type == "cpu"
    plain = image.dtype == flow.dtype == torch.float32
    learns = image.requires_grad or flow.requires_grad
    return on_cpu and plain and not learns and max(image.shape[-2:]) < REMAP_LIMIT


def _by_opencv(image: Tensor, flow: Tensor) -> Tensor:
    """:func:`warp` of float32 pictures on the CPU."""
    warped = torch.empty_like(image, memory_format=torch.contiguous_format)
    to_x, to_y = landing(flow)
    to_x, to_y = to_x.clamp(0, flow.shape[-1] - 1), to_y.clamp(0, flow.shape[-2] - 1)
    places = [(x.numpy(), y.numpy()) for x, y in zip(to_x, to_y, strict=True)]
    if len(places) == 1:
        places *= len(image)
    for planes, found, (x, y) in zip(image, warped, places, strict=True):
        for plane, into in zip(planes.numpy(), found.numpy(), strict=True):
            cv2.remap(
                np.ascontiguousarray(plane),
                x,
                y,
                cv2.INTER_LINEAR,
                dst=into,
                borderMode=cv2.BORDER_REPLICATE,
            )
    return warped


def in_frame(flow: Tensor, slack: float = 0.0) -> Tensor:
    """Mask of target pixels whose vector ends inside the source frame, borders included.

    Args:
        flow: N×2×H×W in pixels.
        slack: how many pixels beyond the border still count as inside.

    Returns:
        N×1×H×W, 1 inside, 0 outside, in the type of ``flow``.
    """
    return (inside_by(flow) >= -slack).to(flow.dtype)


def inside_by(flow: Tensor) -> Tensor:
    """How far inside the source frame each vector ends, in pixels to the nearest border.

    Args:
        flow: N×2×H×W in pixels.

    Returns:
        N×1×H×W, negative outside.
    """
    height, width = flow.shape[-2:]
    x, y = landing(flow)
    across, down = torch.minimum(x, width - 1 - x), torch.minimum(y, height - 1 - y)
    return torch.minimum(across, down)[:, None]


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a flow to another picture size, its vectors scaled by the ratio of the sizes.

    Positions follow the resizing of pictures by area (pixel centres at half-integers), so a flow
    estimated on a picture fits the picture's resized version.

    Args:
        flow: N×2×H×W in pixels of its own size.
        size: (height, width) wanted.

    Returns:
        N×2×height×width in pixels of the new size.
    """
    height, width = flow.shape[-2:]
    if (height, width) == tuple(size):
        return flow
    resized = F.interpolate(flow, size=size, mode="bilinear", align_corners=False, antialias=True)
    scale = flow.new_tensor([size[1] / width, size[0] / height]).view(1, 2, 1, 1)
    return resized * scale


def compose(first: Tensor, second: Tensor) -> Tensor:
    """Chain two flows: target → middle, then middle → source.

    Args:
        first: N×2×H×W on the target's pixels, pointing into the middle frame.
        second: N×2×H×W on the middle frame's pixels, pointing into the source.

    Returns:
        N×2×H×W on the target's pixels, pointing into the source. Where ``first`` leaves the frame
        the nearest border vector of ``second`` is taken: mask such pixels with :func:`in_frame`.
    """
    return first + warp(second, first)


def check_sizes(image: Tensor, flow: Tensor) -> None:
    """Refuse an image and a flow that do not fit.

    Raises:
        ValueError: they differ in height, width or batch.
    """
    fits = (
        image.ndim == 4
        and flow.ndim == 4
        and flow.shape[1] == 2
        and image.shape[-2:] == flow.shape[-2:]
        and flow.shape[0] in (1, image.shape[0])
    )
    if not fits:
        raise ValueError(
            f"warping wants an image N×C×H×W and a flow N×2×H×W of the same size, "
            f"got {tuple(image.shape)} and {tuple(flow.shape)}"
        )
