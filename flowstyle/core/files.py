"""Put a file in place so that it is there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.failpoints import failpoint

TEMPORARY = ".tmp~"
"""End of the names of files in the making; what a kill leaves behind is recognised by it."""


def sync_folder(folder: Path) -> None:
    """Wait until the folder's list of names is on the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def make_folder(folder: Path) -> None:
    """Create one folder, if it is missing, and wait until its name is on the disk.

    Raises:
        OutputError: if it cannot be created.
        StorageError: if the disk is full or fails.
    """
    try:
        if not folder.is_dir():
            folder.mkdir(exist_ok=True)
            sync_folder(folder.parent)
    except OSError as error:
        raise disk.explain(error, folder) from error


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that after a kill the old or the new content is there, never a part.

    Temporary name in the same folder, write, fsync, rename, fsync of the folder.

    Args:
        path: the file; its folder exists.
        data: the whole content.

    Raises:
        OutputError: if writing is not allowed there.
        StorageError: if the disk is full or fails; an old file is untouched.
    """
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            failpoint("before_write")
            file.write(data)
            failpoint("before_fsync")
            file.flush()
            os.fsync(file.fileno())
        failpoint("before_rename")
        temporary.replace(path)
        failpoint("after_rename")
        sync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise disk.explain(error, path, len(data)) from error


def remove_temporaries(folder: Path) -> None:
    """Delete what a killed run left half written directly in ``folder`` (never whole files)."""
    for path in folder.glob(f".*{TEMPORARY}"):
        if path.is_file():
            path.unlink(missing_ok=True)
