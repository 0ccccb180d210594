"""What the page's players show: one small clip that holds all views of a frame, one below another.

One clip for all views is what keeps the players in step: there is nothing that could run apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from flowstyle.media.proxy import ProxyWriter
from flowstyle.report.layout import BACKGROUND, Picture

LONGEST = 640
"""Pixels of a view's longer side, at most."""
BLOCK = 16
"""Views begin at whole blocks of the codec, which would else mix the colours of two of them."""


@dataclass(frozen=True)
class Moment:
    """One frame as the page shows it: H×W×3 uint8; ``views`` by name, of any size."""

    source: Picture
    styled: Picture
    views: Mapping[str, Picture] = field(default_factory=dict)

    def view(self, name: str) -> Picture | None:
        """A picture by its name: ``source``, ``styled``, or one of ``views``."""
        return {"source": self.source, "styled": self.styled, **self.views}.get(name)


@dataclass(frozen=True)
class Shape:
    """Size of a view in pixels, and how far one begins below the one before."""

    width: int
    height: int

    @property
    def step(self) -> int:
        """Pixels from the top of one view to that of the next."""
        return -(-self.height // BLOCK) * BLOCK


def shape_of(size: tuple[int, int], pixel_shape: float = 1.0, longest: int = LONGEST) -> Shape:
    """The size in which frames are shown, with square pixels and even sides.

    Args:
        size: (width, height) of the frames.
        pixel_shape: width of a pixel over its height.
        longest: pixels of the longer side; smaller frames are not enlarged.

    Example:
        >>> shape_of((1280, 720)), shape_of((64, 48)), shape_of((720, 576), 1.5).height
        (Shape(width=640, height=360), Shape(width=64, height=48), 342)
    """
    width, height = size[0] * pixel_shape, float(size[1])
    scale = min(1.0, longest / max(width, height))
    return Shape(*(max(2, 2 * round(side * scale / 2)) for side in (width, height)))


class FilmWriter:
    """Writes the clip of a page in a ``with`` statement.

    Args:
        path: ends in ``.mp4``.
        rate: frames a second.
        shape: of each view.
        names: of the views, from the top down.
    """

    def __init__(self, path: Path, rate: Fraction, shape: Shape, names: Sequence[str]) -> None:
        self._proxy = ProxyWriter(path, rate)
        self._shape = shape
        self._names = names

    def write(self, moment: Moment) -> None:
        """Add a frame; a view that it lacks stays dark.

        Raises:
            StorageError: the disk is full.
        """
        shape = self._shape
        sheet = np.full((shape.step * len(self._names), shape.width, 3), BACKGROUND, np.uint8)
        for place, name in enumerate(self._names):
            picture = moment.view(name)
            if picture is not None:
                top = place * shape.step
                sheet[top : top + shape.height] = scaled_down(picture, shape)
        self._proxy.write(sheet)

    def __enter__(self) -> FilmWriter:
        """Return the writer itself."""
        self._proxy.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._proxy.__exit__(kind, error, trace)


def scaled_down(picture: Picture, shape: Shape) -> Picture:
    """A picture in the size of a view."""
    if picture.shape[:2] == (shape.height, shape.width):
        return picture
    size = (shape.width, shape.height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
