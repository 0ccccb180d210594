"""Words on pictures, in the font that comes with Pillow. Pictures are H×W×3 uint8, RGB."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

WHITE: Colour = (240, 240, 240)
LEAST = 8
"""Pixels of the smallest letters."""
_PLAIN = {"×": "x", "→": "->", "←": "<-", "–": "-", "—": "-", "≤": "<=", "≥": ">=", "ß": "ss"}
_KNOWN = "©«°±´·»‘’“”…"
"""Signs that the font has beyond ASCII."""


def plain(text: str) -> str:
    """A text in the letters that the font has: accents are dropped, other signs are written out.

    Example:
        >>> plain("Ölbild é 3×4 … 猫")
        'Olbild e 3x4 … ?'
    """
    return "".join(_PLAIN.get(sign) or _plain_sign(sign) for sign in text)


def _plain_sign(sign: str) -> str:
    """One sign in the letters that there are."""
    if " " <= sign <= "~" or sign in _KNOWN:
        return sign
    parts = unicodedata.normalize("NFKD", sign)
    return "".join(part for part in parts if " " <= part <= "~") or "?"


def text_width(text: str, size: int) -> int:
    """Pixels that a text takes across.

    Args:
        text: one line.
        size: of the letters, pixels.
    """
    length: float = _font(size).getlength(plain(text))
    return round(length)


def write(
    picture: Picture, text: str, place: tuple[int, int], size: int, colour: Colour = WHITE
) -> None:
    """Write a line into a picture.

    Args:
        picture: changed in place; what goes beyond its borders is cut.
        text: one line.
        place: (x, y) of its left end and of the middle between base line and top of the capitals.
        size: of the letters, pixels.
        colour: of the letters.
    """
    canvas = Image.fromarray(picture)
    drawing: Any = ImageDraw.Draw(canvas)
    x, y = place
    base = y + round(0.36 * size)  # capitals are 0.72 of the size high
    drawing.text((x, base), plain(text), font=_font(size), fill=colour, anchor="ls")
    picture[:] = np.asarray(canvas)


def fitting(text: str, size: int, width: int) -> int:
    """The size at which a text goes into a width, never below :data:`LEAST`.

    Args:
        text: one line.
        size: wanted.
        width: pixels across.
    """
    while size > LEAST and text_width(text, size) > width:
        size -= 1
    return size


def shortened(text: str, size: int, width: int) -> str:
    """A text that goes into a width, its middle left out where need be.

    Args:
        text: one line.
        size: of the letters.
        width: pixels across.
    """
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        short = f"{text[: kept - kept // 3]}…{text[len(text) - kept // 3 :]}"
        if text_width(short, size) <= width:
            return short
    return "…"


@cache
def _font(size: int) -> Any:
    """Of Pillow itself: no file of a font is needed."""
    return ImageFont.load_default(size)
