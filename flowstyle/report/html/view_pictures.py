"""What the players of a report show beside source and result, kept by a run with ``--debug``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.media.pictures import write_picture
from flowstyle.report.html.film import Shape, scaled_down, shape_of
from flowstyle.report.layout import Picture
from flowstyle.report.overlays import error_picture, flow_picture, mask_overlay
from flowstyle.settings import Settings
from flowstyle.temporal.frames import SourceFrames
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Painted

FOLDER = "views"
NAMES = ("flow", "masks", "error")
WHEEL_PART = 0.02  # of the frame's width that the colour wheel's radius stands for


class ViewPictures:
    """Writes ``views/000012.png`` into the work folder: flow, masks, warp error, one below another.

    Args:
        folder: the work folder.
        sources: the clip's frames.
        settings: of the render.
        pixel_shape: width of a pixel over its height.
    """

    def __init__(
        self, folder: Path, sources: SourceFrames, settings: Settings, pixel_shape: float
    ) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(exist_ok=True)
        self._sources = sources
        self._pixel_shape = pixel_shape

    def __call__(self, visit: Visit, task: FrameTask, painted: Painted) -> None:
        """Draw one frame; see :data:`flowstyle.execution.protocol.Watch`."""
        origin = None if task.near is None else task.near.origin
        if origin is None:
            return  # the first frame of a shot has nothing to be compared with
        current, before = (self._sources.load(index) for index in (visit.index, origin.index))
        flow = origin.flow.cpu()
        height, width = current.shape[-2:]
        shape = shape_of((width, height), self._pixel_shape)
        pictures = (
            flow_picture(flow, WHEEL_PART * width),
            mask_overlay(current, origin.masks),
            error_picture(warp_lanczos(before, flow), current),
        )
        sheet = np.concatenate([scaled_down(picture, shape) for picture in pictures])
        write_picture(self._folder / f"{visit.index:06d}.png", sheet, overwrite=True)


def kept_views(folder: Path, index: int, shape: Shape) -> dict[str, Picture]:
    """The views of a frame by name; none where they were not drawn.

    Args:
        folder: the work folder.
        index: of the frame.
        shape: of the views.
    """
    path = folder / FOLDER / f"{index:06d}.png"
    sheet = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if sheet is None or sheet.shape[:2] != (shape.height * len(NAMES), shape.width):
        return {}
    rgb = np.ascontiguousarray(sheet[..., ::-1]).astype(np.uint8)
    rows = [rgb[k * shape.height : (k + 1) * shape.height] for k in range(len(NAMES))]
    return dict(zip(NAMES, rows, strict=True))


def has_views(folder: Path) -> bool:
    """Whether a run with ``--debug`` kept any."""
    place = folder / FOLDER
    return place.is_dir() and any(place.glob("*.png"))
