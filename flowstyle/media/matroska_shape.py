"""The shape of pixels in Matroska and WebM, for codecs that do not tell it themselves.

FFmpeg's muxer takes it from a place that PyAV does not reach. So the track gets a title of known
length, and when the file is complete that title makes room for DisplayWidth and DisplayHeight: all
other bytes stay where the file's indexes say.
"""

from __future__ import annotations

import zlib
from fractions import Fraction
from pathlib import Path

TITLE = "(shape)"
"""Title of a track whose shape is to be declared; seven characters."""

_NAME = b"\x53\x6e\x87" + TITLE.encode()
_TRACKS, _CRC, _VOID, _VIDEO = b"\x16\x54\xae\x6b", b"\xbf\x84", b"\xec\x88", 0xE0
_UNIT_UNKNOWN, _UNIT_PIXELS = b"\x54\xb2\x81\x04", b"\x54\xb2\x81\x00"
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


def declare_shape(path: Path, size: tuple[int, int]) -> bool:
    """Put the displayed size in place of the title :data:`TITLE`.

    Args:
        path: a complete file.
        size: (DisplayWidth, DisplayHeight), at most 65535 each.

    Returns:
        False where the file is not built as expected; the title is then taken out alone.

    Raises:
        OSError: of the disk.
    """
    with path.open("r+b") as file:
        head = bytearray(file.read(_HEAD))
        at = head.find(_NAME)
        if at < 0:
            return False
        video = _find_video(head, at + len(_NAME))
        declared = b"\x54\xb0\x82" + size[0].to_bytes(2, "big")
        declared += b"\x54\xba\x82" + size[1].to_bytes(2, "big")
        done = video is not None and head[video + 1] & 0x7F < 0x7F - len(declared)
        if done and video is not None:
            end = video + 2 + (head[video + 1] & 0x7F)
            head[video + 1] += len(declared)
            moved = head[at + len(_NAME) : end].replace(_UNIT_UNKNOWN, _UNIT_PIXELS)
            head[at:end] = moved + declared
        else:
            head[at : at + len(_NAME)] = _VOID + bytes(8)
        _checksum(head, at)
        file.seek(0)
        file.write(head)
    return done


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
