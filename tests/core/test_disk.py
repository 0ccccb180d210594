"""Disk space and the meaning of the system's errors."""

from __future__ import annotations

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core import disk
from flowstyle.core.errors import OutputError, StorageError
from flowstyle.storage.png import encode

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (5e13, "50.0 TB")],
)
def test_sizes_for_people(count: float, text: str):
    assert disk.readable_size(count) == text


def test_preflight_warns_only_when_room_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 0, 10**6))
    target = tmp_path / "not/yet/there"
    assert disk.preflight(target, 10**6) is None
    notice = disk.preflight(target, 10**6 + 1)
    assert notice is not None
    assert "1.0 MB" in notice.text
    # 10 frames of 100×200 with 3 samples of 2 bytes are 1.2 MB raw, and are stored raw.
    noise = np.random.default_rng(0).integers(0, 65536, (100, 200, 3), dtype=np.uint16)
    assert disk.frames_bytes(10, 100, 200) == pytest.approx(10 * len(encode(noise)), rel=0.01)
    assert 0.3e6 < disk.frames_bytes(10, 100, 200, depth=8) < 0.6e6


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StorageError),
        (errno.EDQUOT, StorageError),
        (errno.EFBIG, StorageError),
        (errno.EIO, StorageError),
        (errno.EACCES, OutputError),
        (errno.EROFS, OutputError),
        (errno.ENOENT, OutputError),
        (errno.ENAMETOOLONG, OutputError),
        (errno.ELOOP, OutputError),
    ],
)
def test_each_error_has_its_class_and_advice(tmp_path: Path, number: int, kind: type):
    explained = disk.explain(OSError(number, os.strerror(number)), tmp_path)
    assert type(explained) is kind
    assert os.strerror(number) in explained.what
    assert explained.advice


def test_missing_folder_and_file_in_its_place(tmp_path: Path):
    disk.require_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "missing", tmp_path / "file"):
        with pytest.raises(OutputError, match=r"does not exist|is not a folder"):
            disk.require_writable(folder)


def test_every_name_can_be_asked_for(tmp_path: Path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    long = tmp_path / (300 * "x")
    assert disk.why_missing(tmp_path) == ""
    assert disk.why_missing(tmp_path / "none" / "a") == "does not exist"
    assert "too long" in disk.why_missing(long)
    assert "symbolic links" in disk.why_missing(loop)
    assert [disk.is_folder(path) for path in (tmp_path, long, loop)] == [True, False, False]
    for folder in (long, loop):
        with pytest.raises(OutputError, match="cannot be reached"):
            disk.require_writable(folder)


def test_read_only_file_system_is_noticed():
    proc = Path("/proc/self")
    if not proc.is_dir():
        pytest.skip("needs /proc")
    with pytest.raises((OutputError, StorageError)):
        disk.require_writable(proc)
