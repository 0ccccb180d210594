"""Executors of other kinds: long shots taken out of order, slow readers, shots that fail."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

import flowstyle
from flowstyle import Output, Settings, ShotJob, ShotResult, Workplace, paint_shot, stylize_video
from flowstyle.core.errors import NotFiniteError
from flowstyle.engines.optimised.painter import OptimisedPainter
from flowstyle.storage.timeline import READ_AHEAD
from tests.helpers.media import picture

QUICK = {
    "features": "compact",
    "first_iterations": 1,
    "iterations": 1,
    "fill_iterations": 0,
    "flow": "dis",
    "flow_quality": "draft",
}
LONG = READ_AHEAD + 8


class Threads:
    """Paints shots at the same time, the last one first where it is asked for."""

    whole_shots = True

    def __init__(self, workplace: Workplace, last_first: bool = False) -> None:
        self._workplace = workplace
        self._pool = ThreadPoolExecutor(max_workers=1 if last_first else 2)
        self._gate = threading.Event()
        self._last_first = last_first
        self._waiting: list[tuple[ShotJob, Future[ShotResult]]] = []

    def submit(self, job: ShotJob) -> Future[ShotResult]:
        if not self._last_first:
            return self._pool.submit(paint_shot, job, self._workplace)
        future: Future[ShotResult] = Future()
        future.result = lambda: self._work() or Future.result(future)  # type: ignore[method-assign]
        self._waiting.append((job, future))
        return future

    def _work(self) -> None:
        while self._waiting:
            job, future = self._waiting.pop()
            future.set_result(paint_shot(job, self._workplace))

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long shot and a short one, small."""
    folder = tmp_path_factory.mktemp("executors")
    (folder / "clip").mkdir()
    for index in range(LONG + 4):
        shot = index >= LONG
        image = picture(index % 5, (32, 24), seed=3 if shot else 0)
        cv2.imwrite(str(folder / "clip" / f"{index:03d}.png"), 255 - image if shot else image)
    (folder / "shots.csv").write_text(f"0\n{LONG}\n")
    cv2.imwrite(str(folder / "style.png"), picture(0, (32, 24), seed=7))
    flowstyle.EXECUTORS.register("threads", Threads)
    flowstyle.EXECUTORS.register("last first", lambda place: Threads(place, last_first=True))
    return folder


def render(folder: Path, name: str, executor: str, **more) -> list[bytes]:
    settings = Settings.from_preset("draft", **{**QUICK, "shots": folder / "shots.csv", **more})
    output = Output(folder / name, measure=False, executor=executor, overwrite=True)
    stylize_video(folder / "clip", [folder / "style.png"], settings, output)
    return [path.read_bytes() for path in sorted((folder / name).glob("*.png"))]


@pytest.fixture(scope="module")
def usual(folder: Path) -> list[bytes]:
    return render(folder, "usual", "inline")


@pytest.mark.parametrize("executor", ["threads", "last first"])
def test_a_shot_that_lies_far_ahead_of_the_reader_waits_for_it(
    folder: Path, usual: list[bytes], executor: str
) -> None:
    assert render(folder, executor.replace(" ", "-"), executor) == usual


def test_a_slow_reader_is_waited_for(folder: Path, usual: list[bytes], monkeypatch) -> None:
    from flowstyle.render import ingest

    def slowly(*args, **more):
        for frame in ingest_frames(*args, **more):
            time.sleep(0.01)
            yield frame

    ingest_frames = ingest.read_frames
    monkeypatch.setattr(ingest, "read_frames", slowly)
    assert render(folder, "slow", "threads") == usual


def test_a_shot_that_fails_leaves_the_others_fit_to_go_on(folder: Path, monkeypatch) -> None:
    """Later sweeps over a shot that was cut off would be taken for finished ones."""
    sweeps = {"sweeps": 2, "sweep_iterations": 1, "lock_static": False}
    whole = render(folder, "whole", "inline", **sweeps)
    paint = OptimisedPainter.paint

    def fails(self, task):
        if task.index == 3:
            time.sleep(0.3)  # the other shot is under way
            raise NotFiniteError("the loss became infinite", "iteration 1")
        return paint(self, task)

    monkeypatch.setattr(OptimisedPainter, "paint", fails)
    with pytest.raises(NotFiniteError):
        render(folder, "fails", "threads", **sweeps)
    monkeypatch.undo()
    assert render(folder, "fails", "threads", **sweeps) == whole


def test_an_engine_whose_answer_will_not_do_is_found_out(folder: Path) -> None:
    class Broken:
        name, digest = "broken", ""

        def __init__(self, change) -> None:
            self._change = change

        def for_styles(self, styles):
            return self

        def adapted(self, settings):
            return settings

        def open(self, shot, styles, context):
            return self

        def paint(self, task):
            return flowstyle.Painted(self._change(task.content))

    settings = Settings.from_preset("draft", **QUICK)
    frame = picture(0, (32, 24))
    small = flowstyle.Parts(engine=Broken(lambda image: image[..., :10]))
    bad = flowstyle.Parts(engine=Broken(lambda image: image * np.nan))
    with pytest.raises(ValueError, match="gave back"):
        flowstyle.stylize_image(frame, [frame], settings, parts=small)
    with pytest.raises(NotFiniteError):
        list(flowstyle.stylize_frames([frame], [frame], settings, parts=bad))
