"""Paints one look of a preview, and takes the time of what it consists of."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.cancel import CancelToken
from flowstyle.flow.registry import make_flow
from flowstyle.render.frame_stream import stylize_frames
from flowstyle.render.prepare import Parts, Plan
from flowstyle.render.preview.moments import LEAST_MOVING
from flowstyle.render.stopwatch import Stopwatch
from flowstyle.settings import Settings

Picture = NDArray[np.uint8]


class LookPainter:
    """Paints the frames of one look.

    Args:
        plan: of the render.
        settings: of the preview, from :func:`flowstyle.render.preview.choice.at_rung`.
        cancel: asked before every iteration.
    """

    def __init__(self, plan: Plan, settings: Settings, cancel: CancelToken) -> None:
        self.watch = Stopwatch()
        self._plan, self._settings, self._cancel = plan, settings, cancel
        tools, flow = plan.tools, plan.flow
        if flow.reach == "files":  # which have the render's size
            flow = make_flow("auto", tools.device, settings.flow_quality)
        self._parts = Parts(tools.network, flow, tools.style_loss, tools.engine)

    def moving(self, frames: Sequence[Picture], until: float) -> list[Picture]:
        """The moving piece; it ends early where the time is out.

        Args:
            frames: of one shot, in a row.
            until: a time of the monotonic clock.
        """
        painted: list[Picture] = []
        self.watch.begin()
        with closing(self._paint(frames)) as stream:
            for picture in stream:
                painted.append(picture)
                if time.monotonic() > until and len(painted) >= LEAST_MOVING:
                    break
        self.watch.over(self._settings.sweeps, len(painted))
        return painted

    def alone(self, frame: Picture) -> Picture:
        """A frame as if a shot began with it."""
        self.watch.begin()
        with closing(self._paint([frame])) as stream:
            return next(stream)

    def _paint(self, frames: Sequence[Picture]) -> Generator[Picture, None, None]:
        yield from stylize_frames(
            frames,
            self._plan.styles,
            self._settings,
            parts=self._parts,
            report=self.watch,
            cancel=self._cancel,
        )
