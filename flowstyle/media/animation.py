"""Animated GIF and WebP."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowstyle.core.errors import OutputError, StorageError
from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.output import discard, partial_name, publish, storage_errors

if TYPE_CHECKING:
    from PIL.Image import Image


class AnimationWriter(FrameWriter):
    """Writes an animated GIF or WebP that repeats for ever.

    All frames are held in memory until :meth:`finish`, since Pillow writes them at once; both
    formats are for short clips. Of equal neighbours Pillow writes the first, for their time
    together; a WebP of one picture is a still one.

    Args:
        path: the output, ending in ``.gif`` or ``.webp``.
        info: the source, for its time base.
        report: told of frames that are equal to the one before.
    """

    def __init__(self, path: Path, info: ClipInfo, *, report: Report = ignore) -> None:
        self.path = path
        self._report = report
        self._time_base = info.time_base
        self._partial = partial_name(path)
        self._pictures: list[Image] = []
        self._times: list[Fraction] = []
        self._end = Fraction(0)

    def write(self, frame: Frame) -> None:
        """Take one frame.

        Args:
            frame: uint8, or uint16 which is reduced to 8 bits.
        """
        from PIL import Image

        image = frame.image
        if image.dtype == np.uint16:
            image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
        picture = Image.fromarray(np.ascontiguousarray(image))
        if self.path.suffix.lower() == ".gif":
            picture = picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
        self._pictures.append(picture)
        self._times.append(frame.pts * self._time_base)
        self._end = (frame.pts + frame.duration) * self._time_base

    def finish(self) -> None:
        """Write, read back, count, rename.

        Raises:
            OutputError: no frame was written.
            StorageError: the disk is full, or the file does not hold what was written.
        """
        if not self._pictures:
            raise OutputError("no frame was written", self.path)
        is_gif = self.path.suffix.lower() == ".gif"
        first, *others = self._pictures
        with storage_errors(self.path):
            if is_gif:
                first.save(
                    self._partial,
                    format="GIF",
                    save_all=True,
                    append_images=others,
                    duration=self._durations(10),
                    loop=0,
                    disposal=1,
                )
            else:
                first.save(
                    self._partial,
                    format="WEBP",
                    save_all=True,
                    append_images=others,
                    duration=self._durations(1),
                    loop=0,
                    quality=90,
                    method=4,
                )
        self._verify(sum(self._durations(10 if is_gif else 1)))
        publish(self._partial, self.path)

    def _verify(self, length_ms: int) -> None:
        """Read the file back, and say how many frames it does not hold.

        Args:
            length_ms: of the whole animation.

        Raises:
            StorageError: it has another length, or more frames than were given.
        """
        from PIL import Image

        with Image.open(self._partial) as written:
            frames = getattr(written, "n_frames", 1)
            found = _length_ms(written)
        is_still = frames == 1 and self.path.suffix.lower() == ".webp"
        if frames > len(self._pictures) or (abs(found - length_ms) > 1 and not is_still):
            raise StorageError(
                f"the written animation has {frames} frames and lasts {found} ms instead of "
                f"{len(self._pictures)} frames and {length_ms} ms",
                self.path,
                "check the disk and run the same command again, or let the name end in .mp4",
            )
        equal = len(self._pictures) - frames
        if equal and is_still:
            self._report(
                Notice(f"all frames are equal: {self.path.name} is a still picture without a time")
            )
        elif equal:
            self._report(
                Notice(
                    f"{equal} frames equal to the one before are shown by longer times in "
                    f"{self.path.name}"
                )
            )

    def _durations(self, step_ms: int) -> list[int]:
        """Milliseconds of each frame, in whole steps, without the rounding adding up."""
        edges = [*self._times, self._end]
        ticks = [round((edge - edges[0]) * 1000 / step_ms) for edge in edges]
        return [max(1, b - a) * step_ms for a, b in pairwise(ticks)]

    def abort(self) -> None:
        """Leave nothing behind."""
        self._pictures.clear()
        discard(self._partial)


def _length_ms(picture: Image) -> int:
    """Total duration of an animation; every frame is decoded."""
    total = 0
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
        total += int(picture.info.get("duration", 0))
    return total
