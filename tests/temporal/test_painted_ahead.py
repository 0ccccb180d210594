"""Newly shown areas borrow the paint of a frame ahead: of which, how moved, and that it is used."""

from __future__ import annotations

import pytest
import torch

from flowstyle.core.cancel import Cancelled
from flowstyle.core.images import to_tensor
from flowstyle.engines.protocol import ShotOpening
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs
from flowstyle.guides.styles import ConstantStyles
from flowstyle.settings import load_settings
from flowstyle.temporal.painted_ahead import (
    SPAN,
    PaintedAhead,
    frame_ahead,
    newly_shown,
    worth_painting,
)
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.task import Lent
from scripts.common.motion import motion_clip
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import (
    CPU,
    CancelWhen,
    Counting,
    context,
    paint,
    panning,
    style_picture,
    texture,
)

STEP = 2  # pixels by which the view of the test clip moves in a frame


@pytest.mark.parametrize(
    ("index", "first", "last", "key"),
    [(1, 0, 99, 12), (11, 0, 99, 12), (12, 0, 99, 24), (13, 0, 99, 24), (13, 0, 27, 27),
     (18, 0, 18, 18), (5, 0, 15, 15), (5, 0, 16, 12), (6, 5, 99, 17), (17, 5, 99, 29)],
)  # fmt: skip
def test_every_twelfth_frame_of_a_shot_lends_its_paint_or_its_last_one(
    index: int, first: int, last: int, key: int
) -> None:
    assert SPAN == 12
    assert frame_ahead(index, first, lambda i: i <= last) == key


def test_paint_is_made_once_and_follows_the_motion() -> None:
    settings = load_settings({"fill_iterations": 4, "first_smallest": 32, "start_frame": 5})
    frames = MemoryFrames(panning(4))
    engine, pairs = Counting(), FlowPairs(DisFlow(), frames.sources.load)
    styles = ConstantStyles.of([style_picture(texture(9, 32, 32))])
    engine.open(ShotOpening(0, frames.sources.load(0)), styles, context(settings))
    ahead = PaintedAhead(frames.frames, pairs, settings, CPU, engine.paint)
    painting = ahead.pull(3, 3).image
    assert (painting - frames.sources.load(3)).abs().mean() > 0.02
    for index in (0, 1, 2):
        pull, far = ahead.pull(index, 3), STEP * (3 - index)
        inner = (..., slice(6, -6), slice(far + 6, -6))
        moved = torch.roll(painting, far, dims=-1)
        assert (pull.image - moved)[inner].abs().mean() < 0.02
        assert (pull.image - painting)[inner].abs().mean() > 0.04
        assert float(pull.usable[inner].mean()) > 0.9
        assert float(pull.usable[..., : far - 1].mean()) < 0.2  # not in frame 3 any more
    assert engine.ahead == [8]  # once, and numbered as the clip counts
    ahead.pull(1, 2)
    pairs.close()
    assert engine.ahead == [8, 7]


def test_new_areas_start_from_it() -> None:
    """With no iterations after it, the strip that enters is the paint of the frame ahead."""
    settings = load_settings(
        {
            "first_iterations": 3,
            "iterations": 0,
            "fill_iterations": 8,
            "first_smallest": 32,
            "lock_static": False,
            "hold_colors": False,
        }
    )
    frames, engine = MemoryFrames(panning(4)), Counting()
    result = paint(frames, settings, engine=engine)
    assert engine.ahead == [3]
    (task,) = (task for task in engine.tasks if task.number == 3 and task.start is None)
    painting = engine.paint(task).image
    strip = result[1][..., -1:]
    lent = painting[..., -2 * STEP - 1 : -2 * STEP]
    inner = (..., slice(4, -4), slice(None))
    assert (strip - lent)[inner].abs().mean() < 0.03
    assert (strip - frames.sources.load(1)[..., -1:])[inner].abs().mean() > 0.04


def cut_pan() -> MemoryFrames:
    """Twenty-one frames of a pan, with a cut before the eighteenth."""
    first, second = panning(17, seed=0), panning(4, seed=5)
    return MemoryFrames(first + second, cuts=(17,))


def test_resumed_across_keys_and_a_cut_it_gives_the_same_bytes() -> None:
    settings = load_settings(
        {"first_iterations": 2, "iterations": 1, "fill_iterations": 2, "first_smallest": 32}
    )

    def render(frames: MemoryFrames, stop: int | None = None) -> list[int]:
        engine, cancel = Counting(), None
        if stop is not None:
            cancel = CancelWhen(lambda: len(frames.painted.committed) >= stop)
        paint(frames, settings, cancel, engine=engine)
        return engine.ahead

    complete = cut_pan()
    assert render(complete) == [12, 16, 20]  # every twelfth of a shot, and its last
    for stop in (4, 8, 9, 12, 19):
        frames = cut_pan()
        with pytest.raises(Cancelled):
            render(frames, stop)
        assert len(frames.painted.committed) == stop
        render(frames)
        assert frames.painted.committed == complete.painted.committed
        for key, image in complete.painted.kept.items():
            assert torch.equal(frames.painted.kept[key], image)


def test_what_a_dial_takes_from_the_neighbours_is_not_newly_shown() -> None:
    half = torch.tensor([0.5, 0.25, 0.0]).view(1, 1, 1, 3)  # usable, with a trust of one half
    pull = Pull(torch.zeros(1, 3, 1, 3), half, half, 0 * half, 1.0)
    assert newly_shown([pull], 0.5).flatten().tolist() == [0, 0.5, 1]
    assert newly_shown([pull], 1.0).flatten().tolist() == [0.5, 0.75, 1]
    assert newly_shown([pull], 0.0).flatten().tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("share", "worth"), [(0.0, False), (0.02, False), (0.04, True), (0.3, True), (0.4, False)]
)
def test_a_painting_of_its_own_is_for_neither_slivers_nor_whole_frames(
    share: float, worth: bool
) -> None:
    new = torch.zeros(1, 1, 10, 100)
    new[..., : round(100 * share)] = 1
    assert worth_painting(new) == worth


def test_what_is_shown_in_no_other_frame_starts_from_coarse_paint_of_its_own() -> None:
    """A disc and a rectangle that cross in a few frames, too fast to be found."""
    clip = motion_clip(128, 72, 4, speed=12)
    settings = load_settings({"first_iterations": 2, "fill_iterations": 2, "first_smallest": 32})
    engine, still = Counting(), Counting()
    paint(MemoryFrames([to_tensor(frame) for frame in clip.frames]), settings, engine=engine)
    own = [task for task in engine.tasks if task.lent is Lent.COARSE]
    assert own
    assert all(task.start is None for task in own)
    paint(MemoryFrames([to_tensor(clip.frame(0))] * 4), settings, engine=still)
    assert not any(task.lent for task in still.tasks)


def test_where_something_comes_over_it_a_frame_nearby_lends() -> None:
    """A board comes over what a panel uncovers before the frame ahead; two frames on it shows."""
    generator = torch.Generator().manual_seed(2)
    ground, panel, board = (torch.rand(1, 3, 48, 96, generator=generator) for _ in range(3))
    ground = torch.nn.functional.avg_pool2d(ground, 5, 1, 2)
    frames = []
    for index in range(11):
        frame = ground.clone()
        left = 10 + 12 * min(index, 5)
        frame[..., 8:40, left : left + 24] = panel[..., :32, :24]
        if index >= 7:
            frame[..., 8:40, 8:60] = board[..., :32, :52]
        frames.append(frame)
    engine = Counting()
    settings = load_settings({"first_iterations": 2, "fill_iterations": 2, "first_smallest": 32})
    paint(MemoryFrames(frames), settings, engine=engine)
    lent = {task.index for task in engine.tasks if task.lent is Lent.BEGUN}
    assert 10 in lent
    assert lent & {4, 8}


@pytest.mark.parametrize("trust", [1.0, 0.4])
def test_paint_that_the_frame_ahead_lends_is_enough_at_any_stability(trust: float) -> None:
    engine = Counting()
    settings = load_settings(
        {"first_iterations": 2, "fill_iterations": 2, "first_smallest": 32, "trust": trust}
    )
    paint(MemoryFrames(panning(5)), settings, engine=engine)
    assert any(task.lent is Lent.BEGUN for task in engine.tasks)
    assert not any(task.lent is Lent.COARSE for task in engine.tasks)
