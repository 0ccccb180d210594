"""Whether a large flat area stands still or moves, by what lies at its rim.

The sky of a drawn scene looks the same whether it moves or not. What touches it tells: a house or
a sun that does not change by a bit, where the sky would have come over it, holds the sky in its
place, whatever crosses before it. Where all that touches it moves, and lies all over it as the
letters of a page do, it moves with them; a single thing that crosses it leaves it where it is.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

HELD = 0.05  # share of what an area would have come over that stands still: then the area does
ALL_OVER = 1 / 3  # of the area's box: what moves and reaches over more takes the area along
SEEN = 0.75  # pixels of motion: a codec hides less, and structure seems to stand still
GROUND = 0.5  # share of a frame from which an area is a ground, before which things move

Mask = NDArray[np.bool_]


def stands_still(area: Mask, flow: NDArray[np.float32], still: Mask, changes: Mask) -> bool:
    """Whether a flat area that an estimated flow moves stands still.

    Args:
        area: H×W, the area.
        flow: 2×H×W, by which it would have moved.
        still: H×W, structure that does not change by a bit.
        changes: H×W, what changes.
    """
    motion = [float(np.median(part[area])) for part in flow]
    dx, dy = (round(one) for one in motion)
    height, width = area.shape
    was = np.zeros_like(area)
    was[_part(dy, height), _part(dx, width)] = area[_part(-dy, height), _part(-dx, width)]
    swept = was & ~area
    holds, moves = swept & still, swept & changes
    if math.hypot(*motion) >= SEEN and holds.sum() > HELD * (holds | moves).sum():
        return True
    _, _, high, wide = _box(moves)
    _, _, height, width = _box(area)
    return bool(area.mean() > GROUND) and high * wide <= ALL_OVER * height * width


def _part(shift: int, length: int) -> slice:
    """Where a row of pixels comes to lie that is shifted, as far as it stays in the frame."""
    return slice(min(length, max(0, shift)), max(0, length + min(0, shift)))


def _box(mask: Mask) -> tuple[int, int, int, int]:
    """Row, column, height and width of what is true."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return y, x, height, width
