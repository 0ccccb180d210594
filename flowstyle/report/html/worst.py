"""Pictures of the frames that flicker most: the paint, what was compared, where it differs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flowstyle.core.images import to_tensor
from flowstyle.flow.protocol import FlowMethod
from flowstyle.flow.warp import warp
from flowstyle.media.pictures import write_picture
from flowstyle.metrics.judge import JUDGES
from flowstyle.metrics.profile import worst_frames
from flowstyle.metrics.summary import ClipFigures
from flowstyle.metrics.warp_error import trusted
from flowstyle.report.html.film import Moment, Shape, scaled_down, shape_of
from flowstyle.report.layout import Picture
from flowstyle.report.overlays import ERROR_SCALE, error_picture

COUNT = 8
"""Frames that are shown."""
LEFT_OUT = np.array((226, 88, 62), np.float64)
"""Colour laid over pixels that the judge leaves out."""


@dataclass(frozen=True)
class WorstFrame:
    """A frame to look at, counted from the first: its warp error, and its pictures by name."""

    index: int
    error: float
    source_error: float
    pictures: tuple[tuple[str, str], ...]


def wanted(figures: ClipFigures | None) -> list[int]:
    """The frames to draw, the worst first."""
    return [] if figures is None else worst_frames(figures.profile, COUNT)


class WorstFrames:
    """Draws the worst frames of a clip as they come by.

    Args:
        folder: that the pictures go into.
        figures: of the clip; None: nothing is drawn.
        size: (width, height) of the frames.
        pixel_shape: width of a pixel over its height.
    """

    def __init__(
        self,
        folder: Path,
        figures: ClipFigures | None,
        size: tuple[int, int],
        pixel_shape: float = 1.0,
    ) -> None:
        self._folder = folder
        self._figures = figures
        self._order = wanted(figures)
        self._shape = shape_of(size, pixel_shape)
        self._judge: FlowMethod | None = None
        self._drawn: dict[int, WorstFrame] = {}
        self._before: Moment | None = None

    def look(self, index: int, moment: Moment) -> None:
        """Take the next frame.

        Raises:
            OutputError: its pictures cannot be written.
            StorageError: the disk is full.
        """
        if index in self._order and self._before is not None:
            self._drawn[index] = self._draw(index, self._before, moment)
        self._before = moment

    def found(self) -> list[WorstFrame]:
        """Those that were drawn, the worst first."""
        return [self._drawn[index] for index in self._order if index in self._drawn]

    def _draw(self, index: int, before: Moment, now: Moment) -> WorstFrame:
        if self._figures is None:
            raise ValueError("a clip without figures has no worst frames")
        if self._judge is None:
            known = self._figures.judge in JUDGES.names()
            name = self._figures.judge if known else "farneback"  # others need a GPU, or weights
            self._judge = JUDGES.get(name)(torch.device("cpu"))
        names = []
        for name, picture in compared(before, now, self._judge, self._shape).items():
            file = f"{index:06d}-{name}.jpg"
            write_picture(self._folder / file, picture, overwrite=True)
            names.append((name, file))
        measured = self._figures.profile[index]
        return WorstFrame(
            index, measured.warp_error or 0.0, measured.source_warp_error or 0.0, tuple(names)
        )


def compared(before: Moment, now: Moment, judge: FlowMethod, shape: Shape) -> dict[str, Picture]:
    """What is compared for the warp error of a frame, in the size in which the page shows it.

    Args:
        before: the frame before.
        now: the frame.
        judge: the flow that judges.
        shape: of the pictures.

    Returns:
        ``painted``: the frame; ``error``: how much the paint differs from that of the frame before,
        brought onto each other along the motion; ``source_error``: the same of the source;
        ``mask``: the source with what the judge leaves out in colour.
    """
    one, other = (to_tensor(scaled_down(m.source, shape)) for m in (before, now))
    paint_one, paint_other = (to_tensor(scaled_down(m.styled, shape)) for m in (before, now))
    # The figure is counted on the places of the frame before; the pictures stand on those of this
    # one, so that what is bright in one of them is found in the others where it is.
    flow = judge(other, one, (1, 0))
    mask = trusted(flow, judge(one, other, (0, 1)))
    return {
        "painted": scaled_down(now.styled, shape),
        "error": _error(paint_other, paint_one, flow, mask),
        "source_error": _error(other, one, flow, mask),
        "mask": _left_out(other, mask),
    }


def _error(target: Tensor, source: Tensor, flow: Tensor, mask: Tensor) -> Picture:
    """Differences where they are counted, on the scale of all error pictures."""
    moved = warp(source, flow)
    return error_picture(torch.where(mask > 0, target, moved), moved, ERROR_SCALE)


def _left_out(image: Tensor, mask: Tensor) -> Picture:
    grey = image.mean(dim=1)[0].numpy()[..., None] * 255 * np.ones(3)
    left_out = (mask[0, 0].numpy() == 0)[..., None]
    return np.where(left_out, 0.35 * grey + 0.65 * LEFT_OUT, grey).astype(np.uint8)
