"""One shot to be painted, as plain data that can be sent to another process or machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowstyle.core.types import Survey
from flowstyle.guides.styles import StylePicture
from flowstyle.settings import Settings


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
    """

    folder: Path
    first: int
    last: int | None
    settings: Settings
    seed: int
    styles: tuple[StylePicture, ...]
    survey: Survey | None = None

    @property
    def name(self) -> str:
        """Of the job's folder."""
        return f"{self.first:06d}-{self.last or 0:06d}"

    @property
    def described(self) -> str:
        """In messages, as the clip counts."""
        start = self.settings.start_frame
        end = "the next cut" if self.last is None else str(start + self.last)
        return f"frames {start + self.first} to {end}"


@dataclass(frozen=True)
class ShotResult:
    """A painted shot: its first and last frame."""

    first: int
    last: int

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.last - self.first + 1
