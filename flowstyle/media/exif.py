"""EXIF as it stands in files: directories of values by tag, read and written byte by byte.

Pillow guesses the types of what it writes and replaces letters that are not ASCII; here each value
keeps the type and the bytes that it came with.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

CAMERA, PLACE = 0x8769, 0x8825
"""Tags of the first directory whose values say where further ones begin."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_UNITS = {3: 2, 8: 2, 4: 4, 9: 4, 13: 4, 5: 4, 10: 4, 11: 4, 12: 8}
"""By type: bytes of a value, and of a piece that the order of bytes turns round (else 1)."""

_SHORT, _LONG, _RATIONAL = 3, 4, 5
_Order = Literal["little", "big"]


class Value(NamedTuple):
    """A value of a directory.

    Args:
        kind: its type, a key of ``_SIZES``.
        data: of one or several, low bytes first.
    """

    kind: int
    data: bytes

    def rational(self) -> float:
        """The first number of a pair of numbers or of whole ones; 0 where it is none."""
        if self.kind == _RATIONAL and len(self.data) >= 8:
            above, below = struct.unpack_from("<II", self.data)
            return above / below if below else 0.0
        return float(int.from_bytes(self.data, "little")) if self.kind in (_SHORT, _LONG) else 0.0


def short(number: int) -> Value:
    """A whole number below 65536."""
    return Value(_SHORT, struct.pack("<H", number))


def rational(number: float) -> Value:
    """A positive number as a fraction."""
    near = Fraction(number).limit_denominator(1000)
    return Value(_RATIONAL, struct.pack("<II", near.numerator, near.denominator))


@dataclass(frozen=True)
class Exif:
    """The directories that tell of a photograph.

    Args:
        first: by tag, without where the others begin.
        camera: by tag.
        place: by tag, of GPS.
    """

    first: Mapping[int, Value] = field(default_factory=dict)
    camera: Mapping[int, Value] = field(default_factory=dict)
    place: Mapping[int, Value] = field(default_factory=dict)

    def block(self) -> bytes:
        """As it stands in a JPEG, PNG or WebP."""
        return b"Exif\0\0II*\0\x08\0\0\0" + self._directories(self.first, 8)

    def put(self, tiff: bytes) -> bytes:
        """A TIFF whose directory, written anew at its end, holds these values too.

        Args:
            tiff: of low bytes first and one page.
        """
        tiff += b"\0" * (len(tiff) % 2)
        first = {**self.first, **read(tiff).first}
        head = tiff[:4] + struct.pack("<I", len(tiff))
        return head + tiff[8:] + self._directories(first, len(tiff))

    def _directories(self, first: Mapping[int, Value], at: int) -> bytes:
        """The first directory and those that it leads to, from a place in the file on."""
        below = {CAMERA: self.camera, PLACE: self.place}
        nowhere = {tag: Value(_LONG, bytes(4)) for tag, one in below.items() if one}
        end = at + len(_written({**first, **nowhere}, at))
        leads, tail = {}, b""
        for tag in nowhere:
            leads[tag] = Value(_LONG, struct.pack("<I", end + len(tail)))
            tail += _written(below[tag], end + len(tail))
        return _written({**first, **leads}, at) + tail


def read(block: bytes) -> Exif:
    """Read directories; what is broken in them is left out.

    Args:
        block: of a JPEG, PNG or WebP, or a whole TIFF.
    """
    data = block.removeprefix(b"Exif\0\0")
    order: _Order = "little" if data[:2] == b"II" else "big"
    if data[:4] not in (b"II*\0", b"MM\0*"):
        return Exif()
    first = _directory(data, int.from_bytes(data[4:8], order), order)
    found = []
    for tag in (CAMERA, PLACE):
        leads = first.pop(tag, None)
        at = int.from_bytes(leads.data, "little") if leads else 0
        found.append(_directory(data, at, order) if at else {})
    return Exif(first, *found)


def _directory(data: bytes, at: int, order: _Order) -> dict[int, Value]:
    """A directory's values by tag, without those that lie outside the file."""
    count = int.from_bytes(data[at : at + 2], order)
    values = {}
    for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
        tag, kind = (int.from_bytes(data[entry + k : entry + k + 2], order) for k in (0, 2))
        size = int.from_bytes(data[entry + 4 : entry + 8], order) * _SIZES.get(kind, 0)
        start = entry + 8 if size <= 4 else int.from_bytes(data[entry + 8 : entry + 12], order)
        if 0 < size <= len(data) - start:
            values[tag] = Value(kind, _low_first(data[start : start + size], kind, order))
    return values


def _low_first(data: bytes, kind: int, order: _Order) -> bytes:
    unit = _UNITS.get(kind, 1)
    if order == "little" or unit == 1:
        return data
    return b"".join(data[k : k + unit][::-1] for k in range(0, len(data), unit))


def _written(values: Mapping[int, Value], at: int) -> bytes:
    """A directory with the values that it has no room for behind it, of an even length."""
    end = at + 2 + 12 * len(values) + 4
    entries, behind = b"", b""
    for tag, value in sorted(values.items()):
        data = value.data
        if len(data) > 4:
            place = struct.pack("<I", end + len(behind))
            behind += data + b"\0" * (len(data) % 2)
        else:
            place = data.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, value.kind, len(data) // _SIZES[value.kind]) + place
    return struct.pack("<H", len(values)) + entries + bytes(4) + behind
