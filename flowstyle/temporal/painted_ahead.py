"""Paint for newly shown areas, borrowed from a later frame that shows them whole.

What comes into view comes in slivers: a few pixels a frame at the border of a pan, or behind an
object that moves on. Painted sliver by sliver, they hold no stroke that is wider than a sliver, and
together they look like hair. A frame some way ahead shows all of them as one area. It is painted
once, at its smaller sizes above all, and all frames before it start their new areas from it. What
it does not show either, a frame paints for itself, at its smaller sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from flowstyle.core.events import Stage
from flowstyle.core.images import to_device
from flowstyle.flow.pairs import FlowPairs
from flowstyle.settings import Settings
from flowstyle.temporal.frames import Frames
from flowstyle.temporal.pulls import Pull, open_area, pull
from flowstyle.temporal.task import FrameTask, Lent, Paint

SPAN = 12
"""Distance of two frames that are painted ahead."""
SPAN_NEARBY = 4
"""Distance of those that are painted where these do not show what is new: something else has come
over it by then."""
WORTH_BORROWING = 0.8
"""Newly shown pixels over the shorter side, from which on paint is borrowed for them: a camera that
moves at all shows as much along a border, whatever the size."""

WORTH_PAINTING = 0.03
"""Part of a frame that is new and not shown ahead either, from which on the frame lends itself
coarse paint: what moves too fast for its flow would have hardly any strokes ..."""
ANOTHER_LIGHT = 0.35
"""... and up to which: a frame of which more is new has another light, as after black, in which a
painting has a level of its own."""


class PaintedAhead:
    """Paints a frame ahead now and then, and brings its paint onto those before it.

    It depends on source frames and the style alone: a resumed run paints the same.

    Args:
        frames: source frames.
        pairs: flows.
        settings: the render's.
        device: where frames are painted.
        paint: the engine's.
    """

    def __init__(
        self,
        frames: Frames,
        pairs: FlowPairs,
        settings: Settings,
        device: torch.device,
        paint: Paint,
    ) -> None:
        self._frames = frames
        self._pairs = pairs
        self._settings = settings
        self._device = device
        self._paint = paint
        # By frame and kind, until the frames that borrow it have passed.
        self._painted: dict[tuple[int, Lent], Tensor] = {}

    def pull(self, index: int, key: int, lent: Lent = Lent.BEGUN) -> Pull:
        """The paint of frame ``key`` on the pixels of frame ``index``.

        Args:
            index: of the frame in work.
            key: from :func:`frame_ahead`, or ``index`` itself.
            lent: how far it is painted.
        """
        if index < key:
            self._pairs.prefetch_far(index, key)  # while the frame is painted
        painting = self._painting(index, key, lent)
        if key == index:
            nowhere = torch.zeros_like(painting[:, :1])
            everywhere = 1 - nowhere
            return Pull(painting, everywhere, everywhere, nowhere, weight=0.0)
        return pull(
            self._pairs.far(index, key),
            self._frames.sources.load(index),
            self._frames.sources.load(key),
            painting,
            self._settings,
            weight=0.0,
            index=key,
        )

    def _painting(self, index: int, key: int, lent: Lent) -> Tensor:
        """The paint of a frame. What frames before ``index`` borrowed is no longer needed."""
        self._painted = {one: image for one, image in self._painted.items() if one[0] >= index}
        if (key, lent) not in self._painted:
            content = to_device(self._frames.sources.load(key), self._device)
            number = self._settings.start_frame + key
            task = FrameTask(key, number, Stage.NEW_AREAS, content, lent=lent)
            self._painted[key, lent] = self._paint(task).image
        return self._painted[key, lent]


def worth_borrowing(new: Tensor) -> bool:
    """Whether so much is newly shown that paint is borrowed for it.

    Args:
        new: 1×1×H×W in [0, 1], from :func:`newly_shown`.

    Example:
        >>> one_row = torch.zeros(1, 1, 30, 40)
        >>> one_row[..., 0, :] = 1
        >>> worth_borrowing(one_row), worth_borrowing(0.5 * one_row)
        (True, False)
    """
    return float(new.sum()) >= WORTH_BORROWING * min(new.shape[-2:])


def worth_painting(new: Tensor) -> bool:
    """Whether so much is shown neither before nor ahead that it is worth a painting of its own.

    Args:
        new: 1×1×H×W in [0, 1].
    """
    return WORTH_PAINTING <= float(new.mean()) < ANOTHER_LIGHT


def newly_shown(pulls: Sequence[Pull], trust: float) -> Tensor:
    """How far no neighbour has paint for a pixel, 1×1×H×W in [0, 1].

    Args:
        pulls: one or more.
        trust: the factor on all masks. What it takes from the neighbours is not newly shown, but
            is to boil.
    """
    if trust == 0:
        return torch.ones_like(pulls[0].usable)
    return (1 - (1 - open_area(pulls)) / trust).clamp(0, 1)


def paintings_ahead(frames: int) -> int:
    """How many frames of a shot of one light are painted ahead at most; see :func:`frame_ahead`.

    Args:
        frames: of the shot.

    Example:
        >>> [paintings_ahead(frames) for frames in (1, 2, 10, 16, 17, 49)]
        [0, 1, 1, 1, 2, 4]
    """
    last = frames - 1
    return max(1, -(-(last - SPAN // 4) // SPAN)) if last > 0 else 0


def frame_ahead(index: int, first: int, follows: Callable[[int], bool]) -> int:
    """The frame ahead whose paint a frame borrows: every twelfth of a shot, or its last one.

    A twelfth one borrows from the next of them, and not from itself: what flow has lost, and no
    frame ahead lends, would be painted in this frame alone, and flash. The last one serves also in
    place of a twelfth that few frames follow: a painting costs as much as several frames.

    Args:
        index: of the frame in work.
        first: of its shot.
        follows: whether a later frame is in the same shot.
    """
    wanted = index + SPAN - (index - first) % SPAN
    last = index
    while last <= wanted + SPAN // 4 and follows(last + 1):
        last += 1
    return last if last <= wanted + SPAN // 4 else wanted


def frame_nearby(index: int, first: int) -> int:
    """The frame, two to five ahead, whose paint is borrowed where :func:`frame_ahead` has none.

    Args:
        index: of the frame in work.
        first: of its shot.

    Example:
        >>> [frame_nearby(index, 0) for index in range(1, 9)]
        [4, 4, 8, 8, 8, 8, 12, 12]
    """
    return index + 2 + (first - index - 2) % SPAN_NEARBY
