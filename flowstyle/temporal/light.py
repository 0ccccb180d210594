"""Light that changes: paint made under another light is brought to the present one, or let go.

A fade, an exposure that adapts, dusk or a flash change the light between two frames, everywhere or
in a part of the picture. What is carried over is made lighter or darker with it, and trusted the
less the more has changed: what was painted in the dark says little of what the light shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate

DARK = 8.0 / 255
"""Keeps the ratio of two dark pictures finite."""
SEEN = 8.0 / 255
"""Change of a part's mean from which on it is believed to be one of light; noise, compression and
errors of the flow stay below. Twice that is believed fully."""
SEEN_WHOLE = 1.5 / 255
"""The same for the whole picture's mean, which such errors hardly move."""
KNOWN = 0.6
"""Share of a part that must be known for its change to be believed."""
HALF = 6.0 / 255
"""Change of a part's mean in one frame at which the paint is trusted by half."""
PAINTED = 0.85
"""Power of the source's change by which paint becomes lighter: a part of its light is the style's
own, and stays."""
CELLS = 12
"""Parts along the longer side: light changes softly over a picture."""


@dataclass(frozen=True)
class Light:
    """A change of light between a neighbour's frame and the one in work, on the latter's pixels.

    Args:
        source: 1×3×H×W, by what factor the clip has become lighter.
        paint: 1×3×H×W, by what factor the neighbour's paint is to become lighter.
        told: 1×1×H×W in [0, 1], how far that paint still counts.
        believed: 1×1×H×W in [0, 1], how far the change is taken for one of light.
    """

    source: Tensor
    paint: Tensor
    told: Tensor
    believed: Tensor


def change_of_light(target: Tensor, moved: Tensor, known: Tensor) -> Light | None:
    """The change of light between two pictures of the same.

    Args:
        target: 1×3×H×W in [0, 1].
        moved: 1×3×H×W in [0, 1].
        known: 1×1×H×W in [0, 1], where they show the same.

    Returns:
        None where no change is seen.
    """
    height, width = target.shape[-2:]
    cells = cells_of((height, width))
    now, before = local_means(target, known, cells), local_means(moved, known, cells)
    change = (now - before).abs().amax(1, keepdim=True)
    told_locally = _believed(change, SEEN) * (adaptive_avg_pool2d(known, cells) > KNOWN)
    believed = torch.maximum(told_locally, _believed(_whole(target - moved, known), SEEN_WHOLE))
    if not bool((believed > 0).any()):
        return None
    logarithm = believed * ((now + DARK) / (before + DARK)).log()
    told = 1 / (1 + (believed * change / HALF).square())
    smooth, told, believed = (
        interpolate(one, (height, width), mode="bilinear") for one in (logarithm, told, believed)
    )
    return Light(smooth.exp(), (PAINTED * smooth).exp(), told, believed)


def cells_of(size: tuple[int, int]) -> tuple[int, int]:
    """Parts down and across of a picture of a size (height, width)."""
    down, across = (max(1, round(CELLS * side / max(size))) for side in size)
    return down, across


def _believed(change: Tensor, seen: float) -> Tensor:
    """How far a change of a mean is taken for one of light, in [0, 1]."""
    return ((change - seen) / seen).clamp(0, 1)


def _whole(difference: Tensor, known: Tensor) -> Tensor:
    """The largest change of a channel's mean over all that is known, 1×1×1×1."""
    total = (known * difference).sum((2, 3), keepdim=True)
    return (total / known.sum((2, 3), keepdim=True).clamp_min(1.0)).abs().amax(1, keepdim=True)


def local_means(image: Tensor, known: Tensor, cells: tuple[int, int]) -> Tensor:
    """Mean of what is known in each part; parts that show little of it lean on the whole.

    Args:
        image: 1×3×H×W.
        known: 1×1×H×W.
        cells: parts down and across.

    Returns:
        1×3×down×across.
    """
    weight = known + 1e-3
    whole = (weight * image).mean((2, 3), keepdim=True) / weight.mean((2, 3), keepdim=True)
    share = adaptive_avg_pool2d(known, cells)
    lean = 0.1
    return (adaptive_avg_pool2d(known * image, cells) + lean * whole) / (share + lean)
