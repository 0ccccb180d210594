"""Clips with a beep at a known time, in any codec of sound; and where a clip has its beep.

Nothing here uses the program, so that a mistake there is not repeated here.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2  # noqa: F401 - before av
import numpy as np
from numpy.typing import NDArray

import av  # isort: skip - after cv2

av.logging.set_level(None)

BEEP = Fraction(1, 2)
"""Seconds from the first picture to the beep."""

SOURCES = {
    "aac": ("aac", ".mp4"),
    "mp3": ("libmp3lame", ".mkv"),
    "mp2": ("mp2", ".ts"),
    "ac3": ("ac3", ".ts"),
    "eac3": ("eac3", ".mkv"),
    "flac": ("flac", ".mkv"),
    "alac": ("alac", ".mov"),
    "opus": ("libopus", ".mkv"),
    "vorbis": ("vorbis", ".mkv"),
    "pcm_s16le": ("pcm_s16le", ".avi"),
    "adpcm_ms": ("adpcm_ms", ".avi"),
    "wmav2": ("wmav2", ".wmv"),
}
"""FFmpeg's encoder of each codec, and a file in which it is met."""

LAYOUTS = ("mono", "stereo", "5.1", "7.1")

_SECONDS = 0.8
_PITCH = 1000.0


def write_beep(
    path: Path,
    encoder: str,
    layout: str = "stereo",
    *,
    rate: int = 48000,
    silent: bool = False,
    pictures: str | None = None,
    gap: tuple[float, float] | None = None,
    late: Fraction = Fraction(0),
) -> Path:
    """Write a clip of 20 small pictures with a beep of a tenth of a second.

    Args:
        path: the suffix chooses the container.
        encoder: FFmpeg's encoder of the sound.
        layout: of its channels.
        rate: samples a second.
        silent: without the beep.
        pictures: FFmpeg's encoder of the pictures, None for one that suits the container.
        gap: (from, to) in seconds: packets that begin there are missing.
        late: seconds by which the sound begins after the pictures.

    Returns:
        ``path``.

    Raises:
        ValueError: there is no such file: the encoder does not take the layout or the container.
    """
    try:
        with av.open(str(path), "w") as container:
            picture: Any = container.add_stream(pictures or _picture_codec(path), rate=25)
            picture.width, picture.height, picture.pix_fmt = 32, 32, "yuv420p"
            sound: Any = container.add_stream(encoder, rate=rate)
            sound.layout = layout
            sound.bit_rate = 64_000 * sound.layout.nb_channels
            sound.codec_context.options = {"strict": "-2"}
            sound.codec_context.open()
            _write_pictures(container, picture)
            _write_sound(container, sound, layout, rate, gap, late, 0 if silent else 0.4)
    except av.error.FFmpegError as error:
        raise ValueError(f"{encoder}, {layout}: {error}") from error
    return path


def _picture_codec(path: Path) -> str:
    return {".wmv": "wmv2", ".webm": "libvpx", ".ts": "mpeg2video", ".mpg": "mpeg2video"}.get(
        path.suffix, "mpeg4"
    )


def _write_pictures(container: Any, stream: Any) -> None:
    for index in range(round(_SECONDS * 25)):
        image = np.full((32, 32, 3), 40 + 8 * index, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _write_sound(
    container: Any,
    stream: Any,
    layout: str,
    rate: int,
    gap: tuple[float, float] | None,
    late: Fraction,
    level: float,
) -> None:
    begin = round(late * rate)
    times = np.arange(begin, round(_SECONDS * rate)) / rate
    tone = level * np.sin(2 * np.pi * _PITCH * times)
    tone[(times < float(BEEP)) | (times >= float(BEEP) + 0.1)] = 0
    channels = av.AudioLayout(layout).nb_channels
    samples = np.repeat(tone.astype(np.float32), channels)[None]  # one channel after the other
    frame = av.AudioFrame.from_ndarray(samples, "flt", layout)
    frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), begin
    for packet in [*stream.encode(frame), *stream.encode(None)]:
        at = float(packet.pts * packet.time_base)
        if gap is None or not gap[0] <= at < gap[1]:
            container.mux(packet)


def find_beep(path: Path, track: int = 0) -> float:
    """Seconds from the first picture to the beep, as FFmpeg plays the clip.

    Args:
        path: a clip.
        track: number of its track of sound.

    Raises:
        ValueError: there is no sound, or no beep in it.
    """
    with av.open(str(path)) as container:
        first = next(container.decode(video=0))
        start = first.pts * first.time_base
    with av.open(str(path)) as container:
        if len(container.streams.audio) <= track:
            raise ValueError(f"{path.name} has no sound {track}")
        stream = container.streams.audio[track]
        name = stream.layout.name
        layout = {"1 channels": "mono", "2 channels": "stereo"}.get(name, name)
        # In a row: PyAV counts one plane too many of eight.
        row = av.AudioResampler(format="flt", layout=layout, rate=stream.rate)
        heard: list[tuple[float, NDArray[np.float32], int]] = []
        at = 0.0
        for frame in container.decode(stream):
            for part in row.resample(frame):
                values = np.abs(part.to_ndarray().reshape(-1, part.layout.nb_channels))
                at = at if part.pts is None else float(part.pts * part.time_base)
                heard.append((at, values.max(axis=1), part.sample_rate))
                at += part.samples / part.sample_rate
    loudest = max(float(values.max()) for _, values, _ in heard if len(values))
    if loudest < 0.01:
        raise ValueError(f"{path.name} is silent")
    for at, values, rate in heard:
        loud = np.flatnonzero(values > loudest / 2)
        if len(loud):
            return at + int(loud[0]) / rate - float(start)
    raise ValueError(f"{path.name} has no beep")
