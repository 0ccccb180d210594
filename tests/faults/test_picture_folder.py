"""A folder of pictures that replaces an older one: the older one is never lost on the way."""

from __future__ import annotations

import signal
from fractions import Fraction
from pathlib import Path

import pytest

from flowstyle.core import failpoints
from flowstyle.core.errors import OutputError, StorageError
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media import check_output, open_writer
from scripts.stress import processes
from tests.helpers.media import picture

INFO = ClipInfo(Path("none"), 64, 48, 2, Fraction(1, 25), Fraction(25))


@pytest.fixture(autouse=True)
def disarm():
    yield
    failpoints.configure("")


def write(folder: Path, first: int, points: str = "", *, overwrite: bool = True) -> int:
    """Write two pictures, of which ``first`` tells the rest apart; the exit status of a child."""
    failpoints.configure(points)
    with open_writer(folder, INFO, overwrite=overwrite) as writer:
        for k in range(2):
            writer.write(Frame(k, k, 1, picture(first + k)))
    return 0


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that an earlier run has filled."""
    write(tmp_path / "o", 0)
    return tmp_path / "o"


@pytest.mark.parametrize("action", ["enospc", "eio", "raise"])
def test_failed_publishing_leaves_the_old_folder_in_its_place(out: Path, action: str):
    before = content(out)
    with pytest.raises((StorageError, failpoints.FailpointError)):
        write(out, 5, f"publish={action}")
    assert content(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["o"]


def test_old_folder_comes_back_after_a_kill_before_publishing(out: Path):
    before = content(out)
    log = out.parent / "log"
    assert processes.run(write, out, 5, "publish=kill", log=log) == -signal.SIGKILL
    assert not out.exists()
    with pytest.raises(OutputError, match="exists"):
        check_output(out)
    assert content(out) == before
    write(out, 7)
    assert content(out) != before
    assert sorted(path.name for path in out.parent.iterdir()) == ["log", "o"]


def test_old_folder_that_a_kill_left_behind_does_not_stop_later_runs(out: Path):
    log = out.parent / "log"
    assert processes.run(write, out, 5, "published=kill", log=log) == -signal.SIGKILL
    after = content(out)
    with pytest.raises(OutputError, match="exists"):
        write(out, 7, overwrite=False)
    assert content(out) == after
    write(out, 7)
    assert content(out) != after
    assert sorted(path.name for path in out.parent.iterdir()) == ["log", "o"]


def test_failure_after_publishing_keeps_the_new_folder(out: Path):
    before = content(out)
    with pytest.raises(StorageError):
        write(out, 5, "published=enospc")
    assert content(out) != before
    write(out, 5)
    assert [path.name for path in out.parent.iterdir()] == ["o"]


def test_link_to_a_folder_is_replaced_and_its_target_kept(out: Path):
    link = out.with_name("link")
    link.symlink_to(out)
    before = content(out)
    write(link, 5)
    write(link, 6)
    assert content(out) == before
    assert not link.is_symlink()
    assert sorted(path.name for path in out.parent.iterdir()) == ["link", "o"]
