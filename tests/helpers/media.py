"""Synthetic media of every kind the tests need: clips, broken clips, folders of pictures.

Nothing here uses the package under test, so that a mistake there is not mirrored here. Whole clips
come from ``scripts.common.clip_writer``, which the long-running scripts use too.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.common.clip_writer import SIZE, add_sound, picture, write_clip, write_sound

import av  # isort: skip - after cv2

__all__ = [
    "colour_card",
    "copy_stream",
    "damage",
    "declare_dolby_vision",
    "declare_size",
    "packets",
    "picture",
    "truncate",
    "write_audio",
    "write_clip",
    "write_empty",
    "write_pictures",
]


def colour_card(size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Six flat fields of strong colours, wide enough to survive chroma subsampling."""
    colours = [(200, 30, 40), (30, 180, 50), (40, 50, 200), (220, 220, 220), (20, 20, 20)]
    colours.append((128, 128, 128))
    width, height = size
    card = np.zeros((height, width, 3), np.uint8)
    for k, colour in enumerate(colours):
        card[:, k * width // 6 : (k + 1) * width // 6] = colour
    return card


def write_audio(path: Path) -> Path:
    """A file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = add_sound(container, "aac")
        container.start_encoding()
        write_sound(container, stream, Fraction(0), 0.3)
    return path


def write_empty(path: Path) -> Path:
    """A video file whose video stream has no packet."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        sound = add_sound(container, "aac")
        container.start_encoding()
        write_sound(container, sound, Fraction(0), 0.2)
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


def declare_dolby_vision(path: Path, profile: int, compatible: int, out: Path) -> Path:
    """Let a sample entry for HEVC or AV1 at an MP4's end have Dolby Vision's record (level 6)."""
    name = b"dvcC" if profile < 8 else b"dvvC"
    record = struct.pack(">BBHB", 1, 0, profile << 9 | 6 << 3 | 0b101, compatible << 4) + bytes(19)
    return _with_box(path, name + record, out)


def declare_fields(path: Path, detail: int, out: Path) -> Path:
    """Let an MP4 or MOV say that its frames are two fields: 9 top first, 14 bottom first."""
    return _with_box(path, b"fiel" + bytes([2, detail]), out)


def _with_box(path: Path, box: bytes, out: Path) -> Path:
    """Put a box into the first sample entry of an MP4 or MOV whose index stands at its end."""
    data = bytearray(path.read_bytes())
    extra = struct.pack(">I", 4 + len(box)) + box
    around = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"]
    at = data.index(b"moov")
    assert data.index(b"mdat") < at, "the frames' places would move"
    starts = [data.index(each, at) - 4 for each in around]
    entry = starts[-1] + 16
    (size,) = struct.unpack_from(">I", data, entry)
    for start in (*starts, entry):
        (length,) = struct.unpack_from(">I", data, start)
        struct.pack_into(">I", data, start, length + len(extra))
    data[entry + size : entry + size] = extra
    out.write_bytes(data)
    return out


def copy_stream(path: Path, out: Path) -> Path:
    """The picture's packets, and all that FFmpeg knows of their stream, in another container."""
    options = {"strict": "unofficial"}  # without it no record of Dolby Vision is written
    with av.open(str(path)) as source, av.open(str(out), "w", options=options) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return out


def write_pictures(folder: Path, names: Sequence[str], size: tuple[int, int] = SIZE) -> Path:
    """A folder of pictures; the suffix of each name chooses its format."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        cv2.imwrite(str(folder / name), picture(index, size)[..., ::-1])
    return folder
