"""Styles, settings and networks made ready once, and used for many clips and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.cancel import CancelToken
from flowstyle.core.device import find_device
from flowstyle.core.events import Report, ignore
from flowstyle.pipeline import stylize_video
from flowstyle.render.frame_stream import stylize_frames
from flowstyle.render.prepare import OWN, Parts, choose_tools
from flowstyle.render.result import USUAL, Output, Rendered
from flowstyle.render.still import stylize_image
from flowstyle.render.style_pictures import PictureLike, StyleLike, read_styles
from flowstyle.settings import Settings, given_settings


class Stylizer:
    """Paints clips, frames and pictures in one style.

    Pictures are read and networks loaded once. An instance paints one thing at a time.

    Args:
        styles: pictures: paths, Pillow pictures, arrays, tensors.
        settings: None takes the preset ``default``.
        blend: weight of each style; None weighs them alike.
        parts: feature network, flow method, style loss or engine of the caller's own.
        report: progress, decisions, notices, and each frame that is ready.

    Raises:
        FlowstyleError: a picture cannot be read, or something that the settings name is not there.

    Example:
        >>> style = np.random.default_rng(0).integers(0, 255, (24, 24, 3), np.uint8)
        >>> quick = Settings.from_preset(
        ...     "draft", features="compact", first_iterations=1, iterations=1
        ... )
        >>> stylizer = Stylizer([style], quick)
        >>> stylizer.image(np.zeros((20, 24, 3), np.uint8)).shape
        (20, 24, 3)
        >>> len(list(stylizer.frames([np.zeros((16, 20, 3), np.uint8)] * 2)))
        2
    """

    def __init__(
        self,
        styles: Sequence[StyleLike],
        settings: Settings | None = None,
        *,
        blend: Sequence[float] | None = None,
        parts: Parts = OWN,
        report: Report = ignore,
    ) -> None:
        self.settings = given_settings(settings, "default")
        self._report = report
        self._styles = read_styles(styles, blend)
        device = find_device(self.settings.device)
        tools = choose_tools(self.settings, parts, device, report, self._styles)
        self._parts = Parts(tools.network, parts.flow, tools.style_loss, tools.engine)

    def video(
        self,
        clip: str | Path,
        output: str | Path | Output = USUAL,
        *,
        cancel: CancelToken | None = None,
    ) -> Rendered:
        """Paint a clip; see :func:`flowstyle.stylize_video`.

        Args:
            clip: a video file, a folder of pictures, or a pattern.
            output: where the result goes, or all that can be said of it.
            cancel: asked before every iteration.
        """
        return stylize_video(
            clip,
            self._styles,
            self.settings,
            output,
            parts=self._parts,
            report=self._report,
            cancel=cancel,
        )

    def frames(
        self, frames: Iterable[NDArray[np.generic]], *, cancel: CancelToken | None = None
    ) -> Iterator[NDArray[np.uint8]]:
        """Paint frames as they come; see :func:`flowstyle.stylize_frames`.

        Args:
            frames: arrays H×W×3 RGB of one size.
            cancel: asked before every iteration.
        """
        return stylize_frames(
            frames,
            self._styles,
            self.settings,
            parts=self._parts,
            report=self._report,
            cancel=cancel,
        )

    def image(self, photo: PictureLike, *, cancel: CancelToken | None = None) -> NDArray[np.uint8]:
        """Paint a photograph; see :func:`flowstyle.stylize_image`.

        Args:
            photo: a path, a Pillow picture, an array or a tensor.
            cancel: asked before every iteration.
        """
        return stylize_image(
            photo,
            self._styles,
            self.settings,
            parts=self._parts,
            report=self._report,
            cancel=cancel,
        )
