"""Synthetic clips of every kind, written with PyAV directly.

Nothing here uses the program, so that a mistake there is not repeated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2  # noqa: F401 - before av
import numpy as np
from numpy.typing import NDArray

import av  # isort: skip - after cv2

av.logging.set_level(None)

SIZE = (64, 48)
COUNT = 12
RATE = Fraction(25)


def picture(index: int, size: tuple[int, int] = SIZE, *, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth texture that drifts to the right, with a number of bright dots.

    Args:
        index: number of the frame; the texture moves 2 pixels each.
        size: (width, height).
        seed: another texture.

    Returns:
        H×W×3 uint8 RGB.
    """
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    phase = np.random.default_rng(seed).uniform(0, 6.28, 3)
    waves = [
        np.sin(2 * np.pi * (x - 2 * index) / (23 + 4 * c) + y / 11 + phase[c]) for c in range(3)
    ]
    image = np.stack(waves, axis=2) * 70 + 120
    image[: height // 4, : width // 4] = 230 if index % 2 else 30
    return image.round().astype(np.uint8)


def write_clip(
    path: Path,
    *,
    pictures: Sequence[NDArray[Any]] | None = None,
    count: int = COUNT,
    size: tuple[int, int] = SIZE,
    rate: Fraction = RATE,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    last_duration: int | None = None,
    tags: tuple[int, int, int, int] | None = None,
    convert: tuple[int, int] | None = None,
    rotation: float = 0,
    hflip: bool = False,
    interlaced: bool = False,
    aspect: Fraction | None = None,
    gop: int = 12,
    audio: str | None = None,
    audio_offset: Fraction = Fraction(0),
    audio_seconds: float = 0.5,
) -> Path:
    """Write a clip.

    Args:
        path: the suffix chooses the container.
        pictures: H×W×3 or ×4, uint8 or uint16; :func:`picture` if None.
        count: number of frames if ``pictures`` is None.
        size: (width, height) if ``pictures`` is None.
        rate: nominal frames a second.
        codec: FFmpeg's encoder.
        pixel_format: of the encoder.
        options: of the encoder.
        container_options: of the muxer.
        time_base: 1/rate if None.
        pts: one for each frame, in ``time_base``; 0, 1, … if None.
        last_duration: of the last frame.
        tags: primaries, transfer, matrix, range as FFmpeg's numbers.
        convert: matrix and range used for the samples; those of ``tags`` if None.
        rotation: degrees counterclockwise, written as a display matrix.
        hflip: mirrored, written in the display matrix.
        interlaced: encode as fields, top first.
        aspect: shape of a pixel.
        gop: distance of key frames.
        audio: FFmpeg's audio encoder.
        audio_offset: seconds by which the sound begins after time 0.
        audio_seconds: length of the sound.

    Returns:
        ``path``.
    """
    pictures = pictures if pictures is not None else [picture(i, size) for i in range(count)]
    base = time_base or 1 / rate
    stamps = list(pts) if pts is not None else list(range(len(pictures)))
    lengths = _durations(stamps, last_duration, round(1 / (rate * base)))
    matrix, range_ = convert or (tags[2:4] if tags else (6, 1))
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=rate, options=_encoding(codec, options))
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape[:2], pixel_format
        context = stream.codec_context
        context.gop_size, context.time_base, stream.time_base = gop, base, base
        if interlaced:
            context.flags |= 1 << 18 | 1 << 29  # interlaced DCT and motion search
        _tag(context, tags)
        _set_display(stream, aspect, rotation, hflip)
        sound = add_sound(container, audio) if audio else None
        container.start_encoding()
        if sound:
            write_sound(container, sound, audio_offset, audio_seconds)
        for image, stamp in zip(pictures, stamps, strict=True):
            frame = _converted(image, pixel_format, matrix, range_)
            _tag(frame, tags)
            frame = _as_fields(frame) if interlaced else frame
            frame.pts, frame.time_base = stamp, base
            _mux(container, stream.encode(frame), lengths)
        _mux(container, stream.encode(None), lengths)
    return path


def _durations(stamps: list[int], last: int | None, usual: int) -> dict[int, int]:
    """Duration of each frame by its pts: the distance to the next one."""
    durations = [b - a for a, b in pairwise(stamps)]
    durations.append(last or (durations[-1] if durations else usual))
    return dict(zip(stamps, durations, strict=True))


def _encoding(codec: str, options: dict[str, str] | None) -> dict[str, str]:
    """Options of the encoder, with quick ones and a silent log where nothing else is asked for."""
    settings = dict(options or {})
    if codec == "libx264":
        settings = {"preset": "ultrafast", "crf": "12", **settings}
    if codec == "libx265":
        settings["x265-params"] = "log-level=none:" + settings.pop("x265-params", "bframes=0")
    return settings


def _set_display(stream: Any, aspect: Fraction | None, rotation: float, hflip: bool) -> None:
    """Write the shape of a pixel, and how the picture is turned, where they are not the usual."""
    if aspect is not None:
        stream.codec_context.sample_aspect_ratio = aspect
    if rotation or hflip:
        stream.set_display_rotation(rotation, hflip=hflip)


def _tag(target: Any, tags: tuple[int, int, int, int] | None) -> None:
    """Write primaries, transfer, matrix and range on a frame or an encoder, if there are any."""
    if tags is not None:
        target.color_primaries, target.color_trc, target.colorspace, target.color_range = tags


def _converted(image: NDArray[Any], pixel_format: str, matrix: int, range_: int) -> Any:
    """A picture as a frame of the encoder's pixel format, converted with a known matrix."""
    names = {(1, 3): "rgb24", (1, 4): "rgba", (2, 3): "rgb48le", (2, 4): "rgba64le"}
    name = names[image.dtype.itemsize, image.shape[2]]
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), name)
    is_yuv = not av.VideoFormat(pixel_format).is_rgb
    return rgb.reformat(
        format=pixel_format,
        src_colorspace=matrix if is_yuv else None,
        dst_colorspace=matrix if is_yuv else None,
        src_color_range=2,
        dst_color_range=range_ if is_yuv else 2,
        interpolation=4 | 8192 | 16384 | 262144 | 524288,  # bicubic, and all that makes it exact
    )


def _as_fields(frame: Any) -> Any:
    """Mark a frame as interlaced, top field first."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25)
    )
    fields = graph.add("setfield", "mode=tff")
    graph.link_nodes(source, fields, graph.add("buffersink")).configure()
    graph.vpush(frame)
    return graph.vpull()


def _mux(container: Any, packets: Sequence[Any], durations: dict[int, int]) -> None:
    for packet in packets:
        packet.duration = durations.get(packet.pts, packet.duration)
        container.mux(packet)


def add_sound(container: Any, encoder: str) -> Any:
    """Add a stream with one channel of sound."""
    stream: Any = container.add_stream(encoder, rate=48000)
    stream.layout = "mono"
    return stream


def write_sound(container: Any, stream: Any, offset: Fraction, seconds: float) -> None:
    """A 440 Hz tone."""
    rate, step = 48000, stream.frame_size or 1024
    tone = (0.3 * np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * 440 / rate)).astype("f4")
    is_float = stream.format.name in ("fltp", "flt")
    for start in range(0, len(tone) - step + 1, step):
        samples = tone[None, start : start + step]
        if not is_float:
            samples = (samples * 32767).astype(np.int16)
        name = stream.format.name if is_float else "s16"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), name, "mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = start + round(offset * rate)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
