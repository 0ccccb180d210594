"""Still ground beside newly shown areas: its paint was made to fit what stood there before.

Outlines and halos about a thing lie on the ground beside it, too. Where the ground stands still its
paint is kept to the bit, and so they would stay there as a ghost of the thing when it has moved on.
They are painted anew together with what it uncovers.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from flowstyle.core.blur import box
from flowstyle.flow.coverage import coverage
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.untouched import grown

REACH = 0.015
"""Part of the longer side over which a thing shapes the paint beside it."""
UNCOVERED = 0.95
"""Pixels of the neighbour, of as many, that come to lie in a place: with fewer something has moved
away from there. In front of what moves, where nothing is newly shown, it is more than all."""


def ground_beside(near: Pull, new: Tensor, lent: Pull) -> Tensor:
    """Which still pixels lie beside what a thing has uncovered, and have other paint.

    Args:
        near: the neighbour, whose static pixels count.
        new: 1×1×H×W in [0, 1], from :func:`flowstyle.temporal.painted_ahead.newly_shown`.
        lent: the paint of a frame ahead.

    Returns:
        1×1×H×W in [0, 1].
    """
    if near.origin is None:
        return torch.zeros_like(new)
    reach = max(1, round(REACH * max(new.shape[-2:])))
    uncovered = box(coverage(near.origin.reverse), 2 * reach + 1) < UNCOVERED
    return grown((new > 0.5) & uncovered, reach) * near.static * lent.usable


def without(near: Pull, gone: Tensor) -> Pull:
    """A neighbour that is no longer followed in some places.

    Args:
        near: the neighbour.
        gone: 1×1×H×W in [0, 1].
    """
    kept = 1 - gone
    return replace(
        near,
        trust=near.trust * kept,
        usable=near.usable * kept,
        static=torch.where(gone > 0, torch.zeros_like(near.static), near.static),
    )
