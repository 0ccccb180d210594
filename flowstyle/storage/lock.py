"""A lock on a work folder that dies with its process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from flowstyle.core import disk
from flowstyle.core.errors import OutputError, WorkdirBusyError

NAME = "lock"


class FolderLock:
    """Exclusive use of a folder, from construction to :meth:`release`.

    The kernel holds the lock (``flock``) and drops it when the process ends in whatever way, so
    there is no stale lock to clear. The file's text only names the holder to a second run; it stays
    behind and means nothing once the process is gone.

    Args:
        folder: an existing folder.

    Raises:
        WorkdirBusyError: if another run holds it, with that run's process, host and start.
        OutputError: if the lock file cannot be made or the file system has no locks.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        if path.exists() and not path.is_file():
            raise OutputError("the lock is not a file", path, "choose another work folder")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise disk.explain(error, folder) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_holder(self._file)
            os.close(self._file)
            raise WorkdirBusyError(
                f"another run holds the work folder: {holder}",
                folder,
                "wait for it, stop it, or give another output",
            ) from None
        except OSError as error:
            os.close(self._file)
            raise OutputError(
                f"the work folder cannot be locked: {error.strerror}",
                folder,
                "choose a work folder on a local disk",
            ) from error
        self._name_holder()

    def _name_holder(self) -> None:
        """Write who holds the lock; a full disk must not prevent a run from being resumed."""
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(holder).encode(), 0)
        except OSError:
            return

    def release(self) -> None:
        """Let the folder go; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> FolderLock:
        """Return the lock itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self.release()


def _read_holder(file: int) -> str:
    """The holder's name from the lock file; it may just be being written."""
    try:
        holder = json.loads(os.pread(file, 4096, 0))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "a process that has not written its name yet"
