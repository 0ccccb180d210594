"""A part of a shot is painted towards a frame that is painted already: the next part's first one.

Paint that is carried through a part and the paint of the frame at its end come from the same frame,
on two ways, and differ by the errors of the flows on them and by what was newly shown. Over the
last frames of the part the difference is taken out in equal steps, before the frames are painted:
nothing is blended afterwards, which would cost strokes, and no frame is painted twice.
"""

from __future__ import annotations

from flowstyle.temporal.keyframes import mixed_with
from flowstyle.temporal.pulls import Pull

REACH = 16
"""Frames over which a part goes over to the paint of the frame at its end."""


def share_of(index: int, towards: int) -> float:
    """Share of what is left that a frame takes from the frame at the end of its part.

    Example:
        >>> left = 1.0
        >>> for index in range(32, 48):
        ...     left *= 1 - share_of(index, 48)
        >>> round(left * (REACH + 1), 6)  # equal steps: the last one of them is to the frame itself
        1.0
        >>> share_of(31, 48)
        0.0
    """
    apart = towards - index
    return 1 / (apart + 1) if apart <= REACH else 0.0


def drawn(near: Pull, end: Pull, share: float, trust: float) -> Pull:
    """A neighbour's paint, drawn to that of the frame at the end of the part.

    Unlike a keyframe's its colours come with it. Still pixels go along where the scene stands still
    up to that frame; elsewhere they keep their value to the last bit.

    Args:
        near: the neighbour.
        end: the frame at the end of the part.
        share: see :func:`share_of`.
        trust: the factor on all masks, [0, 1].
    """
    return mixed_with(near, end, end.image, share, trust, held=near.static * (1 - end.static))
