"""Frames that carry their number as bars, and the number read back from what is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 10


def numbered(index: int, size: tuple[int, int], *, inverted: bool = False) -> NDArray[np.uint8]:
    """Ten upright bars, the first the lowest bit: white for 1, black for 0; or the reverse."""
    width, height = size
    bits = (index >> np.arange(BITS)) & 1
    row = np.repeat(bits ^ int(inverted), width // BITS)
    row = np.pad(row, (0, width - len(row)), mode="edge")
    return np.repeat(np.repeat((row * 255).astype(np.uint8)[None], height, 0)[..., None], 3, 2)


def number_in(picture: NDArray[np.uint8], *, inverted: bool = False) -> int:
    """The number that a picture shows, whatever its size; -1 where a bar is neither."""
    height, width = picture.shape[:2]
    columns = ((np.arange(BITS) + 0.5) * width / BITS).astype(int)
    levels = picture[height // 2, columns].mean(axis=1)
    if ((levels > 60) & (levels < 195)).any():
        return -1
    bits = (levels > 128).astype(int) ^ int(inverted)
    return int((bits << np.arange(BITS)).sum())
