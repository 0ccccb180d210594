"""For outputs that cannot say that their pixels are not square: the picture as it is displayed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.encoders import ANIMATIONS
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.output import is_pictures
from flowstyle.media.picture_folder import resize_picture, square_size


def tells_no_shape(path: Path) -> bool:
    """Whether an output cannot say that its pixels are not square.

    Args:
        path: the output. PyAV does not reach from where a NUT file's muxer takes it.
    """
    suffix = path.suffix.lower()
    return is_pictures(path) or suffix in ANIMATIONS or suffix == ".nut"


def square_remark(info: ClipInfo, path: Path) -> str:
    """Say that pixels become square, "" where they need not.

    Args:
        info: the clip.
        path: the result.
    """
    aspect, size = info.sample_aspect, (info.width, info.height)
    if aspect == 1 or not tells_no_shape(path):
        return ""
    wide, high = square_size(size, aspect)
    return (
        f"pixels of {aspect} cannot be declared in {path.name}: they become square, what is "
        f"{size[0]}×{size[1]} in the clip is shown as {wide}×{high}"
    )


def written_size(info: ClipInfo, path: Path, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the result's pictures.

    Args:
        info: the clip.
        path: the result.
        size: (width, height) in which frames are painted.
    """
    return square_size(size, info.sample_aspect) if tells_no_shape(path) else size


class SquareWriter(FrameWriter):
    """Stretches frames to the shape in which they are displayed, and hands them on.

    Args:
        writer: what takes them.
        aspect: shape of a pixel, width over height.
    """

    def __init__(self, writer: FrameWriter, aspect: Fraction) -> None:
        self.path = writer.path
        self._writer = writer
        self._aspect = aspect

    def write(self, frame: Frame) -> None:
        """Take the next frame, in the order shown."""
        height, width = frame.image.shape[:2]
        size = square_size((width, height), self._aspect)
        alpha = None if frame.alpha is None else resize_picture(frame.alpha, size)
        self._writer.write(replace(frame, image=resize_picture(frame.image, size), alpha=alpha))

    def finish(self) -> None:
        """Complete, verify and publish the output."""
        self._writer.finish()

    def abort(self) -> None:
        """Remove what was written; the output path stays as it was."""
        self._writer.abort()
