"""Carried pictures against waves whose values are known everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.flow.warp import warp

INNER = (..., slice(10, -10), slice(10, -10))


def waves(shift: tuple[float, float], cycles: float = 0.3) -> torch.Tensor:
    """Waves of at most ``cycles`` a pixel, moved by some pixels to the right and downwards."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:56, :72].astype(np.float64)
    planes = np.full((3, 56, 72), 0.5)
    for plane in planes:
        for _ in range(12):
            kx, ky, phase = *rng.uniform(-cycles, cycles, 2), rng.uniform(0, 2 * np.pi)
            plane += 0.03 * np.cos(2 * np.pi * (kx * (x - shift[0]) + ky * (y - shift[1])) + phase)
    return torch.from_numpy(planes).float()[None]


def constant(x: float, y: float) -> torch.Tensor:
    return torch.tensor([x, y]).view(1, 2, 1, 1).expand(1, 2, 56, 72).contiguous()


def largest(error: torch.Tensor) -> float:
    return float(error[INNER].abs().max())


@given(st.floats(-3, 3), st.floats(-3, 3))
@example(0.5, -0.5)  # where kernels differ most: 0.010 by a bicubic one
@example(0.515, 2.515)  # which remap rounds most: 0.007 if that were left
@settings(max_examples=25, deadline=None)
def test_waves_are_moved_to_where_they_belong(x: float, y: float) -> None:
    moved = warp_lanczos(waves((0, 0)), constant(-x, -y))
    assert largest(moved - waves((x, y))) < 0.005


def test_no_motion_changes_no_bit_and_whole_pixels_only_move() -> None:
    image = torch.rand(1, 3, 56, 72, generator=torch.Generator().manual_seed(1))
    assert torch.equal(warp_lanczos(image, constant(0, 0)), image)
    moved = warp_lanczos(image, constant(2, -3))
    assert torch.equal(moved[..., 3:, :-2], image[..., :-3, 2:])


def test_twenty_moves_there_and_back_cost_a_third_of_what_bilinear_ones_cost() -> None:
    image = waves((0, 0))
    errors = []
    for method in (warp_lanczos, warp):
        moved = image
        for _ in range(10):
            moved = method(method(moved, constant(0.5, 0.5)), constant(-0.5, -0.5))
        errors.append(float((moved - image)[INNER].square().mean()))
    assert errors[0] < errors[1] / 3


@pytest.mark.parametrize("step", [(0.011, 0.006), (-0.007, 0.012)])
def test_a_creeping_camera_is_followed_though_remap_rounds_its_positions(
    step: tuple[float, float],
) -> None:
    """Both ways, by less than the 1/64 of a pixel that would be rounded to nothing."""
    moved, steps = waves((0, 0), 0.15), 40
    for _ in range(steps):
        moved = warp_lanczos(moved, constant(-step[0], -step[1]))
    there = waves((step[0] * steps, step[1] * steps), 0.15)
    assert largest(moved - there) < 0.1 * largest(waves((0, 0), 0.15) - there)
    for wrong in ((step[0], 0), (0, step[1])):
        halfway = waves((wrong[0] * steps, wrong[1] * steps), 0.15)
        assert largest(moved - halfway) > 0.3 * largest(waves((0, 0), 0.15) - there)


def test_the_border_is_repeated() -> None:
    image = torch.arange(40.0).view(1, 1, 5, 8) / 40
    moved = warp_lanczos(image, torch.tensor([20.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 5, 8))
    torch.testing.assert_close(moved, image[..., -1:].expand(1, 1, 5, 8), atol=1e-6, rtol=0)


def test_what_remap_cannot_take_is_refused() -> None:
    with pytest.raises(ValueError, match="the same size"):
        warp_lanczos(torch.zeros(1, 3, 8, 8), torch.zeros(1, 2, 8, 9))
    for channels, batch in ((5, 1), (3, 2)):
        with pytest.raises(ValueError, match="one picture"):
            warp_lanczos(torch.zeros(batch, channels, 8, 8), torch.zeros(1, 2, 8, 8))
