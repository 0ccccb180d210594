"""A keyframe now and then, to which texture goes back when it has slipped.

Carried from frame to frame, texture gathers the errors of all the flows on its way. The flow from
a keyframe has its own error once. A frame's neighbour is therefore mixed with the keyframe, brought
over by that flow: a share in each frame is enough, since the neighbour has been through the same.
What the neighbour does not show, but the keyframe does, comes back with its old paint. Mean colours
stay the neighbour's, which follow the light.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from flowstyle.temporal.held_colours import mean_difference
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.static import with_static_pixels

INTERVAL = 16
"""Distance of two keyframes of a shot, the first being its first frame."""


def keyframe(index: int, first: int) -> int | None:
    """The last keyframe before a frame; None if that is the frame next to it.

    Args:
        index: of the frame.
        first: of its shot.
    """
    last = first + (index - 1 - first) // INTERVAL * INTERVAL
    return last if last < index - 1 else None


def steadied(near: Pull, far: Pull, share: float, trust: float = 1.0) -> Pull:
    """A neighbour whose texture is put back into place by a keyframe.

    Args:
        near: the neighbour.
        far: the keyframe.
        share: of the keyframe where both are trusted fully, [0, 1].
        trust: the factor on all masks, [0, 1]; what it takes from the neighbour is to boil, and is
            not to come back from the keyframe.

    Returns:
        The neighbour with another image; trusted and usable also where only the keyframe is.
    """
    # The light may have changed since: the neighbour's mean colour, the keyframe's texture.
    both = near.trust * far.trust
    texture = far.image + mean_difference(near.image, far.image, both * (1 - near.static))
    return mixed_with(near, far, texture, share * both, trust, held=near.static)


def mixed_with(
    near: Pull, far: Pull, texture: Tensor, share: Tensor, trust: float, *, held: Tensor
) -> Pull:
    """A neighbour mixed with another frame, which also gives what the neighbour does not show.

    Args:
        near: the neighbour.
        far: the other frame.
        texture: 1×3×H×W, its paint.
        share: 1×1×H×W, of that, [0, 1].
        trust: the factor on all masks, [0, 1].
        held: 1×1×H×W of 0 and 1, where the neighbour's value stays to the last bit.
    """
    mixed = near.image + share * (texture - near.image)
    regained = (1 - near.usable / max(trust, 1e-6)).clamp(0, 1) * far.usable
    usable = near.usable + regained
    part = torch.where(usable > 0, regained / usable.clamp_min(1e-6), 0.0)
    image = (mixed + part * (texture - mixed)).clamp(0, 1)
    return replace(
        near,
        image=with_static_pixels(image, near.image, held),
        trust=torch.maximum(near.trust, regained * far.trust),
        usable=usable,
    )
