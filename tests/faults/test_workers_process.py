"""Workers that are processes: killed, told to stop, left without a parent, and gone on without."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from scripts.stress import processes
from scripts.stress.project import Project

FRAMES = 7
pytestmark = pytest.mark.slow


def two_shots(folder: Path) -> Project:
    project = Project(folder, frames=FRAMES)
    (folder / "shots.csv").write_text("0\n5\n")
    return project


def run(project: Project, *more: str, points: str = "") -> int:
    return project.run("--shots", str(project.folder / "shots.csv"), *more, points=points)


def painted(project: Project) -> Counter[int]:
    """How often the workers' logs tell of each frame as committed."""
    logs = "".join(path.read_text() for path in project.work.glob("logs/*.log"))
    return Counter(map(int, re.findall(r" frame (\d+): ", logs)))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Painted by one process of one thread."""
    project = two_shots(tmp_path_factory.mktemp("whole"))
    assert run(project) == 0, project.said
    return project


def same_result(one: Project, other: Project) -> bool:
    return (
        one.stylised() == other.stylised() and one.output.read_bytes() == other.output.read_bytes()
    )


def test_workers_that_kill_themselves_are_replaced(whole: Project, tmp_path: Path) -> None:
    """A process dies at its third committed frame; the second shot has but two."""
    project = two_shots(tmp_path / "project")
    assert run(project, "--workers", "2", points="job_committed:3=kill") == 0, project.said
    assert same_result(project, whole)
    assert "a worker died over frames 0 to 4 (SIGKILL(-9)); the job is begun again" in project.said
    assert set(painted(project)) <= set(range(FRAMES))
    assert max(painted(project).values()) == 1


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    found = []
    for one in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):  # some end at once
            found += [one] if "LokyProcess" in str(one.cmdline()) else []
    return found


def woken(workers: list[psutil.Process]) -> None:
    """Let workers go on that stop at the point of the test: now, or only after a first call."""
    for one in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_parent_that_ends_takes_its_workers_along(
    whole: Project, tmp_path: Path, ending: signal.Signals
) -> None:
    project = two_shots(tmp_path / "project")
    shots = ("--shots", str(project.folder / "shots.csv"))
    child = project.start(*shots, "--workers", "2", points="job_committed:2=stop")
    processes.wait_for(lambda: len(painted(project)) == 2, child)
    workers = workers_of(psutil.Process(child.pid))
    assert len(workers) == 2, [one.cmdline() for one in workers]
    os.kill(child.pid or 0, ending)
    assert processes.finish(child) == -ending
    alive = workers
    for _ in range(40):
        if ending == signal.SIGKILL:
            woken(alive)
        _, alive = psutil.wait_procs(alive, timeout=0.5)
    assert not alive
    assert "Traceback" not in project.said
    assert run(project) == 0, project.said  # by one process
    assert same_result(project, whole)
    assert max(painted(project).values()) == 1


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is missing: pip install 'flowstyle[ray]'")
def test_a_daemon_of_ray_that_is_killed_is_told_and_loses_nothing(
    whole: Project, tmp_path: Path
) -> None:
    """Without it Ray soon ends the process that started it, and says nothing that helps."""
    project = two_shots(tmp_path / "project")
    shots = ("--shots", str(project.folder / "shots.csv"))
    child = project.start(*shots, "--executor", "ray", "--workers", "1")
    processes.wait_for(lambda: bool(painted(project)), child)
    for one in psutil.Process(child.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if one.name() == "raylet":
                one.kill()
    assert processes.finish(child) == 1
    assert "flowstyle: Ray has ended on this machine" in project.said
    assert "Traceback" not in project.said
    assert run(project) == 0, project.said  # by one process
    assert same_result(project, whole)
    assert max(painted(project).values()) == 1


def test_a_parent_that_is_killed_while_its_workers_load_leaves_none_behind(tmp_path: Path) -> None:
    """They learn of it when they have loaded; until then there is nothing that could look."""
    project = two_shots(tmp_path / "project")
    child = project.start("--shots", str(project.folder / "shots.csv"), "--workers", "2")
    parent = psutil.Process(child.pid)
    processes.wait_for(lambda: len(workers_of(parent)) == 2, child)
    workers = workers_of(parent)
    child.kill()
    assert processes.finish(child) == -signal.SIGKILL
    _, alive = psutil.wait_procs(workers, timeout=120)
    assert not alive
