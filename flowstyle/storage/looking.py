"""A work folder looked at from outside: frames are read, nothing is locked, checked or changed.

It can be looked into while a run is at work in it; what is committed by then is seen.
"""

from __future__ import annotations

from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.errors import StorageError, UsageError
from flowstyle.storage import journal, png
from flowstyle.storage.ledger import Ledger, frame_name
from flowstyle.storage.png import Picture
from flowstyle.storage.sources import SOURCE


class FolderView:
    """What a work folder holds.

    Args:
        folder: ``OUT.flowstyle``.

    Raises:
        UsageError: it is not a work folder.
        StorageError: the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        book = folder / journal.NAME
        try:
            if not book.is_file():
                raise UsageError(
                    "this is not the work folder of a run",
                    folder,
                    "give the folder OUT.flowstyle that a run keeps beside its result OUT",
                )
            with book.open("rb") as lines:
                records = [found for line in lines if (found := journal.parse_line(line))]
        except OSError as error:
            raise disk.explain(error, folder) from error
        self._ledger = Ledger.of(records)

    def count(self, painted: str) -> int:
        """Number of frames, from the first on, that are both read and painted.

        Args:
            painted: kind of the painted frames.
        """
        done = self._ledger.indices(SOURCE) & self._ledger.indices(painted)
        count = 0
        while count in done:
            count += 1
        return count

    def image(self, kind: str, index: int) -> Picture:
        """A committed frame, H×W×3.

        Raises:
            StorageError: its file is missing or damaged.
        """
        path = self.folder / frame_name(kind, index)
        try:
            return png.decode(path.read_bytes())
        except OSError as error:
            raise disk.explain(error, path) from error
        except ValueError as error:
            advice = "run the same command again: damaged frames are made anew"
            raise StorageError("a finished frame is not a picture", path, advice) from error

    def noted(self, kind: str, figure: str, count: int) -> list[float | None]:
        """A figure that was kept with each frame, None where there is none.

        Args:
            kind: of the frames.
            figure: name in ``extra``.
            count: of frames.
        """
        entries = [self._ledger.files.get(frame_name(kind, index)) for index in range(count)]
        return [None if entry is None else entry.extra.get(figure) for entry in entries]
