"""Blemishes: how much they are, that they are the same for the same seed, what stays clean."""

from __future__ import annotations

import torch

from flowstyle.training.blemishes import CLEAN, SPECKS, TINT, with_blemishes

PAINT = torch.full((300, 3, 48, 64), 0.5)


def blemished(seed: int = 0) -> torch.Tensor:
    return with_blemishes(PAINT, torch.Generator().manual_seed(seed))


def test_a_share_stays_clean_to_the_bit() -> None:
    clean = (blemished() == PAINT).flatten(1).all(1).float().mean()
    assert abs(float(clean) - CLEAN) < 0.1  # of 300, deviation 0.027


def test_the_tint_is_smooth_and_as_large_as_said() -> None:
    error = blemished() - PAINT
    tints = error.abs() < 4 * TINT
    # Linear interpolation leaves (2/3)² of a variance; strength² has mean 1/3, where there is any.
    expected = TINT * (2 / 3) * ((1 - CLEAN) / 3) ** 0.5
    assert abs(float(error[tints].std()) - expected) < 0.1 * expected
    steps = (error[..., 1:] - error[..., :-1]).abs()
    assert float(steps.median()) < TINT / 4


def test_specks_are_squares_of_other_colours() -> None:
    far = ((blemished() - PAINT).abs().amax(1) > 5 * TINT).float()
    share = float(far.mean())
    # strength has mean 1/2 over the two thirds; one cell of 4 pixels each, some near the grey.
    assert 0.2 * 4 * SPECKS / 3 < share < 4 * SPECKS / 3
    groups = far.unfold(1, 2, 2).unfold(2, 2, 2).sum((-2, -1))
    assert set(groups.unique().tolist()) == {0, 4}


def test_the_seed_decides() -> None:
    assert torch.equal(blemished(3), blemished(3))
    assert not torch.equal(blemished(3), blemished(4))
