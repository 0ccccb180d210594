"""Atomic files: the old or the new content, whatever fails on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowstyle.core import failpoints
from flowstyle.core.errors import OutputError, StorageError
from flowstyle.core.files import make_folder, remove_temporaries, write_atomic

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
