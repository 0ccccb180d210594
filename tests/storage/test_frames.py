import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from flowstyle.core.errors import VideoError
from flowstyle.core.images import to_tensor, to_uint8, to_uint16
from flowstyle.core.types import Frame
from flowstyle.storage import WorkDir
from flowstyle.storage.frames import FrameStore


def frame(index: int) -> Frame:
    image = np.random.default_rng(index).integers(0, 256, (8, 10, 3), dtype=np.uint8)
    return Frame(index, 3 * index, 3, image)


def test_results_come_back_rounded_to_16_bits_also_after_a_restart(tmp_path: Path):
    image = torch.rand(1, 3, 8, 10, generator=torch.Generator().manual_seed(0))
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        store = FrameStore(workdir)
        store.commit("stylised", 0, image, 0.1)
        kept = store.load("stylised", 0)
    assert (kept - image).abs().max() <= 0.5 / 65535 + 1e-7
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        assert torch.equal(FrameStore(workdir).load("stylised", 0), kept)


def test_sources_of_an_earlier_run_keep_their_times(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        store = FrameStore(workdir)
        for index in range(3):
            store.add_source(frame(index))
        store.flush()
        store.note_ingested(3)
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        store = FrameStore(workdir)
        assert store.committed_sources() == store.ingested() == 3
        again = store.committed_source(2)
    assert (again.pts, again.duration) == (6, 3)
    assert np.array_equal(again.image, frame(2).image)


def test_whoever_waits_hears_of_the_readers_failure(tmp_path: Path):
    heard: list[BaseException] = []
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        store = FrameStore(workdir)

        def wait() -> None:
            try:
                store.exists(5)
            except VideoError as error:
                heard.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        store.add_source(frame(0))
        store.fail(VideoError("broken"))
        waiting.join(timeout=20)
    assert [str(error) for error in heard] == ["broken"]


def test_a_stopped_store_wakes_the_encoder(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        store = FrameStore(workdir)
        store.add_source(frame(0))
        answers: list[bool] = []
        waiting = threading.Thread(target=lambda: answers.append(store.wait_result(0)))
        waiting.start()
        store.stop()
        waiting.join(timeout=20)
    assert answers == [False]


def test_memory_holds_a_bounded_number_of_frames(tmp_path: Path):
    with WorkDir.open(tmp_path / "w", {}) as workdir:
        store = FrameStore(workdir)
        for index in range(40):
            store.add_source(frame(index))
        assert len(store._cache) <= 12
        assert torch.equal(store.source(0), to_tensor(frame(0).image))


@pytest.mark.parametrize(("depth", "convert"), [(np.uint8, to_uint8), (np.uint16, to_uint16)])
def test_conversions_are_inverse(depth, convert):
    top = np.iinfo(depth).max
    image = np.random.default_rng(1).integers(0, top, (5, 7, 3), dtype=depth, endpoint=True)
    assert np.array_equal(convert(to_tensor(image)), image)
