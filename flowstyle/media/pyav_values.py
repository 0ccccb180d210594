"""Fractions and text, alike from every release of PyAV.

Release 19 gives rates and clocks as fractions of its own, which can do less than Python's and whose
products among themselves are rounded to 32 bits, and tags in an unknown encoding as text that
cannot be written; those before gave :class:`fractions.Fraction` and text with marks in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from numbers import Rational


def exact(value: Rational | Fraction | None) -> Fraction:
    """A rate, a clock or a shape as a fraction; 0 where there is none.

    Args:
        value: PyAV's; its denominator may be 0.

    Example:
        >>> exact(None), exact(Fraction(30000, 1001))
        (Fraction(0, 1), Fraction(30000, 1001))
    """
    if value is None or not value.denominator:
        return Fraction(0)
    return Fraction(int(value.numerator), int(value.denominator))


def readable(tags: Mapping[str, str]) -> dict[str, str]:
    r"""Tags in which bytes that are no UTF-8 are the mark for an unknown letter.

    Args:
        tags: of a file or a stream.

    Example:
        >>> as_of_19 = bytes([0x41, 0xE9]).decode("utf-8", "surrogateescape")
        >>> ascii(readable({"artist": as_of_19})["artist"])
        "'A\\ufffd'"
    """
    return {_marked(key): _marked(value) for key, value in tags.items()}


def _marked(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
