"""Animated GIF and WebP."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.errors import OutputError, StorageError
from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.gif_colours import Ditherer, palette
from flowstyle.media.largest import check_frame_size
from flowstyle.media.output import discard, partial_name, publish, storage_errors
from flowstyle.media.webp_file import LONGEST, WebpPicture, animation, code, still

if TYPE_CHECKING:
    from PIL.Image import Image


# Change of a pixel, of 255, that is not shown: paint that stands still moves by rounding.
_UNSEEN = 2

# The longest time of a picture of a GIF, in ms: 16 bits of hundredths of a second.
_LONGEST = 655_350

# Browsers take 10 ms for a mistake, and show such a picture of a GIF for 100 ms.
_BROWSERS_FASTEST = Fraction(50)

Bytes = NDArray[np.uint8]


class AnimationWriter(FrameWriter):
    """Writes an animated GIF or WebP that repeats for ever.

    What stands still stays the same to the bit: a pixel is shown anew when it has changed by more
    than two of 255 since it was last. The frames of a GIF share one palette, and wait for it in a
    temporary file; those of a WebP are held coded. Of equal neighbours the first is shown for their
    time together; a WebP of one picture is a still one.

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
        self._is_gif = path.suffix.lower() == ".gif"
        self._count = 0
        self._shown: Bytes | None = None
        # The frames of a GIF, beside the result: other folders may lie in memory.
        self._waiting: IO[bytes] | None = None
        if self._is_gif:
            with storage_errors(path):
                self._waiting = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115
        self._pictures: list[WebpPicture] = []  # of a WebP
        self._times: list[Fraction] = []  # at which a picture is shown that differs
        self._end = Fraction(0)
        if self._is_gif and info.rate > _BROWSERS_FASTEST:
            report(
                Notice(
                    f"a GIF counts hundredths of a second, and browsers play more than "
                    f"{_BROWSERS_FASTEST} frames a second slowly: -o "
                    f"{path.with_suffix('.webp').name} keeps {float(info.rate):g}"
                )
            )

    def write(self, frame: Frame) -> None:
        """Take one frame.

        Args:
            frame: uint8, or uint16 which is reduced to 8 bits.

        Raises:
            OutputError: it is larger than the kind of file can hold.
        """
        image = frame.image
        if image.dtype == np.uint16:
            image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
        self._count += 1
        self._end = (frame.pts + frame.duration) * self._time_base
        changed: NDArray[np.bool_] | None = None
        if self._shown is None:
            check_frame_size(self.path, (image.shape[1], image.shape[0]))
            self._shown = np.array(image, np.uint8)
        else:
            apart = np.maximum(image, self._shown) - np.minimum(image, self._shown)
            changed = np.asarray((apart > _UNSEEN).any(axis=2))
            if not changed.any():
                return
            self._shown[changed] = image[changed]
        self._times.append(frame.pts * self._time_base)
        if self._waiting is not None:
            with storage_errors(self.path):
                self._waiting.write(self._shown.tobytes())
        else:
            self._pictures.append(code(self._shown, changed))

    def finish(self) -> None:
        """Write, read back, count, rename.

        Raises:
            OutputError: no frame was written.
            StorageError: the disk is full, or the file does not hold what was written.
        """
        if self._shown is None:
            raise OutputError("no frame was written", self.path)
        durations = self._shown_for()
        with storage_errors(self.path):
            if self._waiting is not None:
                self._waiting.flush()
                shape = (len(self._times), *self._shown.shape)
                images = np.memmap(self._waiting, np.uint8, "r", shape=shape)
                self._write_gif(list(images), durations)
                self._waiting.close()
            else:
                self._partial.write_bytes(self._webp(self._shown, durations))
        self._verify(sum(durations))
        publish(self._partial, self.path)

    def _write_gif(self, images: list[Bytes], durations: list[int]) -> None:
        from PIL import Image

        colours = palette(images)
        ditherer = Ditherer(colours)
        pictures = []
        for image in images:
            picture = Image.fromarray(ditherer.indices(image))
            picture.putpalette(colours.tobytes())
            pictures.append(picture)
        first, *others = pictures
        first.save(
            self._partial,
            format="GIF",
            save_all=True,
            append_images=others,
            duration=durations,
            loop=0,
            disposal=1,
            optimize=False,
        )

    def _webp(self, shown: Bytes, durations: list[int]) -> bytes:
        if len(self._pictures) == 1:
            return still(shown)
        return animation(self._pictures, durations, (shown.shape[1], shown.shape[0]))

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
        is_still = frames == 1 and not self._is_gif
        if frames > len(self._times) or (abs(found - length_ms) > 1 and not is_still):
            raise StorageError(
                f"the written animation has {frames} frames and lasts {found} ms instead of "
                f"{len(self._times)} frames and {length_ms} ms",
                self.path,
                "check the disk and run the same command again, or let the name end in .mp4",
            )
        equal = self._count - frames
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

    def _shown_for(self) -> list[int]:
        """Milliseconds of each frame, as far as the file can tell them."""
        wanted = self._durations(10 if self._is_gif else 1)
        longest = _LONGEST if self._is_gif else LONGEST
        if max(wanted) > longest:
            self._report(
                Notice(
                    f"{self.path.name} shows no picture for more than {longest / 1000:g} s: what "
                    "stands still for longer is cut short; let the name end in .mp4"
                )
            )
        return [min(each, longest) for each in wanted]

    def _durations(self, step_ms: int) -> list[int]:
        """Milliseconds of each frame, in whole steps, without the rounding adding up."""
        edges = [*self._times, self._end]
        ticks = [round((edge - edges[0]) * 1000 / step_ms) for edge in edges]
        return [max(1, b - a) * step_ms for a, b in pairwise(ticks)]

    def abort(self) -> None:
        """Leave nothing behind."""
        self._pictures.clear()
        if self._waiting is not None:
            self._waiting.close()
        discard(self._partial)


def _length_ms(picture: Image) -> int:
    """Total duration of an animation; every frame is decoded."""
    total = 0
    for number in range(getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
        total += int(picture.info.get("duration", 0))
    return total
