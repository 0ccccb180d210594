"""A part of a shot is painted towards a frame that is painted already: the next part's first one.

Paint that is carried through a part and the paint of the frame at its end come from the same frame,
on two ways, and differ by the errors of the flows on them and by what was newly shown. Over the
last frames of the part the difference is taken out in equal steps, before the frames are painted,
which costs no strokes. What painting them adds is blended away in the very last ones. No frame is
painted twice.
"""

from __future__ import annotations

from torch import Tensor

from flowstyle.temporal.keyframes import mixed_with
from flowstyle.temporal.pulls import Pull

REACH = 24
"""Frames over which a part goes over to the paint of the frame at its end."""
BLENDED = 12
"""Frames, the one at the end included, over which the finished paint is blended with its."""


def share_of(index: int, towards: int) -> float:
    """Share of what is left that a frame takes from the frame at the end of its part.

    Example:
        >>> left = 1.0
        >>> for index in range(24, 48):
        ...     left *= 1 - share_of(index, 48)
        >>> round(left * (REACH + 1), 6)  # equal steps: the last one of them is to the frame itself
        1.0
        >>> share_of(23, 48)
        0.0
    """
    apart = towards - index
    return 1 / (apart + 1) if apart <= REACH else 0.0


def blend_of(index: int, towards: int) -> float:
    """Share of what is left that a finished frame takes from the frame at the end of its part.

    Example:
        >>> [blend_of(index, 48) for index in (36, 44, 47)]
        [0.0, 0.2, 0.5]
    """
    return share_of(index, towards) if towards - index < BLENDED else 0.0


def brought(image: Tensor, near: Pull, end: Pull, share: float) -> Tensor:
    """A finished frame, blended with the paint of the frame at the end of its part.

    Args:
        image: 1×3×H×W.
        near: its neighbour, which holds still pixels.
        end: the frame at the end.
        share: see :func:`blend_of`.

    Returns:
        1×3×H×W.
    """
    free = end.usable * (1 - near.static * (1 - end.static))
    return image + share * free * (end.image - image)


def drawn(near: Pull, end: Pull, share: float, trust: float) -> Pull:
    """A neighbour's paint, drawn to that of the frame at the end of the part.

    Unlike a keyframe's its colours come with it, and on motion boundaries too. Still pixels go
    along where the scene stands still up to that frame; elsewhere they keep their value to the last
    bit.

    Args:
        near: the neighbour.
        end: the frame at the end of the part.
        share: see :func:`share_of`.
        trust: the factor on all masks, [0, 1].
    """
    both = near.usable * end.usable
    return mixed_with(
        near, end, end.image, share * both, trust, held=near.static * (1 - end.static)
    )
