"""Debug pictures of a render: for each frame what it was pulled to and how far that was trusted."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from flowstyle.media.pictures import write_picture
from flowstyle.report.sheets import flow_sheet
from flowstyle.storage.frames import FrameStore
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.sweeps import Sweep

WHEEL_PART = 0.02  # of the frame's width that the colour wheel's radius stands for


class DebugPictures:
    """Writes ``debug/000012.png`` into the work folder for the last frame made of each index.

    One radius of the colour wheel serves the whole render, so that frames can be compared.

    Args:
        folder: the work folder.
        store: gives the source frames.
        first: number of the render's first frame in the clip; pictures count as the clip does.
    """

    def __init__(self, folder: Path, store: FrameStore, first: int = 0) -> None:
        self._folder = folder / "debug"
        self._folder.mkdir(exist_ok=True)
        self._store = store
        self._first = first

    def __call__(self, sweep: Sweep, index: int, image: Tensor, pulls: list[Pull]) -> None:
        """Draw one frame; see :data:`flowstyle.execution.shot_pass.Watch`."""
        number = self._first + index
        origin = pulls[0].origin if pulls else None
        nothing = torch.zeros_like(image[:, :1])
        sheet = flow_sheet(
            self._store.source(index),
            None if origin is None else self._store.source(origin.index),
            None if origin is None else origin.flow.cpu(),
            None if origin is None else origin.masks,
            WHEEL_PART * image.shape[-1],
            title=f"frame {number}, sweep {sweep.number}",
            styled=image.cpu(),
            used=(pulls[0].trust if pulls else nothing).cpu(),
            usable=(pulls[0].usable if pulls else nothing).cpu(),
        )
        write_picture(self._folder / f"{number:06d}.png", sheet, overwrite=True)
