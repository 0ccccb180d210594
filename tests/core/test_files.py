"""Atomic files: the old or the new content, whatever fails on the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flowstyle.core import failpoints
from flowstyle.core.errors import OutputError, StorageError
from flowstyle.core.files import (
    make_folder,
    publish,
    remove_temporaries,
    sync_folder,
    write_atomic,
)

PLACES = ["before_write", "before_fsync", "before_rename"]


@pytest.fixture(autouse=True)
def disarm():
    yield
    failpoints.configure("")


@pytest.mark.parametrize("action", ["enospc", "eio", "edquot"])
@pytest.mark.parametrize("place", PLACES)
def test_failure_keeps_the_old_file_and_leaves_nothing_else(
    tmp_path: Path, place: str, action: str
):
    path = tmp_path / "frame"
    write_atomic(path, b"old")
    failpoints.configure(f"{place}={action}")
    with pytest.raises(StorageError) as caught:
        write_atomic(path, b"new")
    assert caught.value.exit_code == 15
    assert caught.value.advice
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_says_what_was_needed_and_what_is_free(tmp_path: Path):
    failpoints.configure("before_write=enospc")
    with pytest.raises(StorageError, match=r"12\.3 kB were needed, .* are free"):
        write_atomic(tmp_path / "frame", b"x" * 12_300)


def test_only_temporary_files_are_removed(tmp_path: Path):
    for name in (".frame.tmp~", "frame.tmp~", ".frame", "frame.png"):
        (tmp_path / name).write_bytes(b"")
    remove_temporaries(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".frame", "frame.png", "frame.tmp~"]


def test_folder_over_a_file_is_an_output_error(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        make_folder(tmp_path / "file/inner")
    with pytest.raises(OutputError):
        write_atomic(tmp_path / "missing/frame", b"")


def test_publishing_replaces_in_one_step_or_not_at_all(tmp_path: Path):
    partial, path = tmp_path / ".out.partial", tmp_path / "out"
    path.write_bytes(b"old")
    partial.write_bytes(b"new")
    failpoints.configure("publish=enospc")
    with pytest.raises(OSError, match="No space left"):
        publish(partial, path)
    assert (path.read_bytes(), partial.read_bytes()) == (b"old", b"new")
    publish(partial, path)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_folder_is_published_too(tmp_path: Path):
    partial = tmp_path / "partial"
    partial.mkdir()
    (partial / "1.png").write_bytes(b"one")
    publish(partial, tmp_path / "out")
    assert (tmp_path / "out/1.png").read_bytes() == b"one"


def test_windows_opens_no_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", lambda *_: pytest.fail("a folder was opened"))
        patch.setattr(os, "name", "nt")
        sync_folder(tmp_path)
