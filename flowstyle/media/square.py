"""For outputs that cannot say that their pixels are not square: the picture as it is displayed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from flowstyle.core.events import Notice, Report
from flowstyle.core.types import Frame
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.picture_folder import resize_picture, square_size


class SquareWriter(FrameWriter):
    """Stretches frames to the shape in which they are displayed, and hands them on.

    Args:
        writer: what takes them.
        aspect: shape of a pixel, width over height.
        report: told once how large the result is.
    """

    def __init__(self, writer: FrameWriter, aspect: Fraction, report: Report) -> None:
        self.path = writer.path
        self._writer = writer
        self._aspect = aspect
        self._report = report
        self._said = False

    def write(self, frame: Frame) -> None:
        """Take the next frame, in the order shown."""
        height, width = frame.image.shape[:2]
        size = square_size((width, height), self._aspect)
        if not self._said:
            self._said = True
            self._report(
                Notice(
                    f"pixels of {self._aspect} cannot be declared in {self.path.name}: they "
                    f"become square, {width}×{height} is written as {size[0]}×{size[1]}"
                )
            )
        alpha = None if frame.alpha is None else resize_picture(frame.alpha, size)
        self._writer.write(replace(frame, image=resize_picture(frame.image, size), alpha=alpha))

    def finish(self) -> None:
        """Complete, verify and publish the output."""
        self._writer.finish()

    def abort(self) -> None:
        """Remove what was written; the output path stays as it was."""
        self._writer.abort()
