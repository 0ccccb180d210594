"""Jobs shared out among workers that are threads here: what is taken over, and what if one dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest

import flowstyle
from flowstyle import CancelToken, FrameReady, Notice, Output, Progress, Settings, stylize_video
from flowstyle.core.errors import FlowstyleError, Interrupted, StorageError, UsageError
from flowstyle.core.threads import Threads as One
from flowstyle.execution.shared import TRIES, SharedExecutor, WorkerLost
from flowstyle.storage.jobs import JobDir
from flowstyle.storage.workdir import WorkDir
from tests.helpers.painting import CancelWhen
from tests.helpers.shots import write_shots

QUICK = {
    "features": "compact",
    "first_iterations": 1,
    "iterations": 1,
    "fill_iterations": 0,
    "flow": "dis",
    "flow_quality": "draft",
}
SHOTS, LENGTH = 4, 5


class Died(BaseException):
    """Ends a worker as a kill would: nothing that it does afterwards counts."""


class Threads:
    """A carrier whose workers are threads of this process."""

    def __init__(self, crew) -> None:
        self._crew = crew
        self._pool = ThreadPoolExecutor(crew.workers)
        self._benches: dict[int, object] = {}
        self.prepared: list[int] = []
        self.dismissed: list[int] = []

    def begin(self, worker, job, folder) -> Future:
        return self._pool.submit(self._paint, worker, job, folder)

    def _paint(self, worker, job, folder) -> None:
        if worker not in self._benches:
            self._benches[worker] = self._crew.recipe.bench("cpu")
        try:
            self._benches[worker].paint(job, folder)
        except Died:
            raise WorkerLost("it was told to") from None

    def prepare(self, worker) -> None:
        self.prepared.append(worker)

    def log(self, worker) -> Path:
        path = self._crew.workdir.path / f"worker-{worker}.log"
        path.write_text("first\nlast words\n")
        return path

    def check(self) -> None:
        pass

    def dismiss(self, worker) -> None:
        self.dismissed.append(worker)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """What each of two workers gets here too: other numbers of threads give other bytes."""
    with One(1, 1).used():
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four shots of five frames."""
    folder = write_shots(tmp_path_factory.mktemp("shared"), SHOTS, LENGTH)
    flowstyle.EXECUTORS.register(
        "shared", lambda place: SharedExecutor(place, place.crew, Threads(place.crew))
    )
    return folder


def render(
    folder: Path,
    name: str,
    executor: str | None = "shared",
    report=lambda event: None,
    cancel: CancelToken | None = None,
    **more,
) -> list[bytes]:
    settings = Settings.from_preset("draft", **{**QUICK, "shots": folder / "shots.csv", **more})
    workers = 2 if executor == "shared" else 1
    output = Output(
        folder / name, measure=False, executor=executor, workers=workers, overwrite=True
    )
    style = folder / "style.png"
    stylize_video(folder / "clip", [style], settings, output, report=report, cancel=cancel)
    assert not list((folder / f"{name}.flowstyle" / "jobs").glob("*"))
    return [path.read_bytes() for path in sorted((folder / name).glob("*.png"))]


@pytest.fixture(scope="module")
def usual(folder: Path) -> list[bytes]:
    return render(folder, "usual", "inline")


class Tally:
    """Counts what jobs commit; at chosen commits a worker dies or a disk is full.

    Args:
        monkeypatch: the test's.
        at: what is raised after so many commits of all workers.
        after: what is raised after the commit of a frame.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        at: Mapping[int, BaseException],
        after: Mapping[int, BaseException] = MappingProxyType({}),
    ) -> None:
        self.frames: list[tuple[str, int]] = []
        self._at, self._after, self._lock = dict(at), dict(after), threading.Lock()
        commit = JobDir.commit_image16

        def counted(folder, kind, index, image, extra=None):
            commit(folder, kind, index, image, extra)
            with self._lock:
                self.frames.append((kind, index))
                error = self._at.pop(len(self.frames), None) or self._after.pop(index, None)
            if error is not None:
                raise error

        monkeypatch.setattr(JobDir, "commit_image16", counted)


def test_the_bytes_are_those_of_one_process(folder: Path, usual: list[bytes]) -> None:
    events: list = []
    assert render(folder, "two", report=events.append) == usual
    ready = [event for event in events if isinstance(event, FrameReady)]
    assert sorted(event.frame for event in ready) == list(range(SHOTS * LENGTH))
    assert {event.shot for event in ready} == {0, 5, 10, 15}
    assert all(event.final and event.image.shape == (24, 32, 3) for event in ready)
    steps = [
        event.done for event in events if isinstance(event, Progress) and event.stage == "stylise"
    ]
    assert steps == list(range(1, SHOTS * LENGTH + 1))


def test_sweeps_are_taken_over_and_given_up(folder: Path) -> None:
    sweeps = {"sweeps": 2, "sweep_iterations": 1, "lock_static": False}
    assert render(folder, "swept", **sweeps) == render(folder, "swept-here", "inline", **sweeps)
    kinds = [
        {path.name for path in (folder / f"{name}.flowstyle").glob("shot*/*.png")}
        for name in ("swept", "swept-here")
    ]
    assert kinds[0] == kinds[1]


def test_a_worker_that_dies_loses_no_frame_that_it_committed(
    folder: Path, usual: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two in one shot and one in another: the third in one job would be the end of it.
    tally = Tally(monkeypatch, {}, after={2: Died(), 8: Died(), 9: Died()})
    events: list = []
    assert render(folder, "dies", report=events.append) == usual
    assert len(tally.frames) == len(set(tally.frames)) == SHOTS * LENGTH
    said = [event.text for event in events if isinstance(event, Notice)]
    assert len([text for text in said if "a worker died over frames" in text]) == 3


def test_a_job_that_no_worker_survives_ends_with_its_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JobDir, "commit_image16", _die)
    with pytest.raises(FlowstyleError, match=f"died {TRIES} times over frames") as caught:
        render(folder, "hopeless")
    assert "\n- last words" in caught.value.what


def _die(*arguments, **more) -> None:
    raise Died


@pytest.mark.parametrize("again", ["shared", "inline"])
def test_a_full_disk_on_one_job_keeps_all_that_is_done(
    folder: Path, usual: list[bytes], monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    full = StorageError("the disk is full", "here", "make room")
    with monkeypatch.context() as patched:
        tally = Tally(patched, {7: full})
        with pytest.raises(StorageError) as caught:
            render(folder, f"full-{again}")
    assert "worker-" in caught.value.where
    kept = set(tally.frames)
    tally = Tally(monkeypatch, {})
    inline: list = []
    assert render(folder, f"full-{again}", again, inline.append) == usual
    done = {(("stylised"), event.frame) for event in inline if isinstance(event, FrameReady)}
    assert not kept & done
    assert len(kept | done) == SHOTS * LENGTH


def test_being_told_to_stop_keeps_all(folder: Path, usual: list[bytes]) -> None:
    ready: list = []

    def report(event) -> None:
        ready.extend([event.frame] if isinstance(event, FrameReady) else [])

    with pytest.raises(Interrupted) as caught:
        render(folder, "stop", report=report, cancel=CancelWhen(lambda: len(ready) > 5, by=2))
    assert caught.value.signum == 2
    before = list(ready)
    assert render(folder, "stop", report=report) == usual
    assert sorted(ready) == list(range(SHOTS * LENGTH))
    assert len(ready) > len(before)


def test_what_a_killed_run_left_is_taken_over(folder: Path, usual: list[bytes]) -> None:
    """As after a kill: frames in a job's folder, one of them damaged, none in the render's."""
    render(folder, "left")
    work = folder / "left.flowstyle"
    with WorkDir.open(work / "jobs" / "000005-000009", {}) as job:
        for index in (5, 6):
            job.commit_bytes(
                f"stylised/{index:06d}.png", (work / f"stylised/{index:06d}.png").read_bytes()
            )
    (work / "jobs/000005-000009/stylised/000006.png").write_bytes(b"torn")
    journal = work / "journal.jsonl"
    lines = [line for line in journal.read_text().splitlines() if '"stylised/' not in line]
    journal.write_text("\n".join(lines) + "\n")
    (folder / "left").rename(folder / "left-before")
    events: list = []
    assert render(folder, "left", "inline", events.append) == usual
    said = [event.text for event in events if isinstance(event, Notice)]
    assert "1 frames are taken over from workers of a run that was ended" in said
    made = sorted(event.frame for event in events if isinstance(event, FrameReady))
    assert made == [i for i in range(SHOTS * LENGTH) if i != 5]


def test_more_workers_than_shots_are_told(folder: Path) -> None:
    events: list = []
    (folder / "one.csv").write_text("0\n")
    render(folder, "one", report=events.append, shots=folder / "one.csv", frames=2)
    said = [event.text for event in events if isinstance(event, Notice)]
    assert any(text.startswith("1 of 2 workers have work: the clip has one shot") for text in said)


def test_devices_must_be_there_and_of_one_kind(folder: Path) -> None:
    for devices, what in ((("cpu", "cuda:7"), "cannot be used"), (("tpu",), "cannot be used")):
        output = Output(folder / "none", devices=devices)
        with pytest.raises(UsageError, match=what):
            stylize_video(folder / "clip", [folder / "style.png"], Settings(**QUICK), output)
    with pytest.raises(UsageError, match="0 workers"):
        stylize_video(folder / "clip", [folder / "style.png"], Settings(**QUICK), Output(workers=0))


def test_work_goes_on_with_the_threads_that_it_was_begun_with(folder: Path) -> None:
    said: list[str] = []

    def report(event) -> None:
        said.extend([f"{event.topic}: {event.text}"] if event.kind == "decision" else [])

    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        render(folder, "threads", "inline", report)
        assert not [text for text in said if text.startswith(("threads", "workers"))]
        render(folder, "threads", report=report)
        assert "workers: 2 on cpu, 3 threads each, as this work was begun" in said
        torch.set_num_threads(1)
        render(folder, "threads", "inline", report)
        assert "threads: 3, as this work was begun" in said
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
