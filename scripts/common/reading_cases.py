"""Clips of every container, codec, order of streams and kind of frame, and what they hold.

Nothing here uses the program: FFmpeg's own reading, by PyAV, is the judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2  # noqa: F401 - before av
import numpy as np
from numpy.typing import NDArray

from scripts.common.clip_writer import add_sound, picture, write_sound

import av  # isort: skip - after cv2

RATE = Fraction(25)
COUNT = 12

CONTAINERS: dict[str, tuple[tuple[str, ...], str]] = {
    "mp4": (("libx264", "libx265", "mpeg4", "libvpx-vp9", "libsvtav1"), "aac"),
    "mov": (("libx264", "prores_ks", "mjpeg"), "pcm_s16le"),
    "mkv": (("libx264", "libx265", "mpeg2video", "mpeg4", "ffv1"), "aac"),
    "webm": (("libvpx", "libvpx-vp9"), "libopus"),
    "avi": (("libx264", "mpeg4", "mjpeg", "ffv1"), "libmp3lame"),
    "ts": (("libx264", "libx265", "mpeg2video"), "aac"),
    "m2ts": (("libx264",), "ac3"),
    "mpg": (("mpeg2video", "mpeg1video"), "mp2"),
    "vob": (("mpeg2video",), "ac3"),
    "flv": (("libx264", "flv"), "aac"),
    "asf": (("libx264", "wmv2"), "libmp3lame"),
    "nut": (("libx264", "mpeg4"), "aac"),
    "mxf": (("libx264", "mpeg2video"), ""),
    "3gp": (("mpeg4",), "aac"),
    "gif": (("gif",), ""),
    "apng": (("apng",), ""),
    "ivf": (("libvpx-vp9",), ""),
    "dv": (("dvvideo",), ""),
    "h264": (("libx264",), ""),
    "hevc": (("libx265",), ""),
    "m2v": (("mpeg2video",), ""),
}
"""Codecs of the picture and the codec of the sound, by suffix; "" where there is no sound."""

REORDERING = ("libx264", "libx265", "mpeg4", "mpeg2video", "mpeg1video")
"""Encoders that make B-frames."""

_ALIKE = 4.0
"""Of 255: two ways to bring chroma to full size differ by less, two neighbouring frames by 19."""

_FORMATS = {"prores_ks": "yuv422p10le", "gif": "rgb8", "apng": "rgb24", "mjpeg": "yuvj420p"}
_QUICK = {
    "libx264": {"preset": "veryfast", "b-adapt": "0"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:bframes={}:b-adapt=0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12"},
}


@dataclass(frozen=True)
class Case:
    """One clip: its suffix, its encoder, whether and where there is sound, its B-frames."""

    suffix: str
    codec: str
    sound: str  # "none", "after" or "before" the picture
    b_frames: int

    @property
    def name(self) -> str:
        """A file name."""
        return f"{self.codec}_{self.sound}_{self.b_frames}.{self.suffix}"


def cases() -> Iterator[Case]:
    """All combinations that can be written."""
    for suffix, (codecs, sound) in CONTAINERS.items():
        for codec in codecs:
            for order in ("none", "after", "before") if sound else ("none",):
                for b_frames in (0, 2) if codec in REORDERING else (0,):
                    yield Case(suffix, codec, order, b_frames)


def write_case(folder: Path, case: Case) -> Path:
    """Write a clip of 12 frames, 25 a second, the sound in step.

    Args:
        folder: that exists.
        case: what to write.

    Returns:
        The file.
    """
    path = folder / case.name
    sound_codec = CONTAINERS[case.suffix][1]
    options = {k: v.format(case.b_frames) for k, v in _QUICK.get(case.codec, {}).items()}
    with av.open(str(path), "w") as container:
        sound: Any = add_sound(container, sound_codec) if case.sound == "before" else None
        stream: Any = container.add_stream(case.codec, rate=RATE, options=options)
        size = (720, 576) if case.codec == "dvvideo" else (96, 64)
        stream.width, stream.height = size
        stream.pix_fmt = _FORMATS.get(case.codec, "yuv420p")
        stream.codec_context.time_base, stream.codec_context.gop_size = 1 / RATE, 12
        if case.codec in REORDERING:
            stream.codec_context.max_b_frames = case.b_frames
        if case.sound == "after":
            sound = add_sound(container, sound_codec)
        container.start_encoding()
        for k in range(COUNT):
            frame = av.VideoFrame.from_ndarray(picture(k, size), "rgb24")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = k, 1 / RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            write_sound(container, sound, Fraction(0), 0.5)
    return path


@dataclass(frozen=True)
class Reading:
    """Frames as read: their times from the first on, in seconds, and the outer pictures' luma."""

    times: tuple[Fraction, ...]
    first: NDArray[np.float64]
    last: NDArray[np.float64]

    def differs_from(self, other: Reading) -> str:
        """What is not the same, in a few words; "" if all is."""
        if len(self.times) != len(other.times):
            return f"{len(self.times)} frames, not {len(other.times)}"
        gap = max(abs(a - b) for a, b in zip(self.times, other.times, strict=True))
        if gap > Fraction(1, 500):
            return f"times off by {float(gap):.3f} s"
        worst = max(
            float(np.abs(a - b).mean())
            for a, b in ((self.first, other.first), (self.last, other.last))
        )
        return f"pictures differ by {worst:.1f}/255" if worst > _ALIKE else ""


def grey(image: NDArray[Any]) -> NDArray[np.float64]:
    """Mean of the channels, 0 to 255, H×W."""
    scale = 255 / np.iinfo(image.dtype).max
    return image[..., :3].astype(np.float64).mean(axis=2) * scale


def _decoding_times(path: Path) -> list[int | None]:
    """Of each packet of the picture."""
    with av.open(str(path)) as container:
        return [p.dts for p in container.demux(container.streams.video[0]) if p.size]


def ffmpeg_reading(path: Path) -> Reading:
    """A clip as FFmpeg decodes it.

    H.264 in AVI and MXF has times of decoding only: its frames come in order, and get these times
    in order. Frames without a time follow each other evenly.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        base = stream.time_base or Fraction(1)
        stamps = [frame.pts for frame in frames]
        if container.format.name == "avi" and stream.codec_context.name == "h264":
            stamps = _decoding_times(path)
        images = [frame.to_ndarray(format="rgb24") for frame in (frames[0], frames[-1])]
    if any(at is None for at in stamps):
        times = [k / RATE for k in range(len(frames))]
    else:
        ordered = sorted(stamps)
        times = [(at - ordered[0]) * base for at in ordered]
    return Reading(tuple(times), grey(images[0]), grey(images[1]))
