import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from flowstyle.core import files
from flowstyle.core.errors import VideoError
from flowstyle.core.images import to_tensor, to_uint8, to_uint16
from flowstyle.core.types import Frame, Passage
from flowstyle.storage import WorkDir
from flowstyle.storage.cache import FrameCache
from flowstyle.storage.painted import PaintedFrames
from flowstyle.storage.sources import SourceFrames
from flowstyle.storage.timeline import READ_AHEAD, FrameTimes, Timeline


def frame(index: int) -> Frame:
    image = np.random.default_rng(index).integers(0, 256, (8, 10, 3), dtype=np.uint8)
    return Frame(index, 3 * index, 3, image)


def open_frames(workdir: WorkDir) -> tuple[Timeline, SourceFrames, PaintedFrames]:
    timeline = Timeline()
    return timeline, SourceFrames(workdir, timeline), PaintedFrames(workdir, timeline)


def test_results_come_back_rounded_to_16_bits_also_after_a_restart(tmp_path: Path):
    image = torch.rand(1, 3, 8, 10, generator=torch.Generator().manual_seed(0))
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, _, painted = open_frames(workdir)
        painted.commit("stylised", 0, image, {"seconds": 0.1})
        kept = painted.load("stylised", 0)
    assert (kept - image).abs().max() <= 0.5 / 65535 + 1e-7
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        assert torch.equal(open_frames(workdir)[2].load("stylised", 0), kept)


def test_sources_of_an_earlier_run_keep_their_times(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, sources, _ = open_frames(workdir)
        for index in range(3):
            sources.add(frame(index))
        workdir.flush()
        sources.note_ingested(3)
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, sources, _ = open_frames(workdir)
        assert sources.committed_count() == sources.ingested() == 3
        again = sources.committed(2)
    assert (again.pts, again.duration) == (6, 3)
    assert np.array_equal(again.image, frame(2).image)


def test_whoever_waits_hears_of_the_readers_failure(tmp_path: Path):
    heard: list[BaseException] = []
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        timeline, sources, _ = open_frames(workdir)

        def wait() -> None:
            try:
                timeline.exists(5)
            except VideoError as error:
                heard.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        sources.add(frame(0))
        timeline.fail(VideoError("broken"))
        waiting.join(timeout=20)
    assert [str(error) for error in heard] == ["broken"]


def test_a_stopped_store_wakes_the_encoder(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        timeline, sources, painted = open_frames(workdir)
        sources.add(frame(0))
        answers: list[bool] = []
        waiting = threading.Thread(target=lambda: answers.append(painted.wait("stylised", 0)))
        waiting.start()
        timeline.stop()
        waiting.join(timeout=20)
    assert answers == [False]


def test_memory_holds_a_bounded_number_of_frames(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, sources, painted = open_frames(workdir)
        for index in range(40):
            sources.add(frame(index))
        for index in range(40):
            assert torch.equal(sources.load(index), to_tensor(frame(index).image))
            painted.commit("stylised", index, sources.load(index), {})
        assert len(sources._decoded._tensors) <= 5
        assert len(sources._decoded._pictures) <= 20
        assert len(painted._cache) <= 6


def test_a_frame_stays_as_it_was_when_the_caller_goes_on_with_its_array(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, sources, _ = open_frames(workdir)
        given = frame(0)
        before = to_tensor(given.image)
        sources.add(given)
        given.image[:] = 0
        assert torch.equal(sources.load(0), before)


def test_what_every_frame_takes_something_from_is_decoded_once(tmp_path: Path, monkeypatch):
    read: list[int] = []
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, sources, _ = open_frames(workdir)
        for index in range(40):
            sources.add(frame(index))
        load = WorkDir.load_image
        monkeypatch.setattr(
            WorkDir, "load_image", lambda self, kind, i: read.append(i) or load(self, kind, i)
        )
        for index in range(1, 39):
            # The next one for its flow, its neighbour, one some way before, and its keyframe.
            for wanted in (index + 1, index, index - 1, max(0, index - 8), index // 16 * 16):
                sources.load(wanted)
    assert sorted(read) == sorted(set(read))


def test_a_reader_waits_when_it_is_far_ahead_and_goes_on_when_frames_are_asked_for():
    timeline = Timeline()

    def read() -> None:
        while timeline.wait_for_room():
            timeline.add(FrameTimes(timeline.count, 1))

    reader = threading.Thread(target=read)
    reader.start()
    assert timeline.exists(10)
    seen = set()
    for _ in range(20):
        time.sleep(0.005)
        seen.add(timeline.count)
    assert max(seen) == 10 + READ_AHEAD + 1
    assert timeline.exists(max(seen) + 5)  # whoever waits for a later frame gets it
    timeline.stop()
    reader.join(timeout=20)
    assert not reader.is_alive()


def test_whether_a_frame_lies_in_a_passage_is_answered_when_it_is_known():
    timeline, passage = Timeline(), Passage(2, 4, 3)
    answers: list[Passage | None] = []
    waiting = threading.Thread(target=lambda: answers.append(timeline.passage(2)))
    waiting.start()
    for index in range(8):
        timeline.add(FrameTimes(index, 1))
        timeline.add_cuts([], index, [], max(0, index - 5))
    time.sleep(0.05)
    assert answers == []  # every cut up to here is known, but no passage
    timeline.add_cuts([5], 8, [passage], 3)
    waiting.join(timeout=20)
    assert answers == [passage]
    timeline.complete()
    found = [timeline.passage(index) for index in range(7)]
    assert found == [None, None, passage, passage, passage, None, None]


def test_nobody_who_loads_waits_for_a_frame_that_is_being_written(tmp_path: Path, monkeypatch):
    """A disk that hangs while one frame is written does not keep others from being read."""
    writing, go_on = threading.Event(), threading.Event()
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        _, sources, painted = open_frames(workdir)
        painted.commit("stylised", 0, torch.zeros(1, 3, 8, 10), {})
        painted._cache = FrameCache(0)
        real = files.write_atomic

        def hanging(path: Path, data: bytes) -> None:
            writing.set()
            assert go_on.wait(20)
            real(path, data)

        monkeypatch.setattr("flowstyle.storage.workdir.write_atomic", hanging)
        sources.add(frame(0))
        assert writing.wait(20)
        assert painted.is_done("stylised", 0)
        assert painted.load("stylised", 0).shape == (1, 3, 8, 10)
        go_on.set()


@pytest.mark.parametrize(("depth", "convert"), [(np.uint8, to_uint8), (np.uint16, to_uint16)])
def test_conversions_are_inverse(depth, convert):
    top = np.iinfo(depth).max
    image = np.random.default_rng(1).integers(0, top, (5, 7, 3), dtype=depth, endpoint=True)
    assert np.array_equal(convert(to_tensor(image)), image)


def test_figures_noted_with_frames_are_there_after_a_restart(tmp_path: Path):
    image = torch.zeros(1, 3, 8, 10)
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        painted = open_frames(workdir)[2]
        painted.commit("stylised", 0, image, {"seconds": 0.1, "iterations": 42})
        painted.commit("stylised", 1, image, {"seconds": 0.1})
        painted.commit("sweep1", 1, image, {"iterations": 7})
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        open_frames(workdir)[2].commit("stylised", 2, image, {"iterations": 3})
        assert workdir.noted("stylised", "iterations") == {0: 42, 2: 3}
