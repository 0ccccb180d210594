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

SEEN = 0.5
"""Share of the largest trust in the frame ahead from which on its paint is taken."""
STAYS = 1.0
"""Pixels by which ground may seem to move from here to the frame ahead."""


def ground_beside(near: Pull, new: Tensor, ahead: Pull) -> Tensor:
    """Which still pixels lie beside ground that a thing has uncovered, and have other paint.

    What stands still in front of a moving ground has new areas beside it, too: they move on. So
    only what also stands still from here to the frame ahead is ground.

    Args:
        near: the neighbour, whose static pixels count.
        new: 1×1×H×W in [0, 1], from :func:`flowstyle.temporal.painted_ahead.newly_shown`.
        ahead: the paint of a frame ahead.

    Returns:
        1×1×H×W of 0 and 1.
    """
    if near.origin is None or ahead.origin is None:
        return torch.zeros_like(new)
    height, width = new.shape[-2:]
    reach = max(1, round(REACH * max(height, width)))
    window = 2 * min(reach, (min(height, width) - 1) // 2) + 1
    landed = coverage(near.origin.reverse).to(new)
    seen = ahead.usable > SEEN * float(ahead.usable.max())
    stays = ahead.origin.flow.square().sum(1, keepdim=True) < STAYS**2
    left = (landed == 0) & (box(landed, window) < UNCOVERED)
    uncovered = (new > 0.5) & left & seen & stays
    return (grown(uncovered, reach) & (near.static > 0) & seen).to(new)


def without(near: Pull, gone: Tensor) -> Pull:
    """A neighbour that is no longer followed in some places.

    Args:
        near: the neighbour.
        gone: 1×1×H×W of 0 and 1.
    """
    kept = 1 - gone
    return replace(
        near, trust=near.trust * kept, usable=near.usable * kept, static=near.static * kept
    )
