"""What is put into a complete file: FFmpeg's muxers take it from where PyAV does not reach."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from flowstyle.media.all_round import flag_all_round, title_with_place
from flowstyle.media.containers import MATROSKA
from flowstyle.media.matroska_shape import (
    ALL_ROUND,
    declare_shape,
    declared_size,
    display_size,
    title_with_room,
)

FLAGGED = (".mp4", ".mov", *MATROSKA)
"""Kinds of files that hold the 360° flag."""


@dataclass(frozen=True)
class Declared:
    """What a complete file is to say of its picture.

    Args:
        what: in a person's words.
        own: the picture's own title, or "".
        elements: of Matroska; empty for the flag of an MP4.
    """

    what: str
    own: str
    elements: bytes

    @property
    def title(self) -> str:
        """The title that the picture must have until then: it makes room."""
        if self.elements:
            return title_with_room(self.own, self.elements)
        return title_with_place(self.own)

    def put(self, path: Path) -> bool:
        """Say it; whether the file had the place.

        Args:
            path: the complete file.

        Raises:
            OSError: of the disk.
        """
        if self.elements:
            return declare_shape(path, self.elements, self.own)
        return flag_all_round(path, self.own)


def declared_for(
    path: Path, codec: str, size: tuple[int, int], aspect: Fraction, *, all_round: bool, title: str
) -> Declared | None:
    """What must be put into a file when it is complete.

    Args:
        path: the file; its suffix counts.
        codec: of its picture: H.264 and HEVC tell the shape of their pixels themselves.
        size: (width, height) of its picture.
        aspect: shape of a pixel, width over height.
        all_round: the picture has the 360° flag.
        title: of the picture, or "".

    Returns:
        None where the muxer says everything.
    """
    suffix = path.suffix.lower()
    what, elements = [], b""
    if suffix in MATROSKA and aspect != 1 and codec not in ("h264", "hevc"):
        what.append("the shape of its pixels")
        elements += declared_size(display_size(*size, aspect))
    if all_round and suffix in FLAGGED:
        what.append("the 360° flag")
        elements += ALL_ROUND if suffix in MATROSKA else b""
    return Declared(" and ".join(what), title, elements) if what else None
