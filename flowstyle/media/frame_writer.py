"""What all kinds of output have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from flowstyle.core.types import Frame


class FrameWriter(ABC):
    """An output that is complete or not there at all.

    As a context manager it finishes, or aborts when an error is on its way.
    """

    path: Path

    @abstractmethod
    def write(self, frame: Frame) -> None:
        """Take the next frame, in the order shown."""

    @abstractmethod
    def finish(self) -> None:
        """Complete, verify and publish the output."""

    @abstractmethod
    def abort(self) -> None:
        """Remove what was written; the output path stays as it was."""

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Finish, or abort if an error is on its way or comes up."""
        if kind is not None:
            self.abort()
            return
        try:
            self.finish()
        except BaseException:
            self.abort()
            raise
