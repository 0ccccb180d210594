"""What a later frame begins with where there is no paint: its content, in the colours of the paint.

A later frame gets a few small steps, which add strokes to a start and hardly change its colours.
Content begun with as it is would stay in the clip's own colours, frame after frame: behind an arm
that was lowered a patch of brown wood remained in a blue picture. So it is recoloured first as the
paint around it is: by the affine map of colours that, in a window about each place, brings the
content nearest to its paint (He, Sun and Tang, Guided Image Filtering, ECCV 2010, equation 5, for
colours to colours and weighted by where there is paint).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from flowstyle.core.blur import gaussian
from flowstyle.temporal.pulls import Start

LONGEST = 192
"""Pixels of the longer side on which the maps are worked out; they are smooth."""
WINDOW = 6.0
"""σ of the window, in these pixels."""
FAR = 0.01
"""Weight of the whole picture beside the window, for places that have no paint near them."""
NOISE = 0.02**2
"""Variance of colours below which a window tells of no map but a shift: what newly appears over an
even ground keeps its own contrast to it."""
LITTLE = 1e-4
"""Share of paint in a window, the whole picture's counted in, that is too little to go by."""


def begun(start: Start, content: Tensor) -> Tensor:
    """The whole start of a later frame.

    Args:
        start: paint, and where there is none.
        content: 1×3×H×W, the source frame, [0, 1].

    Returns:
        1×3×H×W.
    """
    if start.open is None:
        return start.paint
    return start.over(recoloured(content, start.paint, 1 - start.open))


def recoloured(content: Tensor, paint: Tensor, known: Tensor) -> Tensor:
    """A frame in the colours that its paint has around each place.

    Args:
        content: 1×3×H×W in [0, 1].
        paint: 1×3×H×W, times its share in each pixel.
        known: 1×1×H×W in [0, 1], that share; where there is hardly any the content comes back.

    Returns:
        1×3×H×W in [0, 1].
    """
    height, width = content.shape[-2:]
    scale = min(1.0, LONGEST / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    seen, paint, known = (
        interpolate(image, size, mode="area") for image in (content, paint, known)
    )
    slope, offset, sure = (
        interpolate(part, (height, width), mode="bilinear", align_corners=False)
        for part in _maps(seen, paint / known.clamp_min(1e-6), known)
    )
    mapped = (_applied(slope, content) + offset).clamp(0, 1)
    return torch.lerp(content, mapped, sure)


def _maps(seen: Tensor, paint: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The affine maps from what is seen to its paint.

    Args:
        seen: 1×3×h×w.
        paint: 1×3×h×w, of any value where there is none.
        known: 1×1×h×w, weights.

    Returns:
        1×9×h×w, the matrices row by row; 1×3×h×w; and 1×1×h×w, how far they are to be trusted.
    """
    products = torch.cat([_outer(seen, seen), _outer(paint, seen)], 1)
    moments = known * torch.cat([torch.ones_like(known), seen, paint, products], 1)
    moments = gaussian(moments, WINDOW) + FAR * moments.mean((-2, -1), keepdim=True)
    weight = moments[:, :1].clamp_min(1e-12)
    mean, mean_paint, squares, mixed = torch.split(moments[:, 1:] / weight, [3, 3, 9, 9], 1)
    spread = _matrices(squares - _outer(mean, mean))
    together = _matrices(mixed - _outer(mean_paint, mean))
    even = NOISE * torch.eye(3, dtype=spread.dtype, device=spread.device)
    matrix = torch.linalg.solve(spread + even, (together + even).mT).mT
    slope = matrix.flatten(-2).movedim(-1, 1)
    sure = moments[:, :1] / (moments[:, :1] + LITTLE)
    return slope, mean_paint - _applied(slope, mean), sure


def _outer(one: Tensor, other: Tensor) -> Tensor:
    """1×3×h×w twice → 1×9×h×w."""
    return (one[:, :, None] * other[:, None]).flatten(1, 2)


def _matrices(rows: Tensor) -> Tensor:
    """1×9×h×w → 1×h×w×3×3."""
    return rows.movedim(1, -1).reshape(1, *rows.shape[-2:], 3, 3)


def _applied(slope: Tensor, colours: Tensor) -> Tensor:
    """The matrices 1×9×h×w times colours 1×3×h×w."""
    return (slope.reshape(1, 3, 3, *slope.shape[-2:]) * colours[:, None]).sum(2)
