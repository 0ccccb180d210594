"""Where most of a clip stands still the network runs over what moves, and the paint is the same."""

from __future__ import annotations

import pytest
from torch import Tensor

from flowstyle.engines.optimised import frame_objective
from flowstyle.features.compact import CompactFeatures
from flowstyle.settings import load_settings
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
