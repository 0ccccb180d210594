"""Coarse to fine: the sizes on the way from a small picture to the full one.

Large structures of a style settle at small sizes, where a filter sees more of the picture; it is
the largest single gain in quality for a still.
"""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn import functional

LEAST_SIDE = 16
"""Pixels of a side; shorter pictures vanish in four poolings, before the layers behind them."""


def pyramid_sizes(
    height: int,
    width: int,
    smallest: int = 128,
    factor: float = 2.0,
    *,
    least: int = LEAST_SIDE,
) -> list[tuple[int, int]]:
    """Sizes that grow by a factor up to the full size, all of nearly the same shape.

    Args:
        height: of the full size, pixels.
        width: of the full size.
        smallest: no level's longer side is shorter than this (the full size alone may be).
        factor: between levels, above 1.
        least: no level's shorter side is shorter than this (the full size alone may be): of a
            frame that is far wider than high there are fewer levels.

    Returns:
        (height, width) from the coarsest to exactly the full size.
    """
    longest = max(height, width)
    levels = max(0, math.floor(math.log(longest / smallest) / math.log(factor) + 1e-6))
    smaller = [
        (max(1, round(height / factor**level)), max(1, round(width / factor**level)))
        for level in range(levels, 0, -1)
    ]
    return [*(size for size in smaller if min(size) >= least), (height, width)]


def resize(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a picture: bicubic, antialiased when it shrinks, clamped to [0, 1].

    Args:
        image: N×C×H×W, [0, 1].
        size: (height, width).

    Returns:
        N×C×height×width; the input itself where the size is right already.
    """
    if tuple(image.shape[-2:]) == tuple(size):
        return image
    resized = functional.interpolate(
        image, size, mode="bicubic", align_corners=False, antialias=True
    )
    return resized.clamp(0, 1)


BORDER = 3
"""Pixels along the border of a painted picture that are not carried to a larger size. Networks pad
with zeros; the stripes that come of that in a small picture would be eight times as wide."""


def enlarged_paint(difference: Tensor, size: tuple[int, int]) -> Tensor:
    """Enlarge what paint has added to a picture: bicubic, not clamped.

    Along its border it is replaced by its own mirror image.

    Args:
        difference: N×C×H×W, signed.
        size: (height, width).

    Returns:
        N×C×height×width; the input itself where the size is right already.
    """
    if tuple(difference.shape[-2:]) == tuple(size):
        return difference
    inner = difference[..., BORDER:-BORDER, BORDER:-BORDER]
    if min(inner.shape[-2:]) > BORDER:
        difference = functional.pad(inner, (BORDER,) * 4, mode="reflect")
    return functional.interpolate(difference, size, mode="bicubic", align_corners=False)


def scaled(picture: Tensor, size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Size of a style picture that has ``scale``² times the area of a frame.

    Args:
        picture: 1×3×H×W.
        size: (height, width) of the frame.
        scale: 1 for the frame's own area.

    Returns:
        (height, width), of the picture's shape, at least :data:`LEAST_SIDE` on each side.
    """
    height, width = picture.shape[-2:]
    factor = scale * (size[0] * size[1] / (height * width)) ** 0.5
    return max(LEAST_SIDE, round(height * factor)), max(LEAST_SIDE, round(width * factor))
