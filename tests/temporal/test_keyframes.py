"""Keyframes put texture back into place: which, by how much, and that it stays there."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.flow.pairs import FlowPairs, Pair
from flowstyle.flow.protocol import DirectMethod
from flowstyle.settings import load_settings
from flowstyle.temporal.keyframes import INTERVAL, keyframe, steadied
from flowstyle.temporal.pulls import Pull
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import paint, panning


@pytest.mark.parametrize(
    ("index", "first", "expected"),
    [(1, 0, None), (2, 0, 0), (16, 0, 0), (17, 0, None), (18, 0, 16), (32, 0, 16), (34, 0, 32),
     (21, 20, None), (22, 20, 20), (38, 20, 36)],
)  # fmt: skip
def test_every_sixteenth_frame_of_a_shot(index: int, first: int, expected: int | None) -> None:
    assert INTERVAL == 16
    assert keyframe(index, first) == expected


def row(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(1, 1, 1, -1)


def a_pull(image: Tensor, trust: Tensor, usable: Tensor, static: Tensor) -> Pull:
    return Pull(image.expand(1, 3, 1, -1), trust, usable, static, 7.0)


def test_a_share_where_both_are_trusted_all_where_only_the_keyframe_is_nothing_where_it_is_not():
    none = row(0, 0, 0, 0, 0)
    seen, still = row(1, 1, 0, 1, 1), row(0, 0, 0, 1, 0)
    near = a_pull(row(0.4, 0.4, 0.4, 0.4, 0.4), seen, seen, still)
    far = a_pull(row(0.9, 0.7, 0.8, 0.5, 0.5), row(1, 0, 0.5, 1, 1), row(1, 0, 1, 1, 1), none)
    mixed = steadied(near, far, 0.25)
    # Where both are trusted and move, the keyframe is brighter by 0.5 and 0.1: it gets 0.3 less.
    assert mixed.image[0, 0, 0].tolist() == pytest.approx([0.45, 0.4, 0.5, 0.4, 0.35])
    assert mixed.trust.flatten().tolist() == pytest.approx([1, 1, 0.5, 1, 1])
    assert mixed.usable.flatten().tolist() == pytest.approx([1, 1, 1, 1, 1])
    assert mixed.weight == near.weight


def test_what_the_neighbour_lacks_is_lent_without_the_neighbours_own_paint_there() -> None:
    half, nowhere = row(0, 0.5, 0.5, 1), row(0, 0, 0, 0)
    near = a_pull(row(0.1, 0.1, 0.1, 0.1), half, half, nowhere)
    far = a_pull(row(0.9, 0.9, 0.9, 0.9), nowhere, row(0.5, 0.5, 1, 1), nowhere)
    mixed = steadied(near, far, 0.0)
    assert mixed.usable.flatten().tolist() == pytest.approx([0.5, 0.75, 1, 1])
    assert mixed.image[0, 0, 0].tolist() == pytest.approx([0.9, 0.1 + 0.8 / 3, 0.5, 0.1])


def test_what_a_dial_takes_from_the_neighbour_does_not_come_back_from_the_keyframe() -> None:
    less, nowhere = row(0.4, 0.4, 0.4, 0.4), row(0, 0, 0, 0)
    near, far = a_pull(row(0.1, 0.2, 0.3, 0.4), less, less, nowhere), a_pull(less, less, less, less)
    mixed = steadied(near, far, 0.0, trust=0.4)
    assert torch.allclose(mixed.image, near.image)
    assert torch.equal(mixed.usable, near.usable)


def test_another_light_leaves_no_trace() -> None:
    texture_ = 0.3 + 0.2 * torch.rand(1, 3, 1, 4, generator=torch.Generator().manual_seed(1))
    everywhere, nowhere = row(1, 1, 1, 1), row(0, 0, 0, 0)
    near = a_pull(texture_, everywhere, everywhere, nowhere)
    far = a_pull(texture_ + 0.2, everywhere, everywhere, nowhere)
    assert torch.allclose(steadied(near, far, 0.5).image, texture_, atol=1e-6)


class Slipping(DirectMethod):
    """The flow of the panning clip, each step of a neighbour too long by a tenth of a pixel."""

    name = "slipping"

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: tuple[int, int] = (1, 0),
        start: Tensor | None = None,
    ) -> Tensor:
        steps = frames[0] - frames[1]
        flow = torch.zeros(1, 2, *target.shape[-2:])
        flow[:, 0] = (2.1 if abs(steps) == 1 else 2.0) * steps
        return flow


class FarPairs(FlowPairs):
    """Notes the far pairs that are asked for."""

    def __init__(self, frames: MemoryFrames) -> None:
        super().__init__(Slipping(), frames.sources.load)
        self.asked: list[tuple[int, int]] = []

    def far(self, a: int, b: int) -> Pair:
        self.asked.append((a, b))
        return super().far(a, b)


def last_frame(share: float) -> tuple[Tensor, Tensor]:
    """First and last painted frame of eleven, whose paint is carried along and not changed."""
    settings = load_settings(
        {
            "first_iterations": 3,
            "iterations": 0,
            "fill_iterations": 0,
            "first_smallest": 32,
            "lock_static": False,
            "hold_colors": False,
            "keyframe_share": share,
        }
    )
    frames = MemoryFrames(panning(11))
    pairs = FarPairs(frames)
    result = paint(frames, settings, pairs=pairs)
    assert pairs.asked == ([(i, 0) for i in range(2, 11)] if share else [])
    return result[0], result[10]


def test_texture_that_slips_is_put_back() -> None:
    errors = []
    for share in (0.0, 0.3, 1.0):
        first, last = last_frame(share)
        moved = torch.roll(first, -20, dims=-1)
        inner = (..., slice(4, -4), slice(4, 24))
        errors.append(float((last - moved)[inner].abs().mean()))
    assert errors[1] < 0.5 * errors[0]
    assert errors[2] < 0.01
