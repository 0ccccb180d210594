"""Animated WebP files in which a pixel that does not change is not coded again.

Encoders code whole blocks or whole frames anew, and what stands still shimmers. Here each picture
after the first is laid over the one before, transparent wherever nothing changed.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_QUALITY, _METHOD = 90, 4
_ANIMATED, _HAS_ALPHA = 0x02, 0x10  # flags of the file
LONGEST = (1 << 24) - 1  # milliseconds of a picture


@dataclass
class WebpPicture:
    """A coded picture of an animation.

    Args:
        data: its chunks.
        corner: (x, y) of its upper left corner, even numbers.
        size: (width, height).
    """

    data: bytes
    corner: tuple[int, int]
    size: tuple[int, int]


def code(image: NDArray[np.uint8], changed: NDArray[np.bool_] | None = None) -> WebpPicture:
    """Code a picture, or what of it has changed.

    Args:
        image: H×W×3 RGB.
        changed: H×W; at least one pixel; None codes all.
    """
    x, y, right, bottom = 0, 0, image.shape[1], image.shape[0]
    if changed is not None:
        rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        x, y = int(columns[0]) & ~1, int(rows[0]) & ~1
        right, bottom = int(columns[-1]) + 1, int(rows[-1]) + 1
        alpha = np.where(changed, 255, 0).astype(np.uint8)
        image = np.dstack([image, alpha])
    file = still(image[y:bottom, x:right])
    return WebpPicture(_picture_chunks(file), (x, y), (right - x, bottom - y))


def still(image: NDArray[np.uint8]) -> bytes:
    """A file of one picture, H×W×3 RGB or H×W×4 with alpha."""
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(image))
    picture.save(file, format="WEBP", quality=_QUALITY, method=_METHOD)
    return file.getvalue()


def animation(pictures: list[WebpPicture], durations: list[int], size: tuple[int, int]) -> bytes:
    """Put coded pictures together to a file that repeats for ever.

    Args:
        pictures: the first covers the whole; each later one is laid over what is there.
        durations: milliseconds of each, at most :data:`LONGEST`.
        size: (width, height).
    """
    header = bytes([_ANIMATED | _HAS_ALPHA, 0, 0, 0]) + _three(size[0] - 1) + _three(size[1] - 1)
    body = _chunk(b"VP8X", header) + _chunk(b"ANIM", struct.pack("<IH", 0, 0))
    for picture, duration in zip(pictures, durations, strict=True):
        (x, y), (width, height) = picture.corner, picture.size
        numbers = (x // 2, y // 2, width - 1, height - 1, duration)
        head = b"".join(_three(number) for number in numbers) + b"\0"  # blend, do not dispose
        body += _chunk(b"ANMF", head + picture.data)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _picture_chunks(file: bytes) -> bytes:
    """The chunks of a still file that hold its picture and its alpha."""
    found, at = b"", 12
    while at + 8 <= len(file):
        name, length = struct.unpack_from("<4sI", file, at)
        end = at + 8 + length + length % 2
        if name in (b"ALPH", b"VP8 ", b"VP8L"):
            found += file[at:end]
        at = end
    return found


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
