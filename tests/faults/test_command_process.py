"""``flowstyle run`` under signals, full disks, a second run and changed inputs."""

from __future__ import annotations

import ctypes
import os
import random
import resource
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from scripts.stress import processes
from scripts.stress.project import FRAMES, Project
from tests.helpers.media import picture, write_clip

KILLS = 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """An uninterrupted run."""
    project = Project(tmp_path_factory.mktemp("whole"))
    assert project.run() == 0, project.said
    return project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def same_result(one: Project, other: Project) -> bool:
    return (
        one.stylised() == other.stylised() and one.output.read_bytes() == other.output.read_bytes()
    )


def test_uninterrupted_runs_are_equal(whole: Project, project: Project):
    assert len(whole.stylised()) == FRAMES
    assert project.run() == 0
    assert same_result(project, whole)


PLACES = ("before_rename", "after_rename", "after_journal", "before_fsync")


def test_kills_in_a_row_until_done(whole: Project, project: Project):
    """Every run is killed at its first or second commit, resumed, killed again, …, to the end."""
    kills = 0
    while kills < 3 * KILLS:
        before = committed(project)
        count = 2 if kills % 5 == 4 else 1
        status = project.run(points=f"{PLACES[kills % len(PLACES)]}:{count}=kill")
        if before:
            assert f"resuming: {before} of {before} kept pictures verified" in project.said
        if status == 0:
            break
        assert status == -signal.SIGKILL
        assert not project.output.exists()
        kills += 1
    assert kills >= KILLS
    assert same_result(project, whole)


def committed(project: Project) -> int:
    """Number of complete lines about frames in the journal."""
    journal = project.work / "journal.jsonl"
    if not journal.exists():
        return 0
    lines = journal.read_bytes().splitlines(keepends=True)
    return sum(line.endswith(b"\n") and b"png" in line for line in lines)


@pytest.mark.parametrize("place", ["publish", "published"])
def test_kill_while_the_output_gets_its_name(whole: Project, project: Project, place: str):
    project.output.write_bytes(b"old")
    assert project.run("--overwrite", points=f"{place}=kill") == -signal.SIGKILL
    complete = whole.output.read_bytes()
    assert project.output.read_bytes() == (b"old" if place == "publish" else complete)
    assert project.run("--overwrite") == 0
    assert f"resuming: {2 * FRAMES} of {2 * FRAMES} kept pictures verified" in project.said
    assert same_result(project, whole)
    assert not list(project.folder.glob(".out*"))


def test_kills_at_random_times(whole: Project, project: Project):
    generator = random.Random(1)
    for _ in range(4):
        child = project.start()
        processes.wait_for(lambda: "flow:" in project.said, child)
        time.sleep(generator.uniform(0, 1.5))
        child.kill()
        processes.finish(child)
        assert project.output.exists() is False or project.output.read_bytes() == (
            whole.output.read_bytes()
        )
        if project.output.exists():
            break
    assert project.run("--overwrite") == 0
    assert same_result(project, whole)


@pytest.mark.parametrize("name", ["int", "term", "hup"])
def test_first_signal_stops_and_the_work_stays(whole: Project, project: Project, name: str):
    signum = {"int": signal.SIGINT, "term": signal.SIGTERM, "hup": signal.SIGHUP}[name]
    assert project.run(points=f"after_journal:9={name}") == -signum
    assert "stopped by a signal" in project.said
    assert "run the same command again" in project.said
    assert not project.output.exists()
    kept = project.stylised()
    assert project.run() == 0
    assert kept.items() <= project.stylised().items()
    assert f"resuming: {FRAMES + len(kept)} of" in project.said
    assert same_result(project, whole)


def interrupt_at_once() -> None:
    """Ctrl-C when the command begins to look at its options, before a run takes over."""
    import flowstyle.cli.run

    def load_settings(*args: object, **options: object) -> None:
        signal.raise_signal(signal.SIGINT)

    flowstyle.cli.run.load_settings = load_settings


def test_signal_before_the_work_ends_silently(project: Project):
    assert project.run(prepare=interrupt_at_once) == -signal.SIGINT
    assert project.said == ""
    assert not project.work.exists()


def ignore_the_first_signal() -> None:
    """The optimiser does not come to ask the flag, as in a long native call."""
    from flowstyle.core.cancel import CancelToken

    CancelToken.cancel = lambda self, signum=0: None


def test_second_signal_ends_at_once_and_loses_one_frame_at_most(whole: Project, project: Project):
    points = "after_journal:8=int,before_rename:10=int"
    assert project.run(points=points, prepare=ignore_the_first_signal) == -signal.SIGINT
    assert "stopped by a signal" not in project.said
    assert committed(project) >= 8
    assert project.run() == 0
    assert same_result(project, whole)


@pytest.mark.parametrize(
    ("place", "action"),
    [("before_write:8", "enospc"), ("before_rename:9", "edquot"), ("journal_append:9", "eio")],
)
def test_full_or_broken_disk_is_15_and_keeps_frames(
    whole: Project, project: Project, place: str, action: str
):
    assert project.run(points=f"{place}={action}") == 15, project.said
    assert "what to do" in project.said
    assert not project.output.exists()
    kept = project.stylised()
    assert project.run() == 0
    assert kept.items() <= project.stylised().items()
    assert same_result(project, whole)


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, resource.RLIM_INFINITY))


def test_file_size_limit_is_15(project: Project):
    assert project.run(prepare=small_files) == 15, project.said
    assert "File too large" in project.said
    assert "were needed" in project.said
    assert not project.output.exists()


def test_second_run_in_the_same_folder_is_13(project: Project):
    with_lock = processes.start(hold, str(project.work), log=project.folder / "holder")
    processes.wait_for((project.folder / "held").exists, with_lock)
    try:
        assert project.run() == 13
        assert f"process {with_lock.pid} on " in project.said
    finally:
        with_lock.kill()
        with_lock.join()
    # The lock died with its process; what is refused now is the other run's fingerprint.
    assert project.run() == 14
    assert project.run("--restart") == 0


def hold(folder: str) -> int:
    from flowstyle.storage import WorkDir

    with WorkDir.open(Path(folder), {}) as work:
        work.commit_bytes("mine", b"kept")
        (Path(folder).parent / "held").touch()
        signal.pause()
    return 0


def test_changed_settings_are_14_and_restart_archives(whole: Project, project: Project):
    assert project.run("--style-weight", "7.25", points="after_journal:9=kill") == -signal.SIGKILL
    old = project.stylised()
    assert project.run() == 14
    assert "--style-weight: 7.25 → " in project.said
    assert "--restart" in project.said
    assert project.run("--restart") == 0
    assert "archive-1" in project.said
    assert same_result(project, whole)
    archived = list((project.work / "archive-1/stylised").glob("*.png"))
    assert len(archived) >= len(old) > 0


def test_changed_clip_and_style_are_14(project: Project):
    assert project.run(points="after_journal:8=kill") == -signal.SIGKILL
    style, clip = project.style.read_bytes(), project.clip.read_bytes()
    project.style.write_bytes(style + b"\0")
    assert project.run() == 14
    assert "style picture: style.png, with other contents now" in project.said
    project.style.write_bytes(style)
    project.clip.write_bytes(clip + b"\0\0\0\x08free")
    assert project.run() == 14
    assert "the work folder is of another clip" in project.said
    project.clip.write_bytes(clip)
    assert project.run() == 0


def test_damaged_frame_is_made_again_with_the_same_bytes(whole: Project, project: Project):
    assert project.run(points="after_journal:10=kill") == -signal.SIGKILL
    broken = sorted(project.work.glob("stylised/*.png"))[1]
    broken.write_bytes(broken.read_bytes()[:-7])
    assert project.run() == 0
    assert f"made again: stylised/{broken.name}" in project.said
    assert same_result(project, whole)


def test_damaged_alpha_is_read_again(project: Project):
    pictures = [np.dstack([picture(i, project.size)] * 2)[..., :4] for i in range(3)]
    project.clip = write_clip(
        project.folder / "clip.mkv", pictures=pictures, codec="ffv1", pixel_format="bgra"
    )
    project.output = project.folder / "out.mkv"
    project.work = project.folder / "out.mkv.flowstyle"
    more = ("--codec", "ffv1")
    assert project.run(*more) == 0, project.said
    whole = project.output.read_bytes()
    broken = project.work / "alpha/000001.png"
    broken.write_bytes(b"")
    assert project.run(*more, "--overwrite") == 0, project.said
    assert "made again: alpha/000001.png" in project.said
    assert project.output.read_bytes() == whole
    # Another codec may drop the alpha that the work folder holds: refused, not forgotten.
    project.output = project.folder / "out.mp4"
    project.work.rename(project.folder / "out.mp4.flowstyle")
    assert project.run() == 14
    assert "alpha: true → false" in project.said


def test_changed_list_of_shots_is_14(project: Project):
    shots = project.folder / "shots.csv"
    shots.write_text("0\n2\n")
    assert project.run("--shots", str(shots), points="after_journal:8=kill") == -signal.SIGKILL
    shots.write_text("0\n3\n")
    assert project.run("--shots", str(shots)) == 14
    assert "shots: [0, 2] → [0, 3]" in project.said


def test_clock_set_back_changes_nothing(whole: Project, project: Project):
    assert project.run(points="after_journal:9=kill") == -signal.SIGKILL
    for path in [project.clip, project.style, project.work, *project.work.rglob("*")]:
        os.utime(path, (4e9, 4e9))
    assert project.run() == 0
    assert "resuming" in project.said
    assert same_result(project, whole)


def test_read_only_input_is_read_and_untouched(project: Project):
    for path in (project.clip, project.style):
        path.chmod(0o444)
    before = project.clip.read_bytes(), project.clip.stat().st_mtime_ns
    assert project.run(prepare=processes.obey_permissions) == 0
    assert before == (project.clip.read_bytes(), project.clip.stat().st_mtime_ns)


@pytest.mark.parametrize(("which", "status"), [("clip", 10), ("style", 11)])
def test_unreadable_input_is_refused_before_any_work(project: Project, which: str, status: int):
    path = {"clip": project.clip, "style": project.style}[which]
    path.chmod(0)
    assert project.run(prepare=processes.obey_permissions) == status, project.said
    assert path.name in project.said
    assert "what to do" in project.said
    assert not project.work.exists()


def test_missing_output_folder_is_12_before_any_work(project: Project):
    project.output = project.folder / "missing/out.mp4"
    assert project.run() == 12
    assert not project.output.parent.exists()


def test_output_folder_without_permission_is_12_before_any_work(project: Project):
    inner = project.folder / "inner"
    inner.mkdir()
    inner.chmod(0o555)
    project.output = inner / "out.mp4"
    assert project.run(prepare=processes.obey_permissions) == 12
    assert list(inner.iterdir()) == []


def test_existing_output_is_12_and_replaced_only_at_the_end(whole: Project, project: Project):
    project.output.write_bytes(b"old")
    assert project.run() == 12
    assert "--overwrite" in project.said
    assert not project.work.exists()
    assert project.run("--overwrite", points="after_journal:9=kill") == -signal.SIGKILL
    assert project.output.read_bytes() == b"old"
    assert project.run("--overwrite") == 0
    assert same_result(project, whole)


def close_stdin() -> None:
    os.close(0)


def little_memory() -> None:
    # Threads share one heap, or each would reserve address space of its own.
    ctypes.CDLL(None).mallopt(-8, 1)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (1200 << 20), resource.RLIM_INFINITY))


@pytest.mark.slow
def test_little_memory_is_painted_in_tiles(project: Project):
    assert project.run("--width", "1536", "--frames", "1", prepare=little_memory) == 0, project.said
    assert "1536×1024 as a whole would take" in project.said


def test_out_of_memory_is_16_with_a_size_that_fits(project: Project):
    # A loss that sorts whole pictures: others are painted in tiles.
    more = ("--width", "1536", "--frames", "1", "--style-loss", "sliced")
    assert project.run(*more, prepare=little_memory) == 16, project.said
    assert "1536×1024" in project.said
    assert "are needed" in project.said
    assert not project.output.exists()
    width = project.said.split("--width ")[1].split()[0]
    assert 64 <= int(width) < 1536
    assert project.run(*more, "--restart", "--width", width, prepare=little_memory) == 0, (
        project.said
    )


def test_closed_stdin(whole: Project, project: Project):
    assert project.run(prepare=close_stdin) == 0
    assert same_result(project, whole)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour(project: Project, environment: dict[str, str]):
    assert project.run(points="before_rename:9=enospc", **environment) == 15
    assert "\x1b" not in project.said


def test_work_folder_deleted_while_running(project: Project):
    child = project.start(points="before_rename:8=stop")
    processes.wait_for(lambda: stopped(child.pid), child)
    shutil.rmtree(project.work)
    os.kill(child.pid, signal.SIGCONT)
    assert processes.finish(child) in (12, 15), project.said
    assert "Traceback" not in project.said
    assert not project.output.exists()


def stopped(pid: int | None) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
