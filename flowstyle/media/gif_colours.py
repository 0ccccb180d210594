"""One palette for a whole animation, and dither that depends on a pixel's place and colour alone.

With a palette of its own for each frame, or with error diffusion, a pixel that does not change
becomes another colour in every frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
COLOURS = 256

_SAMPLES = 1 << 18  # pixels that decide on the palette
_BITS = 6  # of each channel, to which colours are rounded when the nearest is looked up
_DITHER = 0.6  # amplitude, in mean distances between neighbouring colours of the palette


def palette(images: Sequence[Bytes]) -> Bytes:
    """The colours that serve all pictures best.

    Args:
        images: H×W×3 RGB each.

    Returns:
        256×3.
    """
    from PIL import Image

    total = sum(image.shape[0] * image.shape[1] for image in images)
    step = max(1, total // _SAMPLES)
    # Another offset in each picture, so that all columns of a picture are seen.
    samples = [image.reshape(-1, 3)[k % step :: step] for k, image in enumerate(images)]
    pixels = np.ascontiguousarray(np.concatenate(samples))[None]
    method = Image.Quantize.MEDIANCUT
    found = Image.fromarray(pixels).quantize(COLOURS, method=method, kmeans=1)
    colours = np.array(found.getpalette() or [], np.uint8).reshape(-1, 3)
    missing = COLOURS - len(colours)
    return np.concatenate([colours, np.repeat(colours[:1], missing, axis=0)])


class Ditherer:
    """Turns pictures into indices of a palette.

    Args:
        colours: 256×3.
    """

    def __init__(self, colours: Bytes) -> None:
        levels = (np.arange(1 << _BITS) + 0.5) * (256 >> _BITS)
        cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=3)
        self._nearest = _nearest(cube.reshape(-1, 3), colours.astype(np.float32))
        self._amplitude = _DITHER * _spacing(colours)

    def indices(self, image: Bytes) -> Bytes:
        """Nearest colours after a threshold that is fixed to the place is added.

        Args:
            image: H×W×3.

        Returns:
            H×W.
        """
        height, width = image.shape[:2]
        tiles = -(-height // 8), -(-width // 8)
        pattern = np.tile(_BAYER, tiles)[:height, :width, None] * self._amplitude
        moved = np.clip(image + pattern, 0, 255).astype(np.uint8) >> (8 - _BITS)
        red, green, blue = (moved[..., c].astype(np.int32) for c in range(3))
        return np.asarray(self._nearest[(red << 2 * _BITS) | (green << _BITS) | blue], np.uint8)


def _nearest(values: NDArray[np.float64], colours: NDArray[np.float32]) -> Bytes:
    """Index of the nearest colour for each value."""
    found = np.empty(len(values), np.uint8)
    squares = (colours**2).sum(axis=1)
    for start in range(0, len(values), 1 << 14):
        part = values[start : start + (1 << 14)].astype(np.float32)
        found[start : start + len(part)] = (squares - 2 * part @ colours.T).argmin(axis=1)
    return found


def _spacing(colours: Bytes) -> float:
    """Mean distance of each colour to the nearest other one, along a channel."""
    known = np.unique(colours, axis=0).astype(np.float32)
    if len(known) < 2:
        return 0.0
    apart = np.abs(known[:, None] - known[None]).max(axis=2)
    np.fill_diagonal(apart, 256)
    return float(apart.min(axis=1).mean())


def _bayer(side: int) -> NDArray[np.float32]:
    """Thresholds of ordered dither, -0.5 … 0.5."""
    matrix = np.zeros((1, 1))
    while len(matrix) < side:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return ((matrix + 0.5) / side**2 - 0.5).astype(np.float32)


_BAYER = _bayer(8)
