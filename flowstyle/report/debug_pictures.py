"""Debug pictures of a render: for each frame what it was pulled to and how far that was trusted."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from flowstyle.media.pictures import write_picture
from flowstyle.report.sheets import Motion, Painting, flow_sheet
from flowstyle.settings import Settings
from flowstyle.temporal.frames import SourceFrames
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Painted

WHEEL_PART = 0.02  # of the frame's width that the colour wheel's radius stands for


class DebugPictures:
    """Writes ``debug/000012.png`` into the work folder for the last frame made of each index.

    One radius of the colour wheel serves the whole render, so that frames can be compared.

    Args:
        folder: the work folder.
        sources: the clip's frames.
        settings: of the render; pictures count as the clip does.
        pixel_shape: width of a pixel over its height.
    """

    def __init__(
        self, folder: Path, sources: SourceFrames, settings: Settings, pixel_shape: float
    ) -> None:
        self.folder = folder / "debug"
        self.folder.mkdir(exist_ok=True)
        self._sources = sources
        self._first = settings.start_frame
        self._pixel_shape = pixel_shape

    def __call__(self, visit: Visit, task: FrameTask, painted: Painted) -> None:
        """Draw one frame; see :data:`flowstyle.execution.protocol.Watch`."""
        number = self._first + visit.index
        image, near = painted.image.cpu(), task.near
        sheet = flow_sheet(
            self._sources.load(visit.index),
            None if near is None else self._motion(near),
            WHEEL_PART * image.shape[-1],
            title=f"frame {number}, sweep {visit.sweep.number}",
            painting=painting_of(image, near),
            pixel_shape=self._pixel_shape,
        )
        write_picture(self.folder / f"{number:06d}.png", sheet, overwrite=True)

    def _motion(self, near: Pull) -> Motion | None:
        """Flow and masks that a neighbour was brought with."""
        if near.origin is None:
            return None
        origin = near.origin
        return Motion(self._sources.load(origin.index), origin.flow.cpu(), origin.masks)


def painting_of(image: Tensor, near: Pull | None) -> Painting:
    """What was painted of a frame, with the neighbour that it was held to.

    Args:
        image: 1×3×H×W.
        near: None for a shot's first frame.
    """
    if near is None:
        return Painting(image)
    return Painting(image, near.image.cpu(), near.trust.cpu(), near.usable.cpu())
