"""The 360° flag in MP4 and MOV: the picture is a map of all that is around the camera.

FFmpeg's muxer takes it from a place that PyAV does not reach. So the picture's title is made
longer, and when the file is complete the surplus makes room for the flag: all other bytes stay
where the file's index says. The flag is that of Google's Spherical Video RFC, first version: a
box of XML.
"""

from __future__ import annotations

import struct
from pathlib import Path

_TERMS = "".join(
    f"<GSpherical:{name}>{value}</GSpherical:{name}>"
    for name, value in {
        "Spherical": "true",
        "Stitched": "true",
        "StitchingSoftware": "flowstyle",
        "ProjectionType": "equirectangular",
    }.items()
)
_SAID = (
    '<?xml version="1.0"?><rdf:SphericalVideo '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    f'xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">{_TERMS}</rdf:SphericalVideo>'
).encode()
_KIND = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
_BOX = struct.pack(">I4s", 24 + len(_SAID), b"uuid") + _KIND + _SAID
_HEADS = 16  # bytes of the boxes around a title


def is_whole_map(mapping: bytes) -> bool:
    """Whether FFmpeg's description of a picture means a map of everything, not turned.

    Args:
        mapping: AVSphericalMapping: the projection (0: equirectangular), three angles and four
            bounds, of four bytes each.
    """
    return len(mapping) >= 32 and not any(mapping[:32])


def title_with_place(title: str) -> str:
    """A picture's title that makes room for the flag.

    Args:
        title: its own, or "".
    """
    return title + "_" * (len(_BOX) - (0 if title else _HEADS))


def flag_all_round(path: Path, title: str = "") -> bool:
    """Put the flag into a complete file in place of a title's surplus.

    Args:
        path: the file, whose picture has :func:`title_with_place`.
        title: the picture's own, which stays.

    Returns:
        False where the file is not built as expected; it is then left as it is.

    Raises:
        OSError: of the disk.
    """
    named = _named(title_with_place(title))
    with path.open("r+b") as file:
        index = _find_index(file.read(_HEAD))
        if index is None:
            return False
        file.seek(index[0])
        at = file.read(index[1]).find(named)
        if at < 0:
            return False
        file.seek(index[0] + at)
        file.write((_named(title) if title else b"") + _BOX)
    return True


_HEAD = 4096
"""Bytes of a file in which its index begins: it is written before the pictures."""


def _find_index(head: bytes) -> tuple[int, int] | None:
    """Where a file's index begins, and how long it is; None if it does not come first."""
    at = 0
    while at + 8 <= len(head):
        size, kind = struct.unpack(">I4s", head[at : at + 8])
        if kind == b"moov":
            return at, size
        at += max(size, 8)
    return None


def _named(title: str) -> bytes:
    """The boxes of a track that hold its title."""
    text = title.encode()
    return struct.pack(">I4sI4s", 16 + len(text), b"udta", 8 + len(text), b"name") + text
