"""Clips made for training: the flow and mask that they tell are true."""

from __future__ import annotations

import itertools

import torch

from flowstyle.flow.warp import warp
from flowstyle.training.motion import NOISE, moving


def clips(seed: int, length: int = 3) -> list:
    random = torch.Generator().manual_seed(seed)
    small = torch.rand(2, 3, 12, 12, generator=random)
    pictures = torch.nn.functional.interpolate(small, (96, 96), mode="bicubic").clamp(0, 1)
    return moving(pictures, length, random)


def test_what_the_mask_trusts_is_the_frame_before_along_the_flow() -> None:
    for seed in range(6):
        steps = clips(seed)
        for before, now in itertools.pairwise(steps):
            carried = warp(before.frame, now.flow)
            wrong = (now.mask * (now.frame - carried).abs()).sum() / (3 * now.mask.sum())
            # Two frames' noise, the second one's softened by the warp, and soft borders.
            assert float(wrong) < 3 * NOISE


def test_something_is_hidden_and_not_trusted() -> None:
    wrong, shares = 0.0, []
    for seed in range(6):
        before, now = clips(seed, 2)
        shares.append(float(now.mask.mean()))
        hidden = 1 - now.mask
        difference = (now.frame - warp(before.frame, now.flow)).abs().mean(1, keepdim=True)
        wrong = max(wrong, float((hidden * difference).sum() / hidden.sum().clamp_min(1)))
    assert 0.5 < min(shares) < 0.99
    assert wrong > 6 * NOISE


def test_the_first_frame_knows_of_none_before() -> None:
    first = clips(0)[0]
    assert float(first.mask.sum()) == 0
    assert float(first.flow.abs().sum()) == 0


def test_the_generator_alone_decides() -> None:
    one, other = clips(3), clips(3)
    assert all(torch.equal(a.frame, b.frame) for a, b in zip(one, other, strict=True))
    assert not torch.equal(clips(4)[1].frame, one[1].frame)
