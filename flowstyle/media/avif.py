"""AVIF: whether it is read here, and what decoders do not tell of it: its depth and its curve.

Pillow decodes it since 11.3, with 8 bits, OpenCV 5 with all there are, of which it leaves white
where the file has it (1023 or 4095). Neither turns the picture by the file's ``irot`` and ``imir``,
which Pillow tells as EXIF's orientation, nor by EXIF itself, which does not count (ISO 23000-22).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

SUFFIX = ".avif"
FORMAT = "AVIF"
"""What Pillow calls it."""

TO_SDR = "save it as JPEG or PNG first, which brings it to what usual screens show"

_BRANDS = (b"avif", b"avis", b"mif1", b"msf1")
_CURVES = {16: "PQ", 18: "HLG"}
_FULL = 4  # bytes of version and flags, with which some boxes begin


@lru_cache(maxsize=1)
def is_read() -> bool:
    """Whether the Pillow that is installed decodes AVIF."""
    from PIL import features

    return "avif" in features.modules and bool(features.check("avif"))


def and_avif(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Some of Pillow's formats, and AVIF where it decodes that: to others it knows no such name."""
    return (*formats, FORMAT) if is_read() else formats


def is_avif(content: bytes) -> bool:
    """Whether a file may be AVIF, by its first twelve bytes."""
    return content[4:8] == b"ftyp" and content[8:12] in _BRANDS


def white_of(content: bytes) -> int | None:
    """The sample that stands for white where that is not 255; None for all else.

    Args:
        content: bytes of a file; what is no AVIF gives None.
    """
    told = [body for kind, body in _properties(content) if kind == b"av1C" and len(body) > 2]
    if not told or not told[0][2] & 0x40:  # AV1-ISOBMFF 2.3.3: high_bitdepth, then twelve_bit
        return None
    return 4095 if told[0][2] & 0x20 else 1023


def hdr_curve(content: bytes) -> str:
    """PQ or HLG where the picture is HDR, else "".

    Args:
        content: bytes of a file; what is no AVIF gives "".
    """
    for kind, body in _properties(content):
        if kind == b"colr" and body[:4] == b"nclx":
            return _CURVES.get(int.from_bytes(body[6:8], "big"), "")
    return ""


def _properties(content: bytes) -> list[tuple[bytes, bytes]]:
    """What the file tells of its main picture, by kind; then all else that it tells of any.

    A gain map beside the picture has a depth and a curve of its own. A picture made of tiles has
    its depth with these alone.
    """
    if not is_avif(content):
        return []
    meta = next((body for kind, body in _boxes(content) if kind == b"meta"), b"")
    inside = dict(_boxes(meta[_FULL:]))
    told = dict(_boxes(inside.get(b"iprp", b"")))
    every = list(_boxes(told.get(b"ipco", b"")))
    pitm = inside.get(b"pitm", b"")
    main = int.from_bytes(pitm[_FULL:], "big")
    own = [every[i - 1] for i in _owned(told.get(b"ipma", b""), main) if 0 < i <= len(every)]
    return [*own, *(one for one in every if one[0] == b"av1C")]


def _owned(ipma: bytes, item: int) -> list[int]:
    """Numbers, from 1, of an item's properties (ISO 14496-12, 8.11.14)."""
    if len(ipma) < 8:
        return []
    wide, large = 4 if ipma[0] else 2, 2 if ipma[3] & 1 else 1
    at = 8
    for _ in range(int.from_bytes(ipma[4:8], "big")):
        if at + wide >= len(ipma):
            break
        number, count = int.from_bytes(ipma[at : at + wide], "big"), ipma[at + wide]
        at += wide + 1
        if number == item:
            ends = range(at, min(at + large * count, len(ipma)), large)
            kept = (1 << (8 * large - 1)) - 1  # without the bit that says "essential"
            return [int.from_bytes(ipma[i : i + large], "big") & kept for i in ends]
        at += large * count
    return []


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Boxes in a row: kind and body; what is broken ends them."""
    at = 0
    while at + 8 <= len(data):
        size, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        end = at + size if size else len(data)
        if end < start:
            return
        yield data[at + 4 : at + 8], data[start:end]
        at = end
