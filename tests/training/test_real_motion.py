"""Crops of real frames: their flow belongs to them, and nothing from outside is trusted."""

from __future__ import annotations

import torch

from flowstyle.flow.warp import warp
from flowstyle.training.real_motion import Neighbours, crops_of
from tests.helpers.painting import texture

STEP = 3


def moved() -> Neighbours:
    """A view that moves to the right by whole pixels."""
    wide = texture(1, 64, 96)
    flow = torch.zeros(1, 2, 64, 80)
    flow[:, 0] = STEP
    return Neighbours(
        wide[..., :80].contiguous(),
        wide[..., STEP : STEP + 80].contiguous(),
        flow,
        torch.ones(1, 1, 64, 80),
    )


def test_the_frame_before_lies_on_the_frame_by_its_flow() -> None:
    first, last = crops_of([moved()], 4, 32, torch.Generator().manual_seed(0))
    assert first.frame.shape == last.frame.shape == (4, 3, 32, 32)
    carried = warp(first.frame, last.flow, mode="bicubic")
    wrong = ((carried - last.frame).abs() * last.mask).amax()
    assert wrong < 1e-5
    assert not torch.equal(last.frame[0], last.frame[1])  # crops of different places


def test_what_comes_from_outside_the_crop_is_not_trusted() -> None:
    _, last = crops_of([moved()], 2, 32, torch.Generator().manual_seed(0))
    assert torch.equal(last.mask[..., -STEP:], torch.zeros(2, 1, 32, STEP))
    assert torch.equal(last.mask[..., :-STEP], torch.ones(2, 1, 32, 32 - STEP))


def test_small_frames_give_small_crops() -> None:
    first, _ = crops_of([moved()], 2, 192, torch.Generator().manual_seed(0))
    assert first.frame.shape == (2, 3, 64, 64)
