"""The tiles of a picture that change, where the rest of it stands still."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import max_pool2d

from flowstyle.features.reach import Reach
from flowstyle.features.tiles import Span, Tile, Tiling

AROUND = 48
"""Pixels around what changes whose activations are evaluated too, and as many beyond these that the
network must see with them. Most of what relu5_1 sees: with the bundled features, at 1280×720,
gradients come out 0.2 % off on textured ground and up to 1.8 % on flat ground
(scripts/benchmarks/active_tiles.py); with 32 pixels 3.5 %."""
WORTH = 0.5
"""Share of a picture up to which its tiles, halos and all, are cheaper than the whole even with two
iterations: the start is run through the network once more, and the tiles themselves twice."""

Box = tuple[int, int, int, int]
"""Top, left, bottom, right, in cells; the last two behind the box."""


def active_tiles(static: Tensor, reach: Reach) -> Tiling | None:
    """Rectangles that hold all that changes.

    Args:
        static: 1×1×H×W of 0 and 1, 1 where the picture keeps its value.
        reach: of the network; tiles begin at multiples of its alignment.

    Returns:
        Tiles that do not overlap, but for their halos; None where the whole picture is cheaper.

    Example:
        >>> import torch
        >>> static = torch.ones(1, 1, 480, 640)
        >>> static[..., 200:240, 320:400] = 0
        >>> found = active_tiles(static, Reach(68, {"relu5_1": 16}))
        >>> [(tile.rows.first, tile.rows.last, tile.columns.outer) for tile in found.tiles]
        [(144, 288, slice(224, 496, None))]
    """
    step = reach.alignment
    height, width = static.shape[-2:]
    changes = max_pool2d(1 - static, step, ceil_mode=True)[0, 0].to("cpu").numpy() > 0
    margin = -(-AROUND // step)
    boxes = _apart([_grown(box, margin, changes.shape) for box in _boxes(changes)])
    tiles = (
        Tile(
            _span(top, bottom, height, step, margin),
            _span(left, right, width, step, margin),
        )
        for top, left, bottom, right in boxes
    )
    found = Tiling(tuple(tiles), reach)
    return found if found.pixels <= WORTH * height * width else None


def whole_picture(size: tuple[int, int], reach: Reach) -> Tiling:
    """One tile that is all of a picture of (height, width)."""
    rows, columns = (Span(0, side, 0, side, True) for side in size)
    return Tiling((Tile(rows, columns),), reach)


def _boxes(changes: NDArray[np.bool_]) -> list[Box]:
    """The boxes of the connected areas."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(changes.astype(np.uint8))
    return [
        (top, left, top + height, left + width)
        for left, top, width, height, _ in stats[1:count].tolist()
    ]


def _grown(box: Box, margin: int, shape: tuple[int, ...]) -> Box:
    """A box with so many cells more on each side, within the picture."""
    top, left, bottom, right = box
    return (
        max(0, top - margin),
        max(0, left - margin),
        min(shape[0], bottom + margin),
        min(shape[1], right + margin),
    )


def _apart(boxes: list[Box]) -> list[Box]:
    """The same area in boxes that do not overlap: those that do become one."""
    found: list[Box] = []
    for box in sorted(boxes):
        overlapping = [one for one in found if _overlap(one, box)]
        while overlapping:
            found = [one for one in found if one not in overlapping]
            sides = list(zip(box, *overlapping, strict=True))
            box = (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
            overlapping = [one for one in found if _overlap(one, box)]
        found.append(box)
    return found


def _overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a cell."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _span(first: int, last: int, side: int, step: int, margin: int) -> Span:
    """Cells of a side of the picture as a span of its pixels."""
    begin, end = first * step, min(side, last * step)
    outer = max(0, first - margin) * step, min(side, (last + margin) * step)
    return Span(begin, end, *outer, ends=end == side)
