"""Small clips for a page: every frame is shown equally long, and single frames are found exactly.

No frame refers to a later one, and at most ten lie between two that stand alone, so that a browser
that is asked for a time shows the frame of that time and no other.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flowstyle.media.colour import BT709_TAGS, from_rgb
from flowstyle.media.output import storage_errors

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

OPTIONS = {"preset": "veryfast", "crf": "23", "bf": "0", "g": "10", "sc_threshold": "0"}
MAX_RATE = 120
"""Frames a second that browsers still show one by one."""


def playable_rate(rate: Fraction) -> Fraction:
    """The rate at which a page plays a clip: its own, or 24 where it has none.

    Args:
        rate: the clip's mean frames a second.

    Example:
        >>> playable_rate(Fraction(30000, 1001)), playable_rate(Fraction(0))
        (Fraction(30000, 1001), Fraction(24, 1))
    """
    if rate <= 0:
        return Fraction(24)
    return min(rate, Fraction(MAX_RATE)).limit_denominator(65535)


class ProxyWriter:
    """Writes an H.264 MP4 in a ``with`` statement.

    Args:
        path: ends in ``.mp4``; an existing file is replaced.
        rate: frames a second.
    """

    def __init__(self, path: Path, rate: Fraction) -> None:
        self._path = path
        self._rate = rate
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._count = 0

    def write(self, image: NDArray[np.uint8]) -> None:
        """Encode the next frame.

        Args:
            image: H×W×3 RGB, of one size with even sides for the whole clip.

        Raises:
            StorageError: the disk is full.
        """
        with storage_errors(self._path):
            if self._container is None or self._stream is None:
                self._container, self._stream = self._open(image.shape[1], image.shape[0])
            coded = from_rgb(image, "yuv420p", BT709_TAGS)
            coded.pts = self._count
            coded.time_base = 1 / self._rate
            self._container.mux(self._stream.encode(coded))
        self._count += 1

    def _open(self, width: int, height: int) -> tuple[OutputContainer, VideoStream]:
        from flowstyle.media.pyav import av

        container = av.open(
            f"file:{self._path.absolute()}",
            mode="w",
            format="mp4",
            container_options={"movflags": "+faststart"},
        )
        self._container = container
        stream = container.add_stream("libx264", rate=self._rate, options=OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = stream.time_base = 1 / self._rate
        context.colorspace, context.color_primaries = BT709_TAGS.matrix, BT709_TAGS.primaries
        context.color_trc, context.color_range = BT709_TAGS.transfer, 1
        return container, stream

    def __enter__(self) -> ProxyWriter:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file, complete unless there was an error.

        Raises:
            StorageError: the disk is full.
        """
        if self._container is None:
            return
        with storage_errors(self._path):
            try:
                if error is None and self._stream is not None:
                    self._container.mux(self._stream.encode(None))
            finally:
                self._container.close()
                self._container = None
