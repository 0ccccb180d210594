"""Put a file in place so that it is there whole or not at all."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.failpoints import failpoint

TEMPORARY = ".tmp~"
"""End of the names of files in the making; what a kill leaves behind is recognised by it."""


def sync_folder(folder: Path) -> None:
    """Wait until the folder's list of names is on the disk, where the system can be asked to.

    Windows opens no folders; there the file system's own journal keeps renames in order.
    """
    if os.name == "nt":
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on the disk."""
    if path.is_dir():
        sync_folder(path)
        return
    with path.open("r+b") as file:  # Windows takes no fsync of a file that is open for reading
        os.fsync(file.fileno())


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


def temporary_name(path: Path) -> Path:
    """The name that a file has until it is complete, another one in every process."""
    return path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")


def followed(path: Path) -> Path:
    """Where a file is written whose name may be a link: whoever links a result wants its target.

    Args:
        path: the file; it, and what it leads to, need not exist.

    Returns:
        The end of its links as an absolute path; ``path`` itself where it is none.
    """
    is_link = os.path.islink(path)  # noqa: PTH114 - takes every name
    return Path(os.path.realpath(path)) if is_link else path


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
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as file:
            failpoint("before_write")
            file.write(data)
            failpoint("before_fsync")
            file.flush()
            os.fsync(file.fileno())
        failpoint("before_rename")
        _rename(temporary, path, "after_rename")
    except OSError as error:
        with suppress(OSError):  # as where a file stands in the folder's place
            temporary.unlink()
        raise disk.explain(error, path, len(data)) from error


def link_or_copy(source: Path, path: Path) -> bool:
    """Give a complete file on the disk a second name, or a copy where the disk has no such names.

    Args:
        source: the file, which nobody writes to any more.
        path: the new name; what a killed process left there is replaced.

    Returns:
        Whether the file was there.

    Raises:
        OutputError: if writing is not allowed there.
        StorageError: if the disk is full or fails.
    """
    try:
        path.unlink(missing_ok=True)
        try:
            path.hardlink_to(source)
        except FileNotFoundError:
            return False
        except OSError:  # FAT, some network disks
            write_atomic(path, source.read_bytes())
        sync_folder(path.parent)
    except OSError as error:
        raise disk.explain(error, path) from error
    return True


def publish(partial: Path, path: Path) -> None:
    """Give a complete file, or a folder, which somebody else wrote, its final name.

    Args:
        partial: the file or folder, in the same folder as ``path``.
        path: its final name; an existing file is replaced in one step.

    Raises:
        OSError: if the disk is full or fails, or the name cannot be given.
    """
    sync(partial)
    failpoint("publish")
    _rename(partial, path, "published")


def _rename(old: Path, new: Path, renamed: str) -> None:
    """Rename within a folder, pass the failpoint ``renamed``, and wait for the folder."""
    old.replace(new)
    failpoint(renamed)
    sync_folder(new.absolute().parent)


def remove_temporaries(folder: Path) -> None:
    """Delete what a killed run left half written directly in ``folder`` (never whole files)."""
    for path in folder.glob(f".*{TEMPORARY}"):
        if path.is_file():
            path.unlink(missing_ok=True)


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
