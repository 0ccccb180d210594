"""What an engine is handed for one frame, and what it gives back.

Everything that a frame takes from its neighbours is in the task, and all that is done to the
painted frame for their sake comes after the engine (:mod:`flowstyle.temporal.settle`): an engine
paints one frame and needs to know of no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from torch import Tensor

from flowstyle.core.events import Stage
from flowstyle.temporal.pulls import Pull, Start


class Lent(Enum):
    """How far a frame is painted that only lends its paint."""

    COARSE = "at its smaller sizes: it is lent to itself, and finished with what it carries on"
    BEGUN = "at its smaller sizes, and a small frame a little at its full one: borrowers finish it"
    WHOLE = "like a first frame"


@dataclass(frozen=True)
class FrameTask:
    """One frame to be painted. All tensors are on the device that paints.

    Args:
        index: of the frame, counted from the render's first.
        number: of the frame as the clip counts it, for messages.
        stage: what it is painted for: a first frame, a picture, paint for new areas, or a frame
            that follows others.
        content: 1×3×H×W, the source frame, RGB in [0, 1].
        sweep: number of the sweep over the shot, from 1.
        start: what to begin with; None where nothing is known, as in a first frame.
        pulls: neighbours, warped onto the frame, that it is to be like where they are trusted.
        exclusive: each pixel is trusted to one of ``pulls`` alone; else each pull counts for its
            share of their number.
        near: the neighbour whose value static pixels will keep, also without a temporal term.
        relit: the light is another one than in ``near``.
        end: the painted frame at the end of its part of the shot, where that is near.
        lent: how far it is painted, where it is painted for new areas.
    """

    index: int
    number: int
    stage: Stage
    content: Tensor
    sweep: int = 1
    start: Start | None = None
    pulls: tuple[Pull, ...] = ()
    exclusive: bool = False
    near: Pull | None = None
    relit: bool = False
    end: Pull | None = None
    lent: Lent | None = None


@dataclass(frozen=True)
class Painted:
    """A painted frame.

    Args:
        image: 1×3×H×W in [0, 1], on the device that painted.
        terms: figures of the last iteration for the progress, by name; engines without any give
            none.
    """

    image: Tensor
    terms: Mapping[str, float] = field(default_factory=dict)


Paint = Callable[[FrameTask], Painted]
"""How an engine paints, see :class:`flowstyle.engines.protocol.ShotPainter`."""
