"""Synthetic clips of every kind the tests need, written with PyAV directly.

Nothing here uses the package under test, so that a mistake there is not mirrored here.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
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


def colour_card(size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Six flat fields of strong colours, wide enough to survive chroma subsampling."""
    colours = [(200, 30, 40), (30, 180, 50), (40, 50, 200), (220, 220, 220), (20, 20, 20)]
    colours.append((128, 128, 128))
    width, height = size
    card = np.zeros((height, width, 3), np.uint8)
    for k, colour in enumerate(colours):
        card[:, k * width // 6 : (k + 1) * width // 6] = colour
    return card


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
    height, width = pictures[0].shape[:2]
    base = time_base or 1 / rate
    stamps = list(pts) if pts is not None else list(range(len(pictures)))
    matrix, range_ = convert or (tags[2:4] if tags else (6, 1))
    durations = [b - a for a, b in pairwise(stamps)]
    durations.append(last_duration or (durations[-1] if durations else round(1 / (rate * base))))
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        settings = dict(options or {})
        if codec == "libx264":
            settings = {"preset": "ultrafast", "crf": "12", **settings}
        if codec == "libx265":
            settings["x265-params"] = "log-level=none:" + settings.pop("x265-params", "bframes=0")
        stream: Any = container.add_stream(codec, rate=rate, options=settings)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.gop_size = gop
        stream.codec_context.time_base = base
        stream.time_base = base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if tags is not None:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = tags[:3]
            context.color_range = tags[3]
        if rotation or hflip:
            stream.set_display_rotation(rotation, hflip=hflip)
        if interlaced:
            stream.codec_context.flags |= 1 << 18 | 1 << 29  # interlaced DCT and motion search
        sound: Any = None
        if audio is not None:
            sound = container.add_stream(audio, rate=48000)
            sound.layout = "mono"
        container.start_encoding()
        if sound is not None:
            _write_sound(container, sound, audio_offset, audio_seconds)
        names = {(1, 3): "rgb24", (1, 4): "rgba", (2, 3): "rgb48le", (2, 4): "rgba64le"}
        lengths = dict(zip(stamps, durations, strict=True))
        for image, stamp in zip(pictures, stamps, strict=True):
            name = names[image.dtype.itemsize, image.shape[2]]
            rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), name)
            is_yuv = not av.VideoFormat(pixel_format).is_rgb
            frame = rgb.reformat(
                format=pixel_format,
                src_colorspace=matrix if is_yuv else None,
                dst_colorspace=matrix if is_yuv else None,
                src_color_range=2,
                dst_color_range=range_ if is_yuv else 2,
                interpolation=4 | 8192 | 16384 | 262144 | 524288,
            )
            if tags is not None:
                frame.color_primaries, frame.color_trc, frame.colorspace = tags[:3]
                frame.color_range = tags[3]
            if interlaced:
                frame = _as_fields(frame)
            frame.pts, frame.time_base = stamp, base
            _mux(container, stream.encode(frame), lengths)
        _mux(container, stream.encode(None), lengths)
    return path


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


def _write_sound(container: Any, stream: Any, offset: Fraction, seconds: float) -> None:
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


def write_audio(path: Path) -> Path:
    """A file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=48000)
        stream.layout = "mono"
        container.start_encoding()
        _write_sound(container, stream, Fraction(0), 0.3)
    return path


def write_empty(path: Path) -> Path:
    """A video file whose video stream has no packet."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sound: Any = container.add_stream("aac", rate=48000)
        sound.layout = "mono"
        container.start_encoding()
        _write_sound(container, sound, Fraction(0), 0.2)
    return path


def packets(path: Path, kind: str = "video") -> list[tuple[int, int, int | None]]:
    """Position, size and pts of each packet of the first stream of a kind, in file order."""
    with av.open(str(path)) as container:
        streams = [s for s in container.streams if s.type == kind]
        return [(p.pos, p.size, p.pts) for p in container.demux(streams[0]) if p.size]


def damage(path: Path, number: int, out: Path, *, erase: bool = False) -> Path:
    """Overwrite most of one video packet with noise, or all of it with zeros."""
    data = bytearray(path.read_bytes())
    start, size, _ = packets(path)[number]
    first = start if erase else start + size // 3
    noise = np.random.default_rng(number).integers(0, 256, start + size - first, dtype=np.uint8)
    data[first : start + size] = bytes(size) if erase else noise.tobytes()
    out.write_bytes(data)
    return out


def truncate(path: Path, fraction: float, out: Path) -> Path:
    """Keep the first part of a file."""
    data = path.read_bytes()
    out.write_bytes(data[: int(len(data) * fraction)])
    return out


def declare_size(path: Path, size: tuple[int, int], out: Path) -> Path:
    """Let an MP4's sample entry declare another picture size than its bitstream has."""
    data = bytearray(path.read_bytes())
    at = data.index(b"avc1", data.index(b"stsd")) + 4
    data[at + 24 : at + 28] = struct.pack(">HH", *size)
    out.write_bytes(data)
    return out


def write_pictures(folder: Path, names: Sequence[str], size: tuple[int, int] = SIZE) -> Path:
    """A folder of pictures; the suffix of each name chooses its format."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        cv2.imwrite(str(folder / name), picture(index, size)[..., ::-1])
    return folder
