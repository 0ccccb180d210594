"""Where most of a clip stands still the network runs over what moves, and the paint is the same."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from flowstyle.engines.optimised import frame_objective
from flowstyle.engines.optimised.frame_objective import still_part
from flowstyle.features.compact import CompactFeatures, load_compact
from flowstyle.losses.choose import choose_style_loss
from flowstyle.settings import load_settings
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Painted
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import paint, texture

SIZE = (320, 416)


def tripod(count: int = 3) -> list[Tensor]:
    """A textured square of 24 px that moves by 3 px a frame over ground that stands still."""
    ground, thing = texture(3, *SIZE), texture(5, 24, 24)
    frames = []
    for index in range(count):
        frame = ground.clone()
        left = 60 + 3 * index
        frame[..., 120:144, left : left + 24] = thing
        frames.append(frame)
    return frames


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pixels of each pass of the network, as they are made."""
    seen: list[int] = []
    forward = CompactFeatures.forward

    def counted(self: CompactFeatures, image: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        seen.append(image.shape[-2] * image.shape[-1])
        return forward(self, image, layers)

    monkeypatch.setattr(CompactFeatures, "forward", counted)
    return seen


def iterations(frames: list[Tensor], **settings: float) -> list[float]:
    """How many each later frame gets."""
    found: list[float] = []

    def watch(visit: Visit, task: FrameTask, painted: Painted) -> None:
        if task.near is not None:
            found.append(painted.terms["iterations"])

    quick = {"first_iterations": 1, "fill_iterations": 0, "further_iterations": 0}
    paint(MemoryFrames(frames), load_settings(quick | settings), watch=watch)
    return found


def test_a_frame_of_which_all_stands_still_is_finished_at_once() -> None:
    still = [frame[..., 80:176, 40:168].contiguous() for frame in tripod(1)]
    assert iterations(still * 3) == [0, 0]


def test_a_small_thing_that_moves_is_finished_where_the_rest_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert iterations(tripod(2)) == [4]
    # By the mean of all pixels the whole frame would count as finished after the first iteration.
    monkeypatch.setattr(frame_objective, "active_tiles", lambda static, reach: None)
    assert iterations(tripod(2)) == [1]


def test_tiles_that_do_not_fit_into_the_memory_are_left_to_those_that_do(
    passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole frame, and as many iterations: how much is finished is no matter of memory."""
    settings = load_settings({})
    static = torch.ones(1, 1, *SIZE)
    static[..., 120:144, 60:90] = 0
    targets = SimpleNamespace(
        network=load_compact(),
        context=SimpleNamespace(settings=settings, style_loss=choose_style_loss(settings)),
    )
    found = still_part(targets, tripod(1)[0], static)
    assert found.changing == pytest.approx(24 * 30 / (SIZE[0] * SIZE[1]), rel=1e-4)

    def fits(largest: int | None) -> bool:
        limited = SimpleNamespace(context=SimpleNamespace(largest_pass=largest))
        return frame_objective._fits(limited, found.active)

    assert fits(None)
    assert fits(found.active.pixels)
    assert not fits(found.active.pixels - 1)
    monkeypatch.setattr(frame_objective, "_fits", lambda targets, active: False)
    assert iterations(tripod(2)) == [4]
    whole = SIZE[0] * SIZE[1]
    assert passes[-5:] == [whole] * 5  # the photograph, and four iterations


def test_l_bfgs_paints_what_moves_as_by_the_whole_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(
        {"optimizer": "lbfgs", "first_iterations": 2, "iterations": 3, "fill_iterations": 0}
        | {"learning_rate": 1.0, "precision": "fp32"}
    )
    few = paint(MemoryFrames(tripod(2)), settings)
    monkeypatch.setattr(frame_objective, "active_tiles", lambda static, reach: None)
    whole = paint(MemoryFrames(tripod(2)), settings)
    assert not torch.equal(few[1], whole[1])
    assert float((few[1] - whole[1]).abs().mean()) < 1e-3


def test_a_small_thing_that_moves_is_painted_as_by_the_whole_frame(
    passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(
        {"first_iterations": 3, "fill_iterations": 0, "precision": "fp32", "settled": 0.0}
    )
    few = paint(MemoryFrames(tripod()), settings)
    in_tiles, whole_frame = list(passes), SIZE[0] * SIZE[1]
    passes.clear()
    monkeypatch.setattr(frame_objective, "active_tiles", lambda static, reach: None)
    whole = paint(MemoryFrames(tripod()), settings)
    # Of two later frames: once the photograph and once the start, in place of four iterations each.
    assert passes.count(whole_frame) - in_tiles.count(whole_frame) == 2 * (4 - 1)
    assert sum(in_tiles) < sum(passes)
    for one, other in zip(few, whole, strict=True):
        assert float((one - other).abs().max()) < 0.02
    moves = (..., slice(120, 144), slice(66, 90))
    change = float((whole[2] - whole[0])[moves].abs().mean())
    assert float((few[2] - whole[2])[moves].abs().mean()) < 0.02 * change


@pytest.mark.parametrize(
    ("changed", "sizes"),
    [({}, 3), ({"normalize_gradients": True}, 2), ({"style_loss": "sliced"}, 2)],
)
def test_what_must_see_the_whole_frame_does(changed: dict, sizes: int, passes: list[int]) -> None:
    settings = load_settings(
        {"first_iterations": 1, "first_smallest": 320, "fill_iterations": 0, "iterations": 1}
        | {"further_iterations": 0}
        | changed
    )
    paint(MemoryFrames(tripod(2)), settings)
    assert len(set(passes)) == sizes  # the frame's, the style's, and that of what moves
