"""Where the light changes, paint goes over to what is painted in the new light."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs, Pair
from flowstyle.settings import load_settings
from flowstyle.temporal.light_ahead import gone_over, is_let_go, worth_a_painting
from flowstyle.temporal.painted_ahead import PaintedAhead
from flowstyle.temporal.pulls import Pull, pull
from flowstyle.temporal.task import FrameTask, Lent, Painted
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import CancelWhen, Counting, paint, panning, texture

SCENE = 0.2 + 0.5 * texture(3, 64, 96)
PAINT, OTHER_PAINT = texture(5, 64, 96), 0.3 + 0.5 * texture(6, 64, 96)
STILL = torch.zeros(1, 2, 64, 96)
SETTINGS = load_settings({"lock_static": False})
QUICK = {"first_smallest": 32, "first_iterations": 24}
INSIDE = (..., slice(8, -8), slice(8, -8))


def pulled(now: Tensor, seen: Tensor, result: Tensor, **changes: object) -> Pull:
    settings = SETTINGS.changed(**changes) if changes else SETTINGS
    return pull(Pair(STILL, STILL), now, seen, result, settings)


def over(now: float, before: float, then: float) -> tuple[Pull, Pull]:
    """A neighbour's pull before and after it goes over, from the factors of three lights."""
    near = pulled(SCENE * now, SCENE * before, PAINT)
    ahead = pulled(SCENE * now, SCENE * then, OTHER_PAINT)
    return near, gone_over(near, ahead, SCENE * now)


@pytest.mark.parametrize(
    ("now", "before", "then", "share"),
    [(0.9, 1.0, 0.5, 0.2), (0.75, 1.0, 0.5, 0.5), (0.5, 1.0, 0.5, 1.0), (0.6, 0.4, 1.0, 1 / 3)],
)
def test_paint_goes_over_as_far_as_the_light_has_come(
    now: float, before: float, then: float, share: float
) -> None:
    _, gone = over(now, before, then)
    expected = PAINT + share * (OTHER_PAINT - PAINT)
    assert torch.allclose(gone.image[INSIDE], expected[INSIDE], atol=0.02)
    assert float(gone.trust.mean()) > 0.95  # nothing is let go


@pytest.mark.parametrize("trust", [0.3, 0.6])
def test_what_is_to_boil_goes_over_as_far_and_boils_as_much(trust: float) -> None:
    near = pulled(SCENE * 0.75, SCENE, PAINT, trust=trust)
    ahead = pulled(SCENE * 0.75, SCENE * 0.5, OTHER_PAINT, trust=trust)
    gone = gone_over(near, ahead, SCENE * 0.75, trust)
    expected = PAINT + 0.5 * (OTHER_PAINT - PAINT)
    assert torch.allclose(gone.image[INSIDE], expected[INSIDE], atol=0.02)
    assert float(gone.usable.max()) <= trust + 1e-6
    assert float(gone.usable[INSIDE].min()) > 0.9 * trust


@pytest.mark.parametrize(("now", "before", "then"), [(1.4, 1.0, 1.0), (0.5, 1.0, 1.4)])
def test_a_flash_is_no_way_from_one_light_to_the_same(
    now: float, before: float, then: float
) -> None:
    near, gone = over(now, before, then)
    assert torch.allclose(gone.image, near.image, atol=0.02)
    assert torch.allclose(gone.trust, near.trust, atol=0.05)
    assert is_let_go(gone, 1 - gone.usable)


def test_one_light_is_left_alone() -> None:
    near = pulled(SCENE, SCENE, PAINT)
    assert not worth_a_painting(near)
    assert gone_over(near, pulled(SCENE, SCENE * 0.5, OTHER_PAINT), SCENE) is near
    assert not is_let_go(near, torch.ones(1, 1, 64, 96))


def test_what_stands_still_keeps_its_value_beside_a_lamp() -> None:
    lit = SCENE.clone()
    lit[..., :40] *= 0.5
    near = pulled(lit, SCENE, PAINT, lock_static=True)
    gone = gone_over(near, pulled(lit, lit, OTHER_PAINT), lit)
    assert worth_a_painting(near)
    static = near.static.expand_as(PAINT) > 0
    assert static.float().mean() > 0.3
    assert torch.equal(gone.image[static], PAINT[static])
    assert torch.allclose(gone.image[..., 8:-8, 8:24], OTHER_PAINT[..., 8:-8, 8:24], atol=0.05)


LIGHTS = {
    "fade in": ([0.0, 0.12, 0.3, 0.5, 0.7, 0.85, 1, 1, 1, 1], 0.03),
    "dusk": ([1 - 0.1 * i for i in range(7)] + [0.4, 0.4, 0.4], 0.06),
    "dusk and dawn": ([1, 0.8, 0.6, 0.4, 0.55, 0.7, 0.85, 1, 1, 1], 0.03),
    "exposure": ([1, 1, 1, 0.75, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], 0.06),
    "flash": ([1, 1, 1, 1, 1.6, 1, 1, 1, 1, 1], 0.015),
}
"""Each with how far level and contrast may be off; without a painting ahead it is twice as much."""


@pytest.mark.parametrize("kind", LIGHTS)
def test_level_and_contrast_are_the_light_s_from_its_first_frame_on(kind: str) -> None:
    settings = load_settings(QUICK | {"palette_weight": 0})  # which asks for one light of its own
    lights, within = LIGHTS[kind]
    scene = [0.1 + 0.6 * frame for frame in panning(len(lights))]
    frames = MemoryFrames([(f * x).clamp(0, 1) for f, x in zip(scene, lights, strict=True)])
    changed = paint(frames, settings)
    constant = paint(MemoryFrames([frame * lights[-1] for frame in scene]), settings)
    settled = max(i for i, light in enumerate(lights) if light != lights[-1]) + 1
    for one, other in list(zip(changed, constant, strict=True))[settled:]:
        assert float(one.mean()) == pytest.approx(float(other.mean()), rel=within)
        assert float(one.std()) == pytest.approx(float(other.std()), rel=within)


def test_frames_whose_light_changes_are_told_to_the_engine() -> None:
    engine = Counting()
    lights = [1, 1, 0.8, 0.6, 0.6, 0.6]
    frames = [light * (0.1 + 0.5 * x) for light, x in zip(lights, panning(6), strict=True)]
    paint(MemoryFrames(frames), load_settings({**QUICK, "first_iterations": 2}), engine=engine)
    relit = {task.index: task.relit for task in engine.tasks if task.start is not None}
    assert relit == {1: False, 2: True, 3: True, 4: False, 5: False}


def test_a_fade_from_black_begins_without_a_jump() -> None:
    lights = [0.0, 0.12, 0.3, 0.5, 0.7, 0.85, 1, 1]
    scene = [0.1 + 0.6 * frame for frame in panning(len(lights))]
    frames = MemoryFrames([f * x for f, x in zip(scene, lights, strict=True)])
    levels = [float(one.mean()) for one in paint(frames, load_settings(QUICK))]
    assert all(after > before - 0.01 for before, after in pairwise(levels))


def test_a_clip_of_one_light_is_painted_ahead_for_new_areas_alone() -> None:
    engine = Counting()
    paint(MemoryFrames(panning(6)), load_settings(QUICK), engine=engine)
    assert not any(task.lent is Lent.WHOLE for task in engine.tasks)


def test_resumed_in_the_middle_of_a_fade_it_gives_the_same_bytes() -> None:
    settings = load_settings({"first_iterations": 3, "iterations": 1, "first_smallest": 32})
    lights = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 0.4, 0.4]

    def fading() -> MemoryFrames:
        frames = [0.1 + 0.6 * frame for frame in panning(len(lights))]
        return MemoryFrames([f * x for f, x in zip(frames, lights, strict=True)])

    complete, stopped = fading(), fading()
    paint(complete, settings)
    for stop in (2, 4, 7, 8):
        cancel = CancelWhen(lambda stop=stop: len(stopped.painted.committed) >= stop)
        with pytest.raises(Cancelled):
            paint(stopped, settings, cancel)
    paint(stopped, settings)
    assert stopped.painted.committed == complete.painted.committed
    for key, image in complete.painted.kept.items():
        assert torch.equal(stopped.painted.kept[key], image)


@pytest.mark.parametrize(
    ("lights", "trust", "painted"),
    [
        ([1 - 0.1 * i for i in range(7)] + [0.4], 1.0, [7]),
        ([1 - 0.1 * i for i in range(7)] + [0.4], 0.5, [7]),
        ([1, 0.85, 0.7, 1.6, 0.7, 0.55, 0.4, 0.4], 1.0, [7, 3]),  # a flash in a dusk
    ],
)
def test_a_light_is_painted_once_and_a_flash_for_itself(
    lights: list[float], trust: float, painted: list[int]
) -> None:
    engine = Counting()
    scene = [0.1 + 0.5 * frame for frame in panning(len(lights))]
    frames = MemoryFrames([f * x for f, x in zip(scene, lights, strict=True)])
    settings = load_settings({**QUICK, "first_iterations": 4, "trust": trust})
    paint(frames, settings, engine=engine)
    assert [task.number for task in engine.tasks if task.lent is Lent.WHOLE] == painted


def test_what_lends_its_paint_whole_is_painted_once_and_forgotten() -> None:
    painted: list[int] = []

    def engine(task: FrameTask) -> Painted:
        painted.append(task.index)
        return Painted(task.content)

    frames = MemoryFrames(panning(4))
    pairs = FlowPairs(DisFlow(), frames.sources.load)
    ahead = PaintedAhead(frames.frames, pairs, load_settings({}), torch.device("cpu"), engine)
    try:
        for index, key in ((1, 3), (1, 1), (1, 1), (2, 3), (2, 2), (3, 3)):
            for lent in (Lent.WHOLE, Lent.BEGUN):
                ahead.pull(index, key, lent)
            assert all(key >= index for key, _ in ahead._painted)
    finally:
        pairs.close()
    assert painted == [3, 3, 1, 1, 2, 2]  # whole, and for new areas


def test_an_engine_is_not_handed_what_light_alone_needs() -> None:
    engine = Counting()
    lights = [1, 0.8, 0.6, 0.5, 0.5]
    frames = [light * (0.1 + 0.5 * x) for light, x in zip(lights, panning(5), strict=True)]
    paint(MemoryFrames(frames), load_settings({**QUICK, "first_iterations": 2}), engine=engine)
    assert any(task.lent is Lent.WHOLE for task in engine.tasks)
    assert not any(one.lit for task in engine.tasks for one in (*task.pulls, task.near) if one)
