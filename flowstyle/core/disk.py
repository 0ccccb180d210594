"""Disk space: a warning before the work, and errors that say how much is missing."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from pathlib import Path

from flowstyle.core.errors import FlowstyleError, OutputError, StorageError
from flowstyle.core.events import Notice
from flowstyle.core.nearby import unfilled_home

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
NOT_ALLOWED |= {errno.ENAMETOOLONG, errno.ELOOP}

PNG_RATIO = {8: 0.6, 16: 1.0}
"""Size of a PNG over its raw size, by bits: of a camera's frame, and of a painted one, which is
stored without compression."""


def readable_size(count: float) -> str:
    """Write a number of bytes for people, in powers of 1000.

    Args:
        count: bytes, ≥ 0.

    Returns:
        For instance ``"12.3 MB"``.
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def bytes_of(text: str) -> int:
    """Read an amount of memory that a person wrote, in powers of 1000.

    Args:
        text: a number of bytes, or one with ``k``, ``M``, ``G`` or ``T`` behind it.

    Raises:
        ValueError: it is no such amount.

    Example:
        >>> bytes_of("8G"), bytes_of("1.5 GB"), bytes_of("900m")
        (8000000000, 1500000000, 900000000)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", text.strip().lower())
    if found is None:
        raise ValueError("give an amount such as 8G or 900M")
    power: int = " kmgt".index(found[2] or " ")
    return int(float(found[1]) * 10.0 ** (3 * power))


def why_missing(path: Path) -> str:
    """Say why nothing is found at a path; unlike ``Path.exists`` it takes every name.

    Args:
        path: what the user gave.

    Returns:
        "" if something is there; else words that go on a sentence, such as ``"does not exist"``.
    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "does not exist"
    except OSError as error:
        return f"cannot be reached: {error.strerror}"
    return ""


def is_folder(path: Path) -> bool:
    """Whether a folder is at a path; unlike ``Path.is_dir`` it takes every name."""
    return not why_missing(path) and path.is_dir()


def require_name(path: Path) -> None:
    """Make sure that a file system can hold a name, before a file is to have it.

    Args:
        path: the file or folder to come.

    Raises:
        OutputError: if the name or the whole path is too long.
    """
    try:
        path.lstat()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return
        raise OutputError(
            f"a name of {len(os.fsencode(path.name))} bytes, with what is added to it while the "
            "result is made, is too long for this disk",
            path,
            "give a shorter name with -o",
        ) from error


def existing_parent(path: Path) -> Path:
    """The nearest folder of ``path`` that exists; ``path`` itself if it is one."""
    path = path.absolute()
    while not is_folder(path) and path != path.parent:
        path = path.parent
    return path


def free_bytes(path: Path) -> int:
    """Bytes that the user may still write to the disk that holds (or will hold) ``path``."""
    return shutil.disk_usage(existing_parent(path)).free


def frames_bytes(frames: int, height: int, width: int, depth: int = 16) -> int:
    """Estimate what a number of committed frames takes on the disk.

    Args:
        frames: number of frames, over all sweeps that are kept at the same time.
        height: pixels.
        width: pixels.
        depth: bits of a sample, 8 or 16.

    Returns:
        Bytes.
    """
    return int(frames * height * width * 3 * (depth // 8) * PNG_RATIO[depth])


def preflight(path: Path, bytes_needed: int) -> Notice | None:
    """Warn before the work if the disk will probably become full.

    Args:
        path: the work folder or output file; need not exist yet.
        bytes_needed: estimate of what the run will write there.

    Returns:
        The warning, or None if there is room.
    """
    free = free_bytes(path)
    if free >= bytes_needed:
        return None
    return Notice(
        f"the run needs about {readable_size(bytes_needed)} on the disk of {path.parent}, and "
        f"{readable_size(free)} are free; finished frames are kept if it becomes full"
    )


def require_writable(folder: Path, what: str = "output") -> None:
    """Make sure that files can be created in a folder, by creating one.

    Permission bits alone do not tell: the disk may be mounted read-only.

    Args:
        folder: the folder.
        what: name of the thing to be written, for the message.

    Raises:
        OutputError: if the folder is missing or nothing can be created in it.
        StorageError: if the disk is full or broken.
    """
    if not is_folder(folder):
        missing = why_missing(folder) or "is not a folder"
        advice = unfilled_home(folder) or f"mkdir -p '{folder}'"
        raise OutputError(f"the {what} folder {missing}", folder, advice)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise explain(error, folder) from error


def explain(error: OSError, where: object, needed: int | None = None) -> FlowstyleError:
    """Turn an operating system's error while writing into one with advice.

    Args:
        error: what the system said.
        where: the file or folder concerned; if it is a Path, its disk's free space is named.
        needed: bytes that were to be written, if known.

    Returns:
        StorageError for a full or broken disk, OutputError where writing is not allowed.
    """
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in NOT_ALLOWED:
        return OutputError(
            f"cannot write: {reason}",
            where,
            "choose a folder that exists and is yours to write",
        )
    if error.errno not in FULL:
        return StorageError(
            f"writing failed: {reason}",
            where,
            "check the disk; then run the same command again, finished frames are kept",
        )
    need = "" if needed is None else f" {readable_size(needed)} were needed,"
    free = ""
    if isinstance(where, Path):
        free = f" {readable_size(free_bytes(where))} are free;"
    return StorageError(
        f"the disk is full or a size limit reached ({reason}):{need}{free} finished frames stay",
        where,
        "make room; then run the same command again: it goes on where it stopped",
    )
