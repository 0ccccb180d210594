"""What ffprobe would say of two clips, side by side, read with PyAV directly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2  # noqa: F401  (before av)

import av  # isort: skip


@dataclass(frozen=True)
class Facts:
    """Everything of a clip that a restyled copy must keep.

    Times are seconds as fractions. ``audio`` holds, for each stream, codec name and all packets as
    (time, bytes).
    """

    size: tuple[int, int]
    times: tuple[Fraction, ...]
    end: Fraction
    tags: tuple[int, int, int, int]
    aspect: Fraction
    audio: tuple[tuple[str, tuple[tuple[Fraction, bytes], ...]], ...]
    pixel_format: str


def facts(path: Path) -> Facts:
    """Read a clip completely.

    Args:
        path: a video file.

    Returns:
        Its facts; ``size`` is as stored, the display matrix not applied.
    """
    times: list[Fraction] = []
    end = Fraction(0)
    audio: dict[int, list[tuple[Fraction, bytes]]] = {}
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        base = video.time_base or Fraction(1)
        names = {s.index: s.codec_context.name for s in container.streams.audio}
        audio = {index: [] for index in names}
        frame = None
        for packet in container.demux():
            if packet.stream_index == video.index:
                if packet.pts is not None:
                    stop = (packet.pts + (packet.duration or 0)) * base
                    end = max(end, stop)
                for frame in packet.decode():
                    times.append(frame.pts * base)
            elif packet.size and packet.stream_index in audio and packet.pts is not None:
                at = packet.pts * packet.time_base
                audio[packet.stream_index].append((at, bytes(packet)))
        context = video.codec_context
        assert frame is not None, "no frame"
        if video.duration is not None:
            # With B-frames a packet's own duration is that of the decoding order.
            end = ((video.start_time or 0) + video.duration) * base
        return Facts(
            size=(frame.width, frame.height),
            times=tuple(times),
            end=end,
            tags=(
                int(context.color_primaries),
                int(context.color_trc),
                int(context.colorspace),
                int(context.color_range),
            ),
            aspect=video.sample_aspect_ratio or Fraction(1),
            audio=tuple((names[i], tuple(audio[i])) for i in sorted(audio)),
            pixel_format=context.pix_fmt or "",
        )
