"""Passages between shots: paint of both, mixed as the frames are, and nothing left of the first."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.core.types import Passage
from flowstyle.flow.camera_model import CameraModel
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import FlowPairs
from flowstyle.settings import Settings, load_settings
from flowstyle.temporal.passages import SEEN, camera_motion, mixed, moved
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import CancelWhen, paint, texture

QUICK = {
    "first_iterations": 3,
    "iterations": 1,
    "sweeps": 0,
    "first_smallest": 64,
    "fill_iterations": 0,
}
BEFORE, LENGTH, AFTER = 3, 5, 2
PASSAGE = Passage(BEFORE, BEFORE + LENGTH - 1, BEFORE + LENGTH // 2)
SIZE = 48


def views(seed: int, step: int, count: int) -> list[Tensor]:
    """A view of 48 columns that moves by whole pixels."""
    wide = texture(seed, 36, 96)
    start = 0 if step >= 0 else 96 - SIZE
    return [wide[..., start + step * i :][..., :SIZE].contiguous() for i in range(count)]


def dissolve(steps: tuple[int, int] = (2, -2)) -> list[Tensor]:
    """Two shots, the first of which melts into the second: share k / (n + 1) in frame k of n."""
    count = BEFORE + LENGTH + AFTER
    first, second = views(0, steps[0], count), views(5, steps[1], count)
    shares = [min(max((k - BEFORE + 1) / (LENGTH + 1), 0.0), 1.0) for k in range(count)]
    return [(1 - s) * a + s * b for a, b, s in zip(first, second, shares, strict=True)]


def melted(settings: Settings, frames: list[Tensor], **more) -> tuple[MemoryFrames, list[Tensor]]:
    memory = MemoryFrames(frames, passages=(PASSAGE,))
    pairs = FlowPairs(DisFlow("draft"), memory.sources.load)
    return memory, paint(memory, settings, pairs=pairs, **more)


@pytest.fixture(scope="module")
def painted() -> list[Tensor]:
    return melted(load_settings(QUICK), dissolve())[1]


def test_share_is_a_straight_line_between_the_frames_that_show_one_shot():
    assert [PASSAGE.share(k) for k in range(BEFORE - 2, BEFORE)] == [0, 0]
    inside = [PASSAGE.share(k) for k in range(BEFORE, BEFORE + LENGTH)]
    assert inside == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6])
    assert [PASSAGE.share(PASSAGE.cut + k) for k in range(2)] == [1, 1]


def test_the_second_shot_is_what_it_is_alone(painted):
    alone = paint(
        MemoryFrames(frames := dissolve()[PASSAGE.cut :]),
        load_settings(QUICK),
        pairs=FlowPairs(DisFlow("draft"), frames.__getitem__),
    )
    assert all(torch.equal(a, b) for a, b in zip(painted[PASSAGE.cut :], alone, strict=True))


def test_the_first_shot_is_what_it_is_without_the_passage(painted):
    frames = dissolve()[:BEFORE]
    alone = paint(
        MemoryFrames(frames),
        load_settings(QUICK),
        pairs=FlowPairs(DisFlow("draft"), frames.__getitem__),
    )
    assert all(torch.equal(a, b) for a, b in zip(painted[:BEFORE], alone, strict=True))


@pytest.mark.parametrize("steps", [(0, 0), (2, -2)], ids=["still", "pans"])
def test_paint_is_mixed_as_the_frames_are_and_moves_with_the_cameras(steps):
    """Without iterations a frame is its start: both paints, moved by the known whole pixels."""
    settings = load_settings({**QUICK, "iterations": 0})
    _, result = melted(settings, dissolve(steps))
    first, second = result[BEFORE - 1].numpy(), result[PASSAGE.cut].numpy()
    for index in range(PASSAGE.first, PASSAGE.cut):
        share = (index - BEFORE + 1) / (LENGTH + 1)
        away, to = steps[0] * (index - BEFORE + 1), steps[1] * (index - PASSAGE.cut)
        moved = [np.roll(one, -by, axis=3) for one, by in ((first, away), (second, to))]
        expected = (1 - share) * moved[0] + share * moved[1]
        inside = slice(12, SIZE - 12)  # neither shot has come into view there
        error = np.abs(result[index].numpy() - expected)[..., 3:-3, inside]
        assert error.mean() < (1e-4 if steps == (0, 0) else 0.02)


def test_no_step_at_the_cut_is_larger_than_those_before(painted):
    steps = [float((b - a).abs().mean()) for a, b in itertools.pairwise(painted)]
    within = steps[PASSAGE.first : PASSAGE.last]
    assert steps[PASSAGE.last] < 1.25 * max(within)
    hard = float((painted[PASSAGE.cut] - painted[BEFORE - 1]).abs().mean())
    assert max(within) < 0.5 * hard


def test_colours_are_not_held_back_to_the_first_shot():
    """From dark to light: the last mixture is nearly as light as the second shot."""
    count = BEFORE + LENGTH + AFTER
    frames = [0.3 * a for a in views(0, 0, count)]
    light = [0.4 + 0.6 * b for b in views(5, 0, count)]
    for index in range(BEFORE, count):
        share = PASSAGE.share(index)
        frames[index] = (1 - share) * frames[index] + share * light[index]
    _, result = melted(load_settings({**QUICK, "style_weight": 0.0}), frames)
    levels = [float(image.mean()) for image in result]
    dark, bright = levels[BEFORE - 1], levels[PASSAGE.cut]
    assert bright - dark > 0.2
    for index in range(PASSAGE.first, PASSAGE.cut):
        expected = dark + PASSAGE.share(index) * (bright - dark)
        assert levels[index] == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("sweeps", "stops"), [(0, (4, 6, 8)), (2, (5, 14, 22))])
def test_a_resumed_run_gives_the_same_bytes(sweeps: int, stops: tuple[int, ...]):
    """Stopped within the passage, in each sweep over it, and at its end."""
    settings = load_settings({**QUICK, "sweeps": sweeps, "sweep_iterations": 1})
    whole, result = melted(settings, dissolve())
    for stop in stops:
        memory = MemoryFrames(dissolve(), passages=(PASSAGE,))
        cancel = CancelWhen(lambda m=memory, n=stop: len(m.painted.committed) >= n)
        with pytest.raises(Cancelled):
            paint(
                memory,
                settings,
                cancel,
                pairs=FlowPairs(DisFlow("draft"), memory.sources.load),
            )
        again = paint(memory, settings, pairs=FlowPairs(DisFlow("draft"), memory.sources.load))
        assert memory.painted.committed == whole.painted.committed
        assert all(torch.equal(a, b) for a, b in zip(again, result, strict=True))


def test_a_passage_next_to_a_shot_of_one_frame_is_held_still():
    frames = dissolve()[BEFORE - 1 : PASSAGE.cut + 1]
    memory = MemoryFrames(frames, passages=(Passage(1, LENGTH, LENGTH // 2),))
    result = paint(memory, load_settings({**QUICK, "iterations": 0}))
    middle = result[3] - 0.5 * (result[0] + result[-1])
    assert middle.abs().max() < 1e-4


def seen_by(camera: NDArray[np.float64], frame: int) -> Tensor:
    """A picture of waves, as a camera sees it that moves by x → A (x, y, 1) from frame to frame."""
    y, x = np.mgrid[:72, :96]
    x, y, _ = np.linalg.matrix_power(camera, frame) @ np.stack(
        [x.ravel(), y.ravel(), x.ravel() ** 0]
    )
    waves = [
        np.sin(a * x + b * y + c) for a, b, c in ((0.5, 0.2, 0), (-0.2, 0.6, 1), (0.4, -0.5, 2))
    ]
    picture = 0.5 + 0.15 * np.stack([waves[0] + waves[1], waves[1] + waves[2], waves[0] - waves[2]])
    return torch.from_numpy(picture.reshape(1, 3, 72, 96)).float()


def flow_of(camera: NDArray[np.float64]) -> Tensor:
    """From a frame to the one that shows x where this one shows A⁻¹ x."""
    back = np.linalg.inv(camera)
    y, x = np.mgrid[:72, :96]
    to_x, to_y = (row[0] * x + row[1] * y + row[2] for row in back[:2])
    return torch.from_numpy(np.stack([to_x - x, to_y - y])[None]).float()


def way_of(model: CameraModel, x: float, y: float) -> list[float]:
    at = model.at(np.array([x], np.float32), np.array([y], np.float32), (72, 96))
    return at[:, 0].tolist()


def test_the_cameras_motion_is_what_most_of_the_frame_follows():
    camera = np.array([[1.01, -0.02, 1.5], [0.02, 0.99, -0.7], [0, 0, 1]])
    flow = flow_of(camera)
    flow += 0.3 * torch.randn(flow.shape, generator=torch.Generator().manual_seed(1))
    flow[:, 0, 20:50, 20:50] = 6.0  # a thing of its own
    found = camera_motion([flow], [seen_by(camera, 0), seen_by(camera, 1)])
    for x, y in ((0, 0), (95, 0), (0, 71), (95, 71), (48, 36)):
        expected = np.linalg.inv(camera) @ (x, y, 1) - (x, y, 1)
        assert way_of(found, x, y) == pytest.approx(expected[:2].tolist(), abs=0.05)


def test_the_cameras_motion_is_the_mean_over_frames_and_none_where_nothing_is_common():
    pans = [np.array([[1, 0, shift], [0, 1, 0], [0, 0, 1.0]]) for shift in (1.0, 3.0)]
    pictures = [seen_by(pans[0], 0), seen_by(pans[0], 1), seen_by(pans[0], 4)]
    found = camera_motion([flow_of(pan) for pan in pans], pictures)
    assert way_of(found, 48, 36) == pytest.approx([-2.0, 0.0], abs=0.02)
    noise = 20 * torch.rand(1, 2, 72, 96, generator=torch.Generator().manual_seed(0))
    for nothing in (camera_motion([noise], pictures[:2]), camera_motion([], pictures[:1])):
        assert way_of(nothing, 48, 36) == [0.0, 0.0]
    assert SEEN > 1


def test_a_motion_that_grows_beyond_the_frame_stays_finite_over_many_frames():
    """A strong zoom with a curvature doubles its squares in each step."""
    terms = np.array([[2.0, 9.0, 0.0, 6.0, 0.0, 2.0], [1.0, 0.0, 9.0, 3.0, 0.0, 6.0]])
    picture = texture(1, 36, 48)
    image, known = moved(picture, CameraModel(terms, 0.0), 60)
    assert torch.isfinite(image).all()
    assert 0 <= float(image.min()) <= float(image.max()) <= 1
    assert float(known.mean()) < 0.5
    image, known = moved(picture, CameraModel(np.zeros((2, 6)), 0.0), 60)
    assert float((image - picture).abs().max()) < 1e-4
    assert float(known.min()) == 1


def test_what_one_picture_does_not_show_is_left_to_the_other():
    one, two = torch.full((1, 3, 1, 3), 0.8), torch.full((1, 3, 1, 3), 0.2)
    here, there = torch.tensor([[[[1.0, 1.0, 0.0]]]]), torch.tensor([[[[1.0, 0.0, 0.0]]]])
    image, known = mixed(((one, here), (two, there)), (0.75, 0.25))
    np.testing.assert_allclose(image[0, 0, 0].numpy(), [0.65, 0.8, 0.0], atol=1e-6)
    np.testing.assert_allclose(known[0, 0, 0].numpy(), [1.0, 0.75, 0.0], atol=1e-6)
