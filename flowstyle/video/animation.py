"""Animated GIF and WebP."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowstyle.errors import OutputError, StorageError
from flowstyle.types import ClipInfo, Frame
from flowstyle.video.base import Writer
from flowstyle.video.output import discard, partial_name, publish, storage_errors

if TYPE_CHECKING:
    from PIL.Image import Image


class AnimationWriter(Writer):
    """Writes an animated GIF or WebP that repeats for ever.

    All frames are held in memory until :meth:`finish`, since Pillow writes them at once; both
    formats are for short clips.

    Args:
        path: the output, ending in ``.gif`` or ``.webp``.
        info: the source, for its time base.
    """

    def __init__(self, path: Path, info: ClipInfo) -> None:
        self.path = path
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
        from PIL import Image

        if not self._pictures:
            raise OutputError("no frame was written", self.path)
        is_gif = self.path.suffix.lower() == ".gif"
        first, *others = self._pictures
        with storage_errors(self.path):
            if is_gif:
                # Without the optimiser equal neighbours stay separate frames.
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
        with Image.open(self._partial) as written:
            total = sum(self._durations(10 if is_gif else 1))
            found = _length_ms(written)
        if abs(found - total) > 1:
            raise StorageError(
                f"the written animation lasts {found} ms instead of {total}", self.path
            )
        publish(self._partial, self.path)

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
