"""The shift of a whole picture between two frames, as a camera that turns fast makes it.

DIS refines from coarse to fine and loses what moves by more than about a twentieth of the width.
Where all of a picture moves, that is found by moving a small copy of it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SMALL = 96
"""Width of the copy in pixels."""
LEAST = 0.06
"""Of the width: shorter shifts are found without help."""
BETTER = 0.04
"""How much more alike (in normalised correlation) the pictures must be than after a short shift."""
ALIKE_ENOUGH = 0.85
"""As alike as this after a short shift, they need no long one. Patterns that repeat look alike
after long ones too."""


def camera_shift(target: NDArray[np.uint8], source: NDArray[np.uint8]) -> tuple[float, float]:
    """The vector from a picture's pixels to where the middle of it lies in another picture.

    Args:
        target: H×W luma.
        source: H×W luma.

    Returns:
        (x, y) in pixels, exact to one pixel of the small copies and at most a quarter of the
        sides; zeros if the shift is short or does not make the pictures alike.
    """
    height, width = target.shape
    scale = min(1.0, SMALL / width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small, other = (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in (target, source)
    )
    x, y = size[0] // 4, size[1] // 4
    middle = small[y : size[1] - y, x : size[0] - x]
    alike = cv2.matchTemplate(other, middle, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(alike)
    rows, columns = np.mgrid[: alike.shape[0], : alike.shape[1]]
    lengths = np.hypot((columns - x) * width / size[0], (rows - y) * height / size[1])
    short = lengths < LEAST * width
    least = alike[short].max()
    if short[row, column] or least >= ALIKE_ENOUGH or not best > least + BETTER:
        return 0.0, 0.0
    return (column - x) * width / size[0], (row - y) * height / size[1]
