"""One shot to be painted, as plain data that can be sent to another process or machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flowstyle.core.types import Survey
from flowstyle.guides.styles import StylePicture
from flowstyle.settings import Settings


@dataclass(frozen=True)
class Piece:
    """What of a shot a job is about, see :mod:`flowstyle.execution.parts`.

    Args:
        shot: index of the shot's first frame.
        keys: frames that are painted one from the other, and none between them; empty: all
            frames of a part, whose first one is painted already.
        towards: index of the painted frame that the part leads to, if any.
    """

    shot: int
    keys: tuple[int, ...] = ()
    towards: int | None = None


@dataclass(frozen=True)
class ShotJob:
    """A shot to be painted.

    Args:
        folder: the work folder, which holds the source frames and gets the painted ones.
        first: index of the shot's first frame, counted from the render's first.
        last: of its last frame; None where that is not known before it is painted.
        settings: the render's.
        seed: of all randomness, together with shot and frame.
        styles: the pictures.
        survey: all shots of the render; None where they are not known before.
        piece: which part of a shot ``first`` and ``last`` are; None: the whole.
    """

    folder: Path
    first: int
    last: int | None
    settings: Settings
    seed: int
    styles: tuple[StylePicture, ...]
    survey: Survey | None = None
    piece: Piece | None = None

    @property
    def opening(self) -> int:
        """Index of the shot's first frame."""
        return self.first if self.piece is None else self.piece.shot

    @property
    def frames(self) -> Sequence[int]:
        """Frames that are there when the job is done; its end must be known."""
        if self.piece is not None and self.piece.keys:
            return self.piece.keys
        return range(self.first, (self.first if self.last is None else self.last) + 1)

    @property
    def needs(self) -> tuple[int, ...]:
        """Frames that must be there before it begins."""
        if self.piece is None or self.piece.keys:
            return ()
        ends = (self.first, self.piece.towards)
        return tuple(index for index in ends if index is not None)

    @property
    def name(self) -> str:
        """Of the job's folder."""
        keys = "-keys" if self.piece is not None and self.piece.keys else ""
        return f"{self.first:06d}-{self.last or 0:06d}{keys}"

    @property
    def described(self) -> str:
        """In messages, as the clip counts."""
        start = self.settings.start_frame
        end = "the next cut" if self.last is None else str(start + self.last)
        which = "keyframes" if self.piece is not None and self.piece.keys else "frames"
        return f"{which} {start + self.first} to {end}"


@dataclass(frozen=True)
class ShotResult:
    """A painted shot: its first and last frame."""

    first: int
    last: int

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.last - self.first + 1
