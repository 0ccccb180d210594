"""A keyframe now and then, to which texture goes back when it has slipped.

Carried from frame to frame, texture gathers the errors of all the flows on its way. The flow from
a keyframe has its own error once. A frame's neighbour is therefore mixed with the keyframe, brought
over by that flow: a share in each frame is enough, since the neighbour has been through the same.
What the neighbour does not show, but the keyframe does, comes back with its old paint.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from flowstyle.stylize.colours import mean_difference
from flowstyle.stylize.neighbors import Pull

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


def steadied(near: Pull, far: Pull, share: float) -> Pull:
    """A neighbour whose texture is put back into place by a keyframe.

    Args:
        near: the neighbour.
        far: the keyframe.
        share: of the keyframe where both are trusted fully, [0, 1].

    Returns:
        The neighbour with another image; trusted and usable also where only the keyframe is.
    """
    both = near.trust * far.trust
    # The light may have changed since: the neighbour's mean colour, the keyframe's texture.
    texture = far.image + mean_difference(near.image, far.image, both)
    regained = (1 - near.usable) * far.usable
    image = near.image + share * both * (texture - near.image)
    image = image + regained * (texture - image)
    return replace(
        near,
        image=torch.where(near.static > 0, near.image, image.clamp(0, 1)),  # to the last bit
        trust=torch.maximum(near.trust, regained * far.trust),
        usable=torch.maximum(near.usable, far.usable),
    )
