"""Pictures as arrays and as tensors: the only places where one becomes the other."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_tensor(image: NDArray[np.generic]) -> Tensor:
    """H×W×3 uint8 or uint16 to 1×3×H×W float32 in [0, 1]."""
    scale = 255.0 if image.dtype == np.uint8 else 65535.0
    array = np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32) / np.float32(scale)
    return torch.from_numpy(array)[None]


def to_uint16(image: Tensor) -> NDArray[np.uint16]:
    """1×3×H×W float32 in [0, 1] to H×W×3 uint16, rounded."""
    array = image.detach()[0].clamp(0, 1).mul(65535.0).round().cpu().numpy()
    return np.ascontiguousarray(array.transpose(1, 2, 0)).astype(np.uint16)


def to_uint8(image: Tensor) -> NDArray[np.uint8]:
    """1×3×H×W float32 in [0, 1] to H×W×3 uint8, rounded."""
    array = image.detach()[0].clamp(0, 1).mul(255.0).round().cpu().numpy()
    return np.ascontiguousarray(array.transpose(1, 2, 0)).astype(np.uint8)


def in_depth_of(
    wanted: NDArray[np.uint8] | NDArray[np.uint16], image: NDArray[np.uint8] | NDArray[np.uint16]
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """A picture with as many bits as another one, 8 or 16: itself where it has them.

    Args:
        wanted: the other one, of any size.
        image: of any shape.
    """
    if wanted.dtype == image.dtype:
        return image
    return eight_bits(image) if wanted.dtype == np.uint8 else image.astype(np.uint16) * 257


def eight_bits(image: NDArray[np.uint8] | NDArray[np.uint16]) -> NDArray[np.uint8]:
    """A picture of 16 bits rounded to 8; one of 8 as it is.

    Example:
        >>> eight_bits(np.array([0, 128, 129, 65535], np.uint16)).tolist()
        [0, 0, 1, 255]
    """
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    return ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)


def to_device(image: Tensor, device: torch.device) -> Tensor:
    """Bring an image to the device that computes, as float32."""
    return image.to(device, torch.float32, non_blocking=True)
