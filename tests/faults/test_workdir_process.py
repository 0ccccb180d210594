"""The work folder under kills, limits and a second run: real processes, no network, no GPU."""

from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core import failpoints
from flowstyle.core.errors import FlowstyleError, WorkdirBusyError
from flowstyle.core.events import Notice
from flowstyle.storage import WorkDir
from scripts.stress import processes

FRAMES = 8
KILLS = 24
PLACES = ["before_write", "before_fsync", "before_rename", "after_rename", "journal_append",
          "journal_fsync", "after_journal"]  # fmt: skip


def say(text: object) -> None:
    sys.stderr.write(f"{text}\n")


def paint(previous: np.ndarray, index: int) -> np.ndarray:
    """Like a render: every frame depends on the one before."""
    noise = np.random.default_rng(index).integers(0, 65535, previous.shape, np.uint16)
    return (previous // 2 + noise // 2).astype(np.uint16)


def render(folder: str, pace: float = 0.0, started: str = "") -> int:
    """Take up the work, frame by frame; explain errors like the command line."""
    failpoints.configure()
    said = []
    try:
        with WorkDir.open(Path(folder), {"pace": 1}, report=lambda e: said.append(e)) as work:
            if started:
                Path(started).touch()
            image = np.zeros((24, 32, 3), np.uint16)
            for index in range(FRAMES):
                if work.is_done("final", index):
                    image = work.load_image16("final", index)
                    continue
                image = paint(image, index)
                time.sleep(pace)
                work.commit_image16("final", index, image)
    except FlowstyleError as error:
        say(error)
        return error.exit_code
    for event in said:
        say(event.text if isinstance(event, Notice) else event)
    return 0


def digests(folder: Path) -> dict[str, str]:
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    return {line["name"]: line["sha256"] for line in lines}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("whole")
    assert processes.run(render, str(folder / "w"), log=folder / "log") == 0
    return digests(folder / "w")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("time_passed", [1, 2, 5])
def test_kill_at_every_place_of_a_commit(
    tmp_path: Path,
    uninterrupted: dict[str, str],
    place: str,
    time_passed: int,
):
    log = tmp_path / "log"
    status = processes.run(armed, f"{place}:{time_passed}=kill", str(tmp_path / "w"), log=log)
    assert status == -signal.SIGKILL
    finished = 0
    for path in (tmp_path / "w").glob("final/0*.png"):  # what has its name is whole
        finished += 1
        assert hashlib.sha256(path.read_bytes()).hexdigest() == uninterrupted[f"final/{path.name}"]
    assert processes.run(render, str(tmp_path / "w"), log=tmp_path / "log2") == 0
    assert digests(tmp_path / "w") == uninterrupted
    said = (tmp_path / "log2").read_text()
    verified = int(said.split("resuming: ")[1].split()[0]) if "resuming" in said else 0
    assert finished - verified <= 1  # the one frame in work
    assert not list((tmp_path / "w").rglob("*.tmp~"))
    assert "Traceback" not in said


def armed(points: str, folder: str) -> int:
    os.environ[failpoints.VARIABLE] = points
    return render(folder)


@pytest.mark.parametrize("action", ["enospc", "eio", "edquot"])
@pytest.mark.parametrize("place", PLACES[:4] + PLACES[4:6])
def test_disk_error_at_every_place_is_15_and_loses_nothing(
    tmp_path: Path, uninterrupted: dict[str, str], place: str, action: str
):
    failpoints.configure(f"{place}:4={action}")
    with pytest.raises(FlowstyleError) as caught:
        render_here(tmp_path / "w")
    assert caught.value.exit_code == 15
    kept = len(digests(tmp_path / "w"))
    assert kept >= 2
    failpoints.configure("")
    render_here(tmp_path / "w")
    assert digests(tmp_path / "w") == uninterrupted


def render_here(folder: Path) -> None:
    with WorkDir.open(folder, {"pace": 1}) as work:
        image = np.zeros((24, 32, 3), np.uint16)
        for index in range(FRAMES):
            if work.is_done("final", index):
                image = work.load_image16("final", index)
                continue
            image = paint(image, index)
            work.commit_image16("final", index, image)


@pytest.fixture(autouse=True)
def disarm() -> Iterator[None]:
    yield
    failpoints.configure("")


def test_kills_at_random_times(tmp_path: Path, uninterrupted: dict[str, str]):
    generator = random.Random(5)
    folder, kills = tmp_path / "0", 0
    for attempt in range(200):
        started = tmp_path / f"started{attempt}"
        child = processes.start(
            render, str(folder), 0.02, str(started), log=tmp_path / f"log{attempt}"
        )
        processes.wait_for(lambda s=started, c=child: s.exists() or c.exitcode is not None)
        time.sleep(generator.uniform(0, 0.08))
        child.kill()
        status = processes.finish(child)
        kills += status == -signal.SIGKILL
        if status == 0:
            assert digests(folder) == uninterrupted
            folder = tmp_path / str(attempt + 1)
        if kills >= KILLS:
            break
    assert kills >= KILLS
    assert processes.run(render, str(folder), log=tmp_path / "log") == 0
    assert digests(folder) == uninterrupted


def test_second_process_is_refused_and_the_lock_dies_with_the_first(tmp_path: Path):
    folder, started = tmp_path / "w", tmp_path / "started"
    child = processes.start(render, str(folder), 30.0, str(started), log=tmp_path / "log")
    processes.wait_for(started.exists, child)
    with pytest.raises(WorkdirBusyError, match=f"process {child.pid} on ") as caught:
        WorkDir.open(folder, {"pace": 1})
    assert caught.value.exit_code == 13
    child.kill()
    processes.finish(child)
    WorkDir.open(folder, {"pace": 1}).close()


def render_small_files(folder: str) -> int:
    """Under a file size limit that some frame exceeds; the journal stays below it."""
    with WorkDir.open(Path(folder), {"pace": 1}) as work:
        work.commit_image16("final", 0, np.zeros((8, 8, 3), np.uint16))
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        try:
            work.commit_image16("final", 1, paint(np.zeros((64, 64, 3), np.uint16), 0))
        except FlowstyleError as error:
            say(error)
            return error.exit_code
    return 0


def test_file_size_limit_is_15_and_names_what_is_needed(tmp_path: Path):
    assert processes.run(render_small_files, str(tmp_path / "w"), log=tmp_path / "log") == 15
    said = (tmp_path / "log").read_text()
    assert "were needed" in said
    assert "are free" in said
    with WorkDir.open(tmp_path / "w", {"pace": 1}) as work:
        assert work.verified("final") == {0}


def render_obediently(folder: str) -> int:
    processes.obey_permissions()
    return render(folder)


@pytest.mark.parametrize("place", ["parent", "folder", "frames", "journal"])
def test_folder_without_permission_is_12(place: str, tmp_path: Path):
    folder = tmp_path / "parent/w"
    folder.parent.mkdir()
    locked = folder.parent
    if place != "parent":
        assert processes.run(render, str(folder), log=tmp_path / "log") == 0
        (folder / "final/000003.png").unlink()
        locked = {"folder": folder, "frames": folder / "final"}.get(place, folder / "journal.jsonl")
    mode = locked.stat().st_mode
    locked.chmod(0o555)
    assert processes.run(render_obediently, str(folder), log=tmp_path / "log2") == 12
    said = (tmp_path / "log2").read_text()
    assert "Permission denied" in said
    assert "what to do" in said
    locked.chmod(mode)
    assert processes.run(render, str(folder), log=tmp_path / "log3") == 0


def test_clock_set_back_changes_nothing(tmp_path: Path, uninterrupted: dict[str, str]):
    failpoints.configure("before_rename:4=enospc")
    with pytest.raises(FlowstyleError):
        render_here(tmp_path / "w")
    failpoints.configure("")
    future = time.time() + 10**8
    for path in [tmp_path / "w", *(tmp_path / "w").rglob("*")]:
        os.utime(path, (future, future))
    render_here(tmp_path / "w")
    assert digests(tmp_path / "w") == uninterrupted
