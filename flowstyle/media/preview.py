"""A clip that can be watched while it is being made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.colour import BT709_TAGS, Picture, from_rgb
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.output import storage_errors

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream


class PreviewWriter(FrameWriter):
    """Writes an MP4 in which every frame can be played as soon as it is there.

    It has no sound, is encoded fast rather than well, and is never renamed: whatever stands in it
    when a run ends stays. An existing file is replaced.

    Args:
        path: a file ending in ``.mp4``.
        info: the source, for its clock and the shape of its pixels.
    """

    def __init__(self, path: Path, info: ClipInfo) -> None:
        self.path = path
        self._info = info
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._start = 0

    def write(self, frame: Frame) -> None:
        """Encode one frame and hand it to the operating system.

        Args:
            frame: of an odd side the last row or column is repeated.

        Raises:
            StorageError: the disk is full.
        """
        height, width = frame.image.shape[:2]
        odd = ((0, height % 2), (0, width % 2), (0, 0))
        image = cast("Picture", np.pad(frame.image, odd, mode="edge"))
        with storage_errors(self.path):
            if self._container is None or self._stream is None:
                self._container, self._stream = self._open(image.shape[1], image.shape[0])
                self._start = frame.pts
            coded = from_rgb(image, "yuv420p", BT709_TAGS)
            coded.pts = frame.pts - self._start
            coded.time_base = self._info.time_base
            for packet in self._stream.encode(coded):
                packet.duration = frame.duration
                self._container.mux(packet)

    def _open(self, width: int, height: int) -> tuple[OutputContainer, VideoStream]:
        """Begin the file, now that the size is known."""
        from flowstyle.media.pyav import av

        container = av.open(
            f"file:{self.path.absolute()}",
            mode="w",
            format="mp4",
            container_options={
                "movflags": "+frag_every_frame+empty_moov+default_base_moof",
                "flush_packets": "1",
            },
        )
        # Without delay in the encoder, a frame is in the file when write returns.
        stream = container.add_stream(
            "libx264",
            rate=self._info.rate.limit_denominator(65535),
            options={"preset": "ultrafast", "tune": "zerolatency", "crf": "24"},
        )
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = stream.time_base = self._info.time_base
        context.sample_aspect_ratio = self._info.sample_aspect or Fraction(1)
        context.colorspace, context.color_primaries = BT709_TAGS.matrix, BT709_TAGS.primaries
        context.color_trc, context.color_range = BT709_TAGS.transfer, 1
        return container, stream

    def finish(self) -> None:
        """Close the file."""
        self.abort()

    def abort(self) -> None:
        """Close the file; it keeps what is in it."""
        if self._container is not None:
            with storage_errors(self.path):
                self._container.close()
            self._container = None
