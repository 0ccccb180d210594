"""What OpenCV leaves open of a PPM or PGM: what is white, and where numbers in letters end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from flowstyle.media.colour import Picture

_HEADER = 4096
"""Bytes in which the first four words of a header lie, with remarks of usual length."""


def white_of(content: bytes) -> int | None:
    """The sample that stands for white, where OpenCV does not bring it to 255 or 65535 itself.

    Args:
        content: bytes of a file; what is no PPM or PGM gives None.

    Example:
        >>> white_of(b"P6 64 48 1023 ..."), white_of(b"P6 64 48 255 ...")
        (1023, None)
    """
    words = re.sub(rb"#[^\n]*", b"", content[:_HEADER]).split(None, 4)
    if len(words) < 4 or words[0] not in (b"P2", b"P3", b"P5", b"P6") or not words[3].isdigit():
        return None
    white = int(words[3])
    in_letters = words[0] in (b"P2", b"P3")
    if white in (0, 255, 65535) or white > 65535 or (in_letters and white < 256):
        return None
    return white


def brought_to_white(picture: Picture, white: int | None) -> Picture:
    """Samples of which the largest is white.

    Args:
        picture: as OpenCV decodes it, H×W×3 uint8 or uint16.
        white: from :func:`white_of`; None leaves them.
    """
    if white is None:
        return picture
    top = int(np.iinfo(picture.dtype).max)
    whole = np.minimum(picture, white).astype(np.uint64) * top
    return cast("Picture", ((whole + white // 2) // white).astype(picture.dtype))


def ended(content: bytes) -> bytes:
    """A file whose last number in letters is seen to end; any other as it is.

    Args:
        content: bytes of a file.
    """
    return content + b"\n" if content[:2] in (b"P1", b"P2", b"P3") else content
