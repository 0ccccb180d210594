"""Small painting tools that the demo scene and the demo styles share.

Pictures here are float32 numpy arrays, H×W×3 in RGB, [0,1]. A layer is H×W×4: RGB already
multiplied by its coverage, then the coverage, so that scaling and sub-pixel shifts leave no dark
fringe (Porter & Duff 1984, "over").
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]
Colour = tuple[float, float, float]


def floats(values: ArrayLike) -> Array:
    """Numbers as a float32 array."""
    return np.asarray(values, np.float32)


def fractal_noise(
    shape: tuple[int, int],
    cell: float | tuple[float, float],
    rng: np.random.Generator,
    octaves: int = 4,
    gain: float = 0.5,
) -> Array:
    """Value noise summed over octaves, stretched to fill [0, 1].

    Args:
        shape: (H, W) in pixels.
        cell: size of the coarsest cell in pixels, one number or (vertical, horizontal).
        rng: source of randomness.
        octaves: number of layers; each halves the cell.
        gain: amplitude of a layer relative to the coarser one.

    Returns:
        H×W float32.
    """
    cell_y, cell_x = (cell, cell) if isinstance(cell, int | float) else cell
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step_y, step_x = max(cell_y / 2**octave, 1.0), max(cell_x / 2**octave, 1.0)
        rows, columns = int(shape[0] / step_y) + 4, int(shape[1] / step_x) + 4
        grid = rng.random((rows, columns), dtype=np.float32)
        matrix = np.array([[1 / step_x, 0, 1.5], [0, 1 / step_y, 1.5]], np.float32)
        layer = cv2.warpAffine(
            grid, matrix, shape[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        )
        total += gain**octave * layer
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def smoothstep(low: float, high: float, value: Array) -> Array:
    """Hermite step: 0 below `low`, 1 above `high`, smooth between; falls where `low` > `high`."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def ramp(value: Array, colours: Sequence[Colour]) -> Array:
    """Colours a field: evenly spaced `colours` over [0, 1], mixed linearly.

    Args:
        value: any shape, [0, 1].
        colours: at least two RGB triples.

    Returns:
        The shape of `value` with a last axis of 3.
    """
    table = np.asarray(colours, np.float32)
    stops = np.linspace(0, 1, len(table))
    channels = [np.interp(value, stops, table[:, c]) for c in range(3)]
    return np.stack(channels, -1).astype(np.float32)


def relief(height: Array, strength: float, light: tuple[float, float] = (-0.7, -0.7)) -> Array:
    """Brightness factor around 1 of a surface lit from the direction `light` (x, y; y down).

    Args:
        height: H×W, in pixels.
        strength: contrast; the factor stays in [1 − strength, 1 + strength].
        light: where the light comes from, in the picture plane.
    """
    dx = cv2.Scharr(height, cv2.CV_32F, 1, 0, scale=1 / 32)
    dy = cv2.Scharr(height, cv2.CV_32F, 0, 1, scale=1 / 32)
    return (1 - strength * np.tanh(dx * light[0] + dy * light[1])).astype(np.float32)


def as_layer(rgb: Array, alpha: Array) -> Array:
    """H×W×3 colour and H×W coverage to one premultiplied H×W×4 layer, colours clipped to [0, 1]."""
    coverage = np.clip(alpha, 0, 1)[..., None]
    return np.concatenate([np.clip(rgb, 0, 1) * coverage, coverage], -1).astype(np.float32)


def over(canvas: Array, layer: Array, x: int = 0, y: int = 0) -> None:
    """Lays a premultiplied layer over `canvas` (in place) cornered at (x, y), cropped."""
    top, left = max(y, 0), max(x, 0)
    bottom = min(y + layer.shape[0], canvas.shape[0])
    right = min(x + layer.shape[1], canvas.shape[1])
    if bottom <= top or right <= left:
        return
    part = layer[top - y : bottom - y, left - x : right - x]
    target = canvas[top:bottom, left:right]
    target *= 1 - part[..., 3:]
    target += part[..., : canvas.shape[2]]


def place(
    canvas: Array,
    sprite: Array,
    centre: tuple[float, float],
    scale: float = 1.0,
    degrees: float = 0.0,
    opacity: float = 1.0,
) -> None:
    """Lays a sprite over `canvas` at a sub-pixel position, turned and scaled about its middle.

    Args:
        canvas: H×W×3 (or ×4), changed in place.
        sprite: premultiplied h×w×4.
        centre: where the sprite's middle comes to lie, canvas pixels (x, y).
        scale: size factor, best ≤ 1 and near it (bilinear sampling).
        degrees: turn, counter-clockwise as seen.
        opacity: further factor on the coverage.
    """
    height, width = sprite.shape[:2]
    reach = int(np.ceil(0.5 * np.hypot(height, width) * scale)) + 2
    left, top = int(np.floor(centre[0])) - reach, int(np.floor(centre[1])) - reach
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale)
    matrix[0, 2] += centre[0] - left - (width - 1) / 2
    matrix[1, 2] += centre[1] - top - (height - 1) / 2
    side = 2 * reach + 1
    moved = cv2.warpAffine(sprite, matrix, (side, side), flags=cv2.INTER_LINEAR)
    over(canvas, (moved * floats(opacity)).astype(np.float32), left, top)
