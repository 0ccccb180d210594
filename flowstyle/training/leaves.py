"""Training pictures made by drawing: leaves that fall on each other, with shades and textures.

Objects that hide each other, at all sizes up to the whole picture, have the statistics of
photographs (dead leaves: Lee, Mumford and Huang 2001): flat areas, borders, crossings, texture.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LEAVES = 260
SMALLEST, LARGEST = 0.02, 0.45
"""Radii over the side; a radius r is as frequent as 1/r³, so that no size dominates."""

Picture = NDArray[np.uint8]


def falling_leaves(side: int, seed: int) -> Picture:
    """One picture.

    Args:
        side: in pixels.
        seed: decides it.

    Returns:
        side×side×3 uint8 RGB.

    Example:
        >>> falling_leaves(64, 1).shape
        (64, 64, 3)
    """
    random = np.random.default_rng(seed)
    grey, tint = random.uniform(0, 1, (6, 1)), random.normal(0, 1, (6, 3))
    palette = grey + random.uniform(0, 0.25) * tint  # from pale to colourful
    y, x = np.mgrid[:side, :side].astype(np.float32) / side
    picture = _paint(random, palette, x, y)
    for _ in range(LEAVES):
        mask = _shape(random, side)
        top, bottom, left, right = _box(mask)
        if bottom > top:
            part = (slice(top, bottom), slice(left, right))
            share = mask[part][..., None]
            paint = _paint(random, palette, x[part], y[part])
            picture[part] += share * (paint - picture[part])
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _shape(random: np.random.Generator, side: int) -> NDArray[np.float32]:
    """A soft-edged polygon of 3 to 20 corners somewhere, side×side in [0, 1]."""
    share = random.uniform()
    # The inverse of the distribution 1/r³ between the two radii.
    radius = side * (SMALLEST**-2 + share * (LARGEST**-2 - SMALLEST**-2)) ** -0.5
    corners = int(random.integers(3, 21))
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    reach = radius * random.uniform(0.6, 1.0, corners)
    ring = np.stack([np.cos(angles), random.uniform(0.3, 1) * np.sin(angles)], 1) * reach[:, None]
    points = random.uniform(0, side, 2) + ring
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft = np.asarray(mask, np.float32) / np.float32(255)
    blurred = cv2.GaussianBlur(soft, (0, 0), 2.0) if random.uniform() < 0.2 else soft
    return np.asarray(blurred, np.float32)


def _box(mask: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is not zero; all 0 for nothing."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0, 0, 0, 0
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _paint(
    random: np.random.Generator,
    palette: NDArray[np.float64],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> NDArray[np.float32]:
    """A colour with a shade across it, and sometimes stripes or grain."""
    colour = palette[random.integers(len(palette))] + random.normal(0, 0.1, 3)
    slope = random.normal(0, 0.5, 2)
    light = slope[0] * (x - x.mean()) + slope[1] * (y - y.mean())
    kind = random.uniform()
    if kind < 0.3:
        angle, frequency = random.uniform(0, np.pi), np.exp(random.uniform(2.5, 5.0))
        wave = np.sin(frequency * (np.cos(angle) * x + np.sin(angle) * y))
        light = light + random.uniform(0.02, 0.2) * wave
    elif kind < 0.6:
        grain = random.standard_normal(x.shape).astype(np.float32)
        light = light + random.uniform(0.02, 0.3) * cv2.GaussianBlur(
            grain, (0, 0), float(np.exp(random.uniform(-0.5, 1.5)))
        )
    painted = colour[None, None] + light[..., None]
    return np.asarray(painted, np.float32)
