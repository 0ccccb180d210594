"""Follows a work folder that another process writes, without its lock."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.errors import StorageError
from flowstyle.storage import journal, png
from flowstyle.storage.journal import Record, parse_line
from flowstyle.storage.ledger import Entry, Ledger, frame_name
from flowstyle.storage.png import Picture


class FolderReader:
    """What a work folder's journal says so far; it is read on from where the last look ended.

    Args:
        path: the work folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ledger = Ledger()
        self._read = 0  # bytes of the journal
        self._lock = threading.Lock()

    def refresh(self) -> list[Record]:
        """Read what has been added to the journal; a line that is still being written waits.

        Returns:
            The new records, in order.

        Raises:
            StorageError: the disk fails.
        """
        with self._lock:
            records = [record for record in map(parse_line, self._lines()) if record is not None]
            for record in records:
                self._ledger.apply(record)
        return records

    def _lines(self) -> list[bytes]:
        """The journal's new lines that are complete."""
        added = self.added(self._read)
        whole = added[: added.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.splitlines(keepends=True)

    def added(self, start: int) -> bytes:
        """What the journal holds from a byte on; nothing where there is none yet.

        Raises:
            StorageError: the disk fails.
        """
        path = self.path / journal.NAME
        try:
            with path.open("rb") as file:
                file.seek(start)
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise disk.explain(error, path) from error

    def content(self, name: str) -> bytes:
        """A file's content, unchecked.

        Args:
            name: as it is noted.

        Raises:
            StorageError: it cannot be read.
        """
        return _read(self.path / name)

    def broken(self) -> list[str]:
        """Names of noted files that are missing or do not have the noted hash."""
        with self._lock:
            return self._ledger.broken(self.path)

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is noted; looks again if it is not known yet."""
        return self._entry(frame_name(kind, index)) is not None

    def is_discarded(self, kind: str) -> bool:
        """Whether the kind was once complete and given up."""
        return kind in self._ledger.discarded

    def load_image(self, kind: str, index: int) -> Picture:
        """A committed frame, of the type it was committed in.

        Raises:
            KeyError: if the frame is not done.
            StorageError: if its file has changed since or cannot be read.
        """
        name = frame_name(kind, index)
        entry = self._entry(name)
        if entry is None:
            raise KeyError(name)
        path = self.path / name
        return decode(path, _checked(path, self.content(name), entry.sha256))

    def _entry(self, name: str) -> Entry | None:
        entry = self._ledger.files.get(name)
        if entry is None:
            self.refresh()
            entry = self._ledger.files.get(name)
        return entry


def verified(path: Path, sha256: str) -> bytes:
    """Content of a committed file.

    Args:
        path: the file.
        sha256: its noted hash.

    Raises:
        StorageError: if the file has changed since or cannot be read.
    """
    return _checked(path, _read(path), sha256)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise disk.explain(error, path) from error


def _checked(path: Path, data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StorageError(
            "a finished file has changed",
            path,
            "run the same command again: it is made anew; if this recurs, check the disk",
        )
    return data


def decode(path: Path, data: bytes) -> Picture:
    """A committed frame from its file's content.

    Args:
        path: for the message.
        data: a PNG file.

    Raises:
        StorageError: it is not a picture.
    """
    try:
        return png.decode(data)
    except ValueError as error:
        raise StorageError("a finished frame is not a picture", path) from error
