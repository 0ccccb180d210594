"""What Matroska and WebM say of a picture's shape: of its pixels, and that it goes all round.

FFmpeg's muxer takes both from places that PyAV does not reach. So the track's title is made longer,
and when the file is complete the surplus makes room for what is to be said: all other bytes stay
where the file's indexes say. Elements by RFC 9559.
"""

from __future__ import annotations

import zlib
from fractions import Fraction
from pathlib import Path

_ROOM = "(shape)_____________"
_NAME, _VIDEO = b"\x53\x6e", 0xE0
_TRACKS, _CRC, _VOID = b"\x16\x54\xae\x6b", b"\xbf\x84", 0xEC
_WIDTH, _HEIGHT = b"\x54\xb0\x82", b"\x54\xba\x82"
_UNIT_UNKNOWN, _UNIT_PIXELS = b"\x54\xb2\x81\x04", b"\x54\xb2\x81\x00"
ALL_ROUND = b"\x76\x70\x84\x76\x71\x81\x01"
"""Projection: equirectangular."""

_HEAD = 1 << 16
"""Bytes of a file in which its tracks are described."""


def display_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """Whole numbers whose ratio is exactly the displayed picture's, about as large as it.

    Args:
        width: of the stored picture.
        height: of the stored picture.
        aspect: shape of a pixel, width over height.

    Returns:
        (DisplayWidth, DisplayHeight); rounded where exact ones would be far larger.
    """
    shape = width * aspect / height
    times = max(1, round(height / shape.denominator))
    wide, high = shape.numerator * times, shape.denominator * times
    if high > 2 * height or max(wide, high) > 0xFFFF:
        return round(width * aspect), height
    return wide, high


def declared_size(size: tuple[int, int]) -> bytes:
    """DisplayWidth and DisplayHeight.

    Args:
        size: at most 65535 each.
    """
    return b"".join(
        name + side.to_bytes(2, "big") for name, side in zip((_WIDTH, _HEIGHT), size, strict=True)
    )


def title_with_room(title: str, declared: bytes) -> str:
    """A track's title that makes room for what is to be declared.

    Args:
        title: its own, or "".
        declared: elements of a picture's shape, from 4 to 20 bytes.
    """
    return title + _ROOM[: len(declared) - (0 if title else 3)]


def declare_shape(path: Path, declared: bytes, title: str = "") -> bool:
    """Put elements into the description of the picture in place of a title's surplus.

    Args:
        path: a complete file whose picture has :func:`title_with_room`.
        declared: the elements.
        title: the picture's own, which stays.

    Returns:
        False where the file is not built as expected; the surplus is then taken out alone.

    Raises:
        OSError: of the disk.
    """
    named = _named(title_with_room(title, declared))
    with path.open("r+b") as file:
        head = bytearray(file.read(_HEAD))
        at = head.find(named)
        if at < 0:
            return False
        after = at + len(named)
        own = _named(title) if title else b""
        video = _find_video(head, after)
        done = video is not None and head[video + 1] & 0x7F < 0x7F - len(declared)
        if done and video is not None:
            end = video + 2 + (head[video + 1] & 0x7F)
            head[video + 1] += len(declared)
            moved = head[after:end]
            if _WIDTH in declared:
                moved = moved.replace(_UNIT_UNKNOWN, _UNIT_PIXELS)
            head[at:end] = own + moved + declared
        else:
            spare = len(declared) - 2
            head[at:after] = own + bytes([_VOID, 0x80 | spare]) + bytes(spare)
        _checksum(head, at)
        file.seek(0)
        file.write(head)
    return done


def _named(title: str) -> bytes:
    """A track's Name."""
    text = title.encode()
    size = (
        bytes([0x80 | len(text)]) if len(text) < 0x7F else (0x4000 | len(text)).to_bytes(2, "big")
    )
    return _NAME + size + text


def _find_video(head: bytearray, at: int) -> int | None:
    """Where the Video element of a track begins, from one of its elements on; None if not found."""
    while at + 2 < len(head) and head[at]:
        if head[at] == _VIDEO:
            return at if head[at + 1] & 0x80 else None  # a size of one byte
        at += 9 - head[at].bit_length()
        length = 9 - head[at].bit_length()
        if length > 8:
            return None
        size = int.from_bytes(head[at : at + length], "big") & ((1 << 7 * length) - 1)
        at += length + size
    return None


def _checksum(head: bytearray, at: int) -> None:
    """Renew the checksum of the tracks around a place, if they have one."""
    tracks = head.rfind(_TRACKS, 0, at) + len(_TRACKS)
    length = 9 - head[tracks].bit_length()
    size = int.from_bytes(head[tracks : tracks + length], "big") & ((1 << 7 * length) - 1)
    begin = tracks + length
    if head[begin : begin + 2] == _CRC:
        inside = bytes(head[begin + 6 : begin + size])
        head[begin + 2 : begin + 6] = zlib.crc32(inside).to_bytes(4, "little")
