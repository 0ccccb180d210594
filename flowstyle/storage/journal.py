"""The append-only list of what is done: one JSON object a line.

A line counts when it is complete, newline included, and when it is a JSON object. A kill while
writing leaves a torn last line, which is cut off when the journal is opened again; a damaged line
in the middle is left out and counted.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from flowstyle.core import disk
from flowstyle.core.errors import OutputError
from flowstyle.core.failpoints import failpoint

NAME = "journal.jsonl"
BINARY = getattr(os, "O_BINARY", 0)
"""On Windows alone, where a file would otherwise get another end of line."""

Record = dict[str, Any]


def parse_line(line: bytes) -> Record | None:
    """Read one line.

    Args:
        line: with its newline.

    Returns:
        The object, or None for a torn or damaged line.
    """
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # ValueError includes text that is not UTF-8
        return None
    return record if isinstance(record, dict) else None


class Journal:
    """The journal of one work folder, open for appending.

    ``records`` are the objects found at opening, in order; ``damaged`` counts the complete lines
    that were left out.

    Args:
        folder: an existing folder that the caller has locked.

    Raises:
        OutputError: if the journal cannot be opened.
        StorageError: if the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.records: list[Record] = []
        self.damaged = 0
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
            raise OutputError("the journal is not a file", self.path, "choose another work folder")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | BINARY, 0o644)
            self._length = self._read()
            if os.fstat(self._file).st_size != self._length:
                os.ftruncate(self._file, self._length)
        except OSError as error:
            raise disk.explain(error, self.path) from error

    def _read(self) -> int:
        """Read all lines; return the length without a torn last one."""
        length = 0
        with self.path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                length += len(line)
                record = parse_line(line)
                if record is None:
                    self.damaged += 1
                else:
                    self.records.append(record)
        return length

    def append(self, record: Record) -> None:
        """Write one line and wait until it is on the disk.

        Args:
            record: what happened; JSON types only.

        Raises:
            StorageError: if the disk is full or fails; the journal then ends as before.
        """
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        # Names of files may hold bytes that are no text: written as JSON writes such a character.
        line = text.encode("utf-8", "backslashreplace") + b"\n"
        try:
            failpoint("journal_append")
            _write_all(self._file, line)
            failpoint("journal_fsync")
            os.fsync(self._file)
        except OSError as error:
            # Half a line would make the next one unreadable.
            os.ftruncate(self._file, self._length)
            raise disk.explain(error, self.path, len(line)) from error
        failpoint("after_journal")
        self._length += len(line)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _write_all(file: int, data: bytes) -> None:
    """Write every byte; the kernel may take only a part at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
