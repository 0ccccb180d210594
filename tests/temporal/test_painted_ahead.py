"""Newly shown areas borrow the paint of a frame ahead: of which, how moved, and that it is used."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Stopped
from flowstyle.engines.optimised.engine import Engine
from flowstyle.execution.shot_pass import Sequence
from flowstyle.features.compact import load_compact
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs
from flowstyle.settings import Settings, load_settings
from flowstyle.temporal.painted_ahead import SPAN, PaintedAhead, frame_ahead, newly_shown
from flowstyle.temporal.pulls import Pull
from tests.execution.test_shot_pass import panning, texture
from tests.helpers.memory_frames import MemoryFrames

STEP = 2  # pixels by which the view of the test clip moves in a frame


@pytest.mark.parametrize(
    ("index", "first", "last", "key"),
    [(1, 0, 99, 8), (7, 0, 99, 8), (8, 0, 99, 8), (9, 0, 99, 16), (9, 0, 18, 18), (12, 0, 12, 12),
     (5, 0, 12, 12), (5, 0, 13, 8),
     (6, 5, 99, 13), (13, 5, 99, 13)],
)  # fmt: skip
def test_every_eighth_frame_of_a_shot_lends_its_paint_or_its_last_one(
    index: int, first: int, last: int, key: int
) -> None:
    assert SPAN == 8
    assert frame_ahead(index, first, lambda i: i <= last) == key


class Painter(Engine):
    """An engine that counts what it paints ahead."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(load_compact(), [texture(9, 32, 32)], settings, torch.device("cpu"))
        self.painted: list[int] = []

    def ahead(self, content: Tensor, index: int) -> Tensor:
        self.painted.append(index)
        return super().ahead(content, index)


def test_paint_is_made_once_and_follows_the_motion() -> None:
    settings = load_settings({"fill_iterations": 4, "first_smallest": 32, "start_frame": 5})
    frames = MemoryFrames(panning(4))
    engine, pairs = Painter(settings), FlowPairs(DisFlow(), frames.source)
    ahead = PaintedAhead(frames, engine, pairs, settings)
    painting = ahead.pull(3, 3).image
    assert (painting - frames.source(3)).abs().mean() > 0.02
    for index in (0, 1, 2):
        pull, far = ahead.pull(index, 3), STEP * (3 - index)
        inner = (..., slice(6, -6), slice(far + 6, -6))
        moved = torch.roll(painting, far, dims=-1)
        assert (pull.image - moved)[inner].abs().mean() < 0.02
        assert (pull.image - painting)[inner].abs().mean() > 0.04
        assert float(pull.usable[inner].mean()) > 0.9
        assert float(pull.usable[..., : far - 1].mean()) < 0.2  # not in frame 3 any more
    assert engine.painted == [8]  # once, and numbered as the clip counts
    ahead.pull(1, 2)
    pairs.close()
    assert engine.painted == [8, 7]


def test_new_areas_start_from_it() -> None:
    """With no iterations after it, the strip that enters is the paint of the frame ahead."""
    settings = load_settings(
        {
            "first_iterations": 3,
            "iterations": 0,
            "fill_iterations": 4,
            "first_smallest": 32,
            "lock_static": False,
            "hold_colors": False,
        }
    )
    frames = MemoryFrames(panning(4))
    engine, pairs = Painter(settings), FlowPairs(DisFlow(), frames.source)
    Sequence(frames, engine, pairs, settings).run()
    pairs.close()
    assert engine.painted == [3]
    painting = engine.ahead(frames.source(3), 3)
    strip = frames.load("stylised", 1)[..., -1:]
    lent = painting[..., -2 * STEP - 1 : -2 * STEP]
    inner = (..., slice(4, -4), slice(None))
    assert (strip - lent)[inner].abs().mean() < 0.03
    assert (strip - frames.source(1)[..., -1:])[inner].abs().mean() > 0.04


def cut_pan() -> MemoryFrames:
    """Twenty-one frames of a pan, with a cut before the eighteenth."""
    first, second = panning(17, seed=0), panning(4, seed=5)
    return MemoryFrames(first + second, cuts=(17,))


def test_resumed_across_keys_and_a_cut_it_gives_the_same_bytes() -> None:
    settings = load_settings(
        {"first_iterations": 2, "iterations": 1, "fill_iterations": 2, "first_smallest": 32}
    )

    def render(frames: MemoryFrames, stop: int | None = None) -> list[int]:
        engine, pairs = Painter(settings), FlowPairs(DisFlow(), frames.source)
        if stop is not None:
            engine._should_stop = lambda: len(frames.committed) >= stop
        try:
            Sequence(frames, engine, pairs, settings).run()
        finally:
            pairs.close()
        return engine.painted

    complete = cut_pan()
    assert render(complete) == [8, 16, 20]  # every eighth of a shot, and its last
    for stop in (4, 8, 9, 12, 19):
        frames = cut_pan()
        with pytest.raises(Stopped):
            render(frames, stop)
        assert len(frames.committed) == stop
        render(frames)
        assert frames.committed == complete.committed
        for key, image in complete.kept.items():
            assert torch.equal(frames.kept[key], image)


def test_what_a_dial_takes_from_the_neighbours_is_not_newly_shown() -> None:
    half = torch.tensor([0.5, 0.25, 0.0]).view(1, 1, 1, 3)  # usable, with a trust of one half
    pull = Pull(torch.zeros(1, 3, 1, 3), half, half, 0 * half, 1.0)
    assert newly_shown([pull], 0.5).flatten().tolist() == [0, 0.5, 1]
    assert newly_shown([pull], 1.0).flatten().tolist() == [0.5, 0.75, 1]
    assert newly_shown([pull], 0.0).flatten().tolist() == [1, 1, 1]
