"""What all painters of pictures share: they paint at twice the size, for smooth edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.demo.noise import Array

Size = tuple[int, int]  # (height, width) in pixels


def grid(height: int, width: int) -> tuple[Array, Array]:
    """Pixel coordinates (x, y), each H×W."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y


def finish(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Averages the double-size picture down and rounds it to 8 bits."""
    height, width = picture.shape[:2]
    small = cv2.resize(
        np.clip(picture, 0, 1), (width // 2, height // 2), interpolation=cv2.INTER_AREA
    )
    return np.rint(small * 255).astype(np.uint8)


def unit_vectors(u: Array, v: Array) -> Array:
    """Two components to an H×W×2 field of unit vectors."""
    size = np.hypot(u, v) + 1e-6
    return np.stack([u / size, v / size], -1).astype(np.float32)
