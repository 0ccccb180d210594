"""The lock on a folder: who holds it, what it leaves, and what it does not overwrite."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path

import filelock
import pytest

from flowstyle.core.errors import OutputError, StorageError, WorkdirBusyError
from flowstyle.storage.lock import HOLDER, NAME, FolderLock


def test_second_holder_is_told_of_the_first(tmp_path: Path) -> None:
    with FolderLock(tmp_path):
        with pytest.raises(
            WorkdirBusyError, match=f"process {os.getpid()} on .* since 20"
        ) as caught:
            FolderLock(tmp_path)
        assert caught.value.exit_code == 13
    with FolderLock(tmp_path) as lock:
        lock.release()
        lock.release()
        FolderLock(tmp_path).release()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"pid": 1', "null", "\xff", "[" * 100_000])
def test_name_that_cannot_be_read_is_no_obstacle(tmp_path: Path, text: str) -> None:
    with FolderLock(tmp_path):
        (tmp_path / HOLDER).write_text(text, encoding="latin-1")
        with pytest.raises(WorkdirBusyError, match="has not written its name yet"):
            FolderLock(tmp_path)


def test_other_thread_may_release(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    FolderLock(tmp_path).release()


def test_links_are_not_followed(tmp_path: Path) -> None:
    folder, other = tmp_path / "w", tmp_path / "other"
    folder.mkdir()
    other.write_text("precious")
    (folder / HOLDER).symlink_to(other)
    with FolderLock(folder):
        assert json.loads((folder / HOLDER).read_text())["pid"] == os.getpid()
    (folder / NAME).unlink(missing_ok=True)
    (folder / NAME).symlink_to(other)
    with pytest.raises(OutputError):
        FolderLock(folder)
    assert other.read_text() == "precious"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_lock_that_is_no_file_is_refused(tmp_path: Path, make: object) -> None:
    make(tmp_path / NAME)  # type: ignore[operator]
    with pytest.raises(OutputError, match="the lock is not a file"):
        FolderLock(tmp_path)


@pytest.mark.parametrize(
    ("number", "expected", "message"),
    [
        (errno.ENOLCK, OutputError, "cannot be locked"),
        (errno.EACCES, OutputError, "cannot write"),
        (errno.ENOSPC, StorageError, "full"),
    ],
)
def test_disk_without_locks_or_room_is_explained(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    expected: type[Exception],
    message: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock.FileLock, "_acquire", refuse)
    with pytest.raises(expected, match=message):
        FolderLock(tmp_path)
