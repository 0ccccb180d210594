"""What is settled after the engine: static pixels, and mean colours that are held over a shot."""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.core.images import to_device
from flowstyle.settings import Settings
from flowstyle.temporal.frames import Frames
from flowstyle.temporal.held_colours import hold_colors, mean_colour, return_to
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.static import with_static_pixels
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask


class Settler:
    """Settles the frames of one shot.

    Args:
        frames: source and painted frames.
        settings: the render's.
        device: where frames are painted.
    """

    def __init__(self, frames: Frames, settings: Settings, device: torch.device) -> None:
        self._frames = frames
        self._settings = settings
        self._device = device
        self._first_colours: dict[str, tuple[Tensor, Tensor]] = {}

    def settle(self, visit: Visit, task: FrameTask, image: Tensor) -> Tensor:
        """A painted frame as it is committed.

        Args:
            visit: which frame of which sweep.
            task: what it was painted from.
            image: 1×3×H×W, painted.

        Returns:
            1×3×H×W.
        """
        if task.near is None:
            return image
        image = with_static_pixels(image, task.near.image, task.near.static)
        if not self._settings.hold_colors:
            return image
        return self._with_held_colours(visit, task.content, image, task.near)

    def _with_held_colours(
        self, visit: Visit, content: Tensor, image: Tensor, near: Pull
    ) -> Tensor:
        """Without the drift of mean colour against the neighbour and the shot's first frame."""
        free = 1 - near.static
        if near.change is not None:
            image = hold_colors(image, near.image, near.trust * free, near.change)
        painted, seen = self._colours_of_the_first(visit.kind_before, visit.opening)
        moved = mean_colour(content) - seen
        return return_to(image, painted + moved, moved, free, visit.step)

    def _colours_of_the_first(self, kind: str, first: int) -> tuple[Tensor, Tensor]:
        """Mean colours of a shot's first frame, stylised in a finished sweep and in the clip."""
        if kind not in self._first_colours:
            frames = (self._frames.painted.load(kind, first), self._frames.sources.load(first))
            painted, seen = (mean_colour(to_device(frame, self._device)) for frame in frames)
            self._first_colours[kind] = (painted, seen)
        return self._first_colours[kind]
