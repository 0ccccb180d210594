"""A lock on a work folder that dies with its process."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from flowstyle.core import disk
from flowstyle.core.errors import OutputError, WorkdirBusyError

NAME = "lock"
HOLDER = "lock.json"
"""Who holds the lock. A file of its own: on Windows nobody else can read a locked file."""


class FolderLock:
    """Exclusive use of a folder, from construction to :meth:`release`.

    The operating system holds the lock (``flock``, or a lock on a byte on Windows) and drops it
    when the process ends in whatever way, so there is no stale lock to clear. Where a system or a
    disk has no such locks, filelock says so in a warning, and a file that names the process stands
    for the lock; what a killed process left of it is cleared by the next run on the same machine.

    The holder's name only informs a second run; it stays behind and means nothing once the process
    is gone.

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
        # Not bound to this thread: the work folder may be closed by another one.
        self._lock = FileLock(path, thread_local=False)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise WorkdirBusyError(
                f"another run holds the work folder: {_read_holder(folder / HOLDER)}",
                folder,
                "wait for it, stop it, or give another output",
            ) from None
        except OSError as error:
            if error.errno in disk.NOT_ALLOWED or error.errno in disk.FULL:
                raise disk.explain(error, folder) from error
            raise OutputError(
                f"the work folder cannot be locked: {error.strerror or error}",
                folder,
                "choose a work folder on a local disk",
            ) from error
        _name_holder(folder / HOLDER)

    def release(self) -> None:
        """Let the folder go; a second call does nothing."""
        self._lock.release()

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


def _name_holder(path: Path) -> None:
    """Write who holds the lock; a full disk must not prevent a run from being resumed."""
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with suppress(OSError):
        path.unlink(missing_ok=True)  # were it a link, what it leads to would be overwritten
        with path.open("x", encoding="utf-8") as file:
            json.dump(holder, file)


def _read_holder(path: Path) -> str:
    """The holder's name; it may just be being written."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "a process that has not written its name yet"
