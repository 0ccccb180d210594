"""Small pictures of frames, and how unlike the contents of two of them are."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = (64, 36)
"""Most cells of a thumbnail, width and height."""

# Samples of a cell in each direction.
_SAMPLES = 4
# Blocks that are compared, width and height, and how far each is looked for around the place where
# the movement of the whole picture puts it, in cells.
_BLOCKS, _AROUND = (8, 6), 2
# Furthest movement of the whole picture, in parts of its sides.
_REACH = (0.34, 0.34)
# Contrast of a block, of 1, at which its structure counts half; less is noise.
_FAINT = 0.004
# Weight of a block that has no structure, whose level alone is compared.
_FLAT_WEIGHT = 0.3
# Change of level, of 1, at which a block without structure is another one.
_OTHER_LEVEL = 0.06
# Unlikeness of a block, and of most of those around it, up to which it goes on as it was.
_STILL = 0.18
# Unlikeness below which no movement is looked for.
_SURELY_ALIKE = 0.1
# Level below which a row or column at the border is a bar, and spread of levels within it.
_BAR_LEVEL, _BAR_SPREAD = 0.12, 0.012

_SUM = np.ones(3, np.float32)  # over the channels

Cells = NDArray[np.float32]


@dataclass(frozen=True)
class Comparison:
    """What two pictures have in common.

    Args:
        unlike: part of the picture that shows something else, 0 … 1.
        still: part of it that goes on as it was, in whole regions.
    """

    unlike: float
    still: float


def thumbnail(image: NDArray[np.uint8] | NDArray[np.uint16]) -> Cells:
    """Average a picture over a coarse grid.

    Args:
        image: H×W×3, uint8 or uint16.

    Returns:
        At most 36×64×3 float32 in [0, 1]; long clips cost little, since large pictures are
        sampled and not read whole.
    """
    height, width = image.shape[:2]
    columns, rows = min(GRID[0], width), min(GRID[1], height)
    image = image[:: max(1, height // (_SAMPLES * rows)), :: max(1, width // (_SAMPLES * columns))]
    samples = image.astype(np.float32)
    samples *= np.float32(1 / np.iinfo(image.dtype).max)
    return np.asarray(cv2.resize(samples, (columns, rows), interpolation=cv2.INTER_AREA))


def compare(a: Cells, b: Cells) -> Comparison:
    """What part of the picture shows something else.

    The movement of the whole picture is taken out, then each block of one picture is looked for
    around its place in the other. Structure is compared whatever its brightness and contrast, so
    that dark and pale pictures count as much as others; black bars do not count at all.

    Args:
        a: rows×columns×3 in [0, 1].
        b: the same shape.

    Returns:
        0 for the same content to about 1 for another one.
    """
    if np.array_equal(a, b):
        return Comparison(0.0, 1.0)
    a, b = _without_bars(_softened(a), _softened(b))
    still = _blocks_apart(a, b)
    if still.unlike < _SURELY_ALIKE:
        return still
    dx, dy = movement(a, b)
    if (dx, dy) == (0, 0):
        return still
    rows, columns = a.shape[:2]
    here = a[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]
    there = b[max(0, -dy) : rows + min(0, -dy), max(0, -dx) : columns + min(0, -dx)]
    moved = _blocks_apart(here, there)
    return min(still, moved, key=lambda found: found.unlike)


def contrast(cells: Cells) -> float:
    """Standard deviation of the channel that varies most, bars left out, of 1."""
    inside, _ = _without_bars(cells, cells)
    return float(inside.std(axis=(0, 1)).max())


def _softened(cells: Cells) -> Cells:
    return np.asarray(cv2.GaussianBlur(cells, (3, 3), 0), np.float32)


def _without_bars(a: Cells, b: Cells) -> tuple[Cells, Cells]:
    """Both without the rows and columns at their borders that are bars in both."""
    rows = slice(*_inside(_lines(a, 1) | _lines(b, 1)))
    columns = slice(*_inside(_lines(a, 0) | _lines(b, 0)))
    return a[rows, columns], b[rows, columns]


def _lines(cells: Cells, axis: int) -> NDArray[np.bool_]:
    """Which rows (axis 1) or columns (axis 0) hold a picture."""
    levels = np.maximum(np.maximum(cells[..., 0], cells[..., 1]), cells[..., 2])
    low, high = levels.min(axis=axis), levels.max(axis=axis)
    return np.asarray((high > _BAR_LEVEL) | (high - low > _BAR_SPREAD))


def _inside(lines: NDArray[np.bool_]) -> tuple[int, int]:
    """First and one past the last line with a picture; all where none or hardly any has."""
    found = np.flatnonzero(lines)
    if len(found) == 0 or found[-1] - found[0] < min(4, len(lines) - 1):
        return 0, len(lines)
    return int(found[0]), int(found[-1]) + 1


def movement(a: Cells, b: Cells) -> tuple[int, int]:
    """Cells by which the picture has moved: what is at (x, y) in b was at (x + dx, y + dy) in a."""
    rows, columns = a.shape[:2]
    x, y = int(columns * _REACH[0] / 2), int(rows * _REACH[1] / 2)
    if min(x, y) < 1:
        return 0, 0
    middle = _evened(b)[y : rows - y, x : columns - x]
    found = cv2.matchTemplate(_evened(a), np.ascontiguousarray(middle), cv2.TM_CCORR_NORMED)
    at = np.unravel_index(int(found.argmax()), found.shape)
    return int(at[1]) - x, int(at[0]) - y


def _evened(cells: Cells) -> Cells:
    """Structure alone, of the same contrast everywhere."""
    grey = cells.mean(axis=2)
    grey = np.asarray(grey - cv2.blur(grey, (9, 9)), np.float32)
    power = np.maximum(cv2.blur(grey * grey, (9, 9)), 0)
    return np.asarray(grey / (np.sqrt(power) + np.float32(_FAINT)), np.float32)


def _blocks_apart(a: Cells, b: Cells) -> Comparison:
    """Weighted part of the blocks of ``b`` that are not found about their place in ``a``."""
    r = min(_AROUND, (min(a.shape[:2]) - 1) // 4)
    down, right = (min(n, side - 2 * r) for n, side in zip(_BLOCKS[::-1], b.shape[:2], strict=True))
    tall, wide = (b.shape[0] - 2 * r) // down, (b.shape[1] - 2 * r) // right
    height, width = tall * down, wide * right
    new = np.ascontiguousarray(b[r : r + height, r : r + width])

    def means(cells: Cells) -> Cells:
        """Means of all windows of a block's size, by their upper left corner."""
        return np.asarray(cv2.boxFilter(cells, -1, (wide, tall), anchor=(0, 0)), np.float32)

    shifts = [(y, x) for y in range(2 * r + 1) for x in range(2 * r + 1)]
    starts = (slice(None, height, tall), slice(None, width, wide))
    new_mean, new_power = means(new)[starts], means(new * new)[starts]
    new_power = np.maximum(new_power - new_mean**2, 0) @ _SUM
    all_means, all_powers = means(a), means(a * a)
    all_powers = np.maximum(all_powers - all_means**2, 0) @ _SUM
    old_mean = np.stack([all_means[y:, x:][starts] for y, x in shifts])
    old_power = np.stack([all_powers[y:, x:][starts] for y, x in shifts])
    products = [new * a[y : y + height, x : x + width] for y, x in shifts]
    area = cv2.INTER_AREA
    both = np.stack(
        [cv2.resize(product, (right, down), interpolation=area) for product in products]
    )
    noise = np.float32(3 * _FAINT**2)
    shared = (both - new_mean * old_mean) @ _SUM
    alike = shared / np.sqrt((new_power + noise) * (old_power + noise))
    best = alike.argmax(axis=0)[None]
    structure = 1 - np.clip(np.take_along_axis(alike, best, 0)[0], 0, 1)
    power = np.maximum(new_power, np.take_along_axis(old_power, best, 0)[0])
    level = np.abs(new_mean - np.take_along_axis(old_mean, best[..., None], 0)[0]).max(axis=2)
    textured = power / (power + noise)
    unlike = textured * structure + (1 - textured) * np.clip(level / _OTHER_LEVEL, 0, 1)
    weight = np.maximum(textured, _FLAT_WEIGHT)
    weight /= weight.sum()
    agreed = cv2.medianBlur(unlike, 3) if min(unlike.shape) > 2 else unlike
    return Comparison(float((unlike * weight).sum()), float(weight[agreed <= _STILL].sum()))
