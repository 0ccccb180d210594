"""Dots of a grid: fine energy where the source is flat, beside the style picture's own.

Optimised pixels like to fall into dots of two to four pixels where nothing in the source holds
them: skies, walls, shadows. No other figure sees it: a grid is sharp, stable and near to the style.
Fine energy is what a narrow blur takes away. Strokes have some of it too, and a sky full of dots
has as much as the whole style picture, so that the figure is read beside the style's own.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from flowstyle.core.blur import gaussian, local_contrast

SIGMA = 1.2
"""Pixels of the blur: dots of a period of up to five pixels go, strokes of ten stay."""
WINDOW = 0.005
"""Of the frame's longer side: what is narrower is texture, whatever the frame's size in pixels."""
FLAT = 3.0 / 255.0
"""Local contrast up to which the source is flat: noise and slow shades, no leaf and no border.
Anything from 1 to 4 of 255 gives the same within a tenth on a frame of sky, fur and grass."""
LEAST = 0.02
"""Of the frame: where less is flat, the figure would be that of a few pixels."""


def fine_energy(image: Tensor, mask: Tensor | None = None) -> float | None:
    """Mean |x − blur(x)| over pixels and channels, the blur a Gaussian of 1.2 pixels.

    Args:
        image: N×C×H×W, [0, 1].
        mask: N×1×H×W, 1 = count the pixel; None counts all.

    Returns:
        The mean in [0, 1], or None where the mask is empty.
    """
    fine = (image - gaussian(image, SIGMA)).abs().mean(dim=1, keepdim=True)
    if mask is None:
        return float(fine.mean(dtype=torch.float64))
    counted = float(mask.sum(dtype=torch.float64))
    if counted == 0.0:
        return None
    return float((fine * mask).sum(dtype=torch.float64)) / counted


def flat_areas(source: Tensor) -> Tensor:
    """Pixels of the source clip around which nothing is to be seen but slow shades.

    Local contrast is the deviation of luma from its own blur in a window that grows with the frame,
    so that one picture has the same flat areas at every size. What is textured is widened by two
    windows: paint near a border follows the border.

    Args:
        source: N×3×H×W, [0, 1].

    Returns:
        N×1×H×W, 1 = flat.
    """
    window = max(1.0, WINDOW * max(source.shape[-2:]))
    textured = (local_contrast(source, window) > FLAT).to(source.dtype)
    reach = round(2 * window)
    for kernel, padding in (((2 * reach + 1, 1), (reach, 0)), ((1, 2 * reach + 1), (0, reach))):
        textured = max_pool2d(textured, kernel, 1, padding)
    return 1 - textured


def flat_energy(source: Tensor, styled: Tensor) -> tuple[float | None, float | None]:
    """Fine energy of a frame and of its source in the source's flat areas.

    Args:
        source: 1×3×H×W, [0, 1].
        styled: the same size.

    Returns:
        (styled, source), each in [0, 1]; None for both where less than 2 % of the frame is flat.
    """
    flat = flat_areas(source)
    if float(flat.mean(dtype=torch.float64)) < LEAST:
        return None, None
    return fine_energy(styled, flat), fine_energy(source, flat)
