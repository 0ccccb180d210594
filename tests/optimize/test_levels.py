"""Steps at several sizes at once, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.optimize import adam
from flowstyle.optimize.levels import added_up, at_levels, gradient_sizes
from flowstyle.optimize.pyramid import enlarged_paint

START = torch.full((1, 3, 5, 6), 0.5)


def slope(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """A total whose gradient is 0.25 in every pixel."""
    return 0.25 * image.sum(), {}


def towards(goal: Tensor) -> adam.Minimised:
    """Half the squared distance to a picture; its gradient is the difference."""

    def objective(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return 0.5 * (image - goal).square().sum(), {}

    return objective


def test_each_level_is_the_mean_of_the_four_below_it() -> None:
    gradient = torch.arange(15.0).view(1, 1, 3, 5)
    full, half, quarter = at_levels(gradient, 3)
    assert full is gradient
    # The last row and column have no partner and stand for themselves.
    np.testing.assert_allclose(half[0, 0], [[3.0, 5.0, 6.5], [10.5, 12.5, 14.0]])
    np.testing.assert_allclose(quarter[0, 0], [[7.75, 10.25]])


def test_what_is_the_same_everywhere_adds_up() -> None:
    steps = [
        torch.full((1, 1, side, side), value) for side, value in ((2, 4.0), (4, 2.0), (7, 1.0))
    ]
    assert torch.allclose(added_up(iter(steps)), torch.full((1, 1, 7, 7), 7.0))


def test_the_first_step_is_the_sum_of_the_levels() -> None:
    result = adam.minimise(slope, START, iterations=1, learning_rate=0.01, levels=3, average=None)
    np.testing.assert_allclose(result.image, 0.5 - 0.01 * 3, atol=1e-6)


def test_the_finest_levels_go_as_far_as_they_may_in_each_pixel() -> None:
    finest = torch.ones(1, 1, 5, 6)
    finest[..., 2, 3] = 0.25
    result = adam.minimise(
        slope, START, iterations=1, learning_rate=0.01, levels=2, finest=finest, average=None
    )
    # A quarter of the finest step. Of the coarser one's, a mean of 0.8125 over 2×2 pixels, the
    # root, which enlarged three quarters of the way lie to that pixel and to its neighbour.
    held = 0.75 * 0.8125**0.5 + 0.25
    row = result.image[0, 0, 2].numpy()
    np.testing.assert_allclose(row[3], 0.5 - 0.01 * (0.25 + held), atol=1e-6)
    np.testing.assert_allclose(row[2], 0.5 - 0.01 * (1 + held), atol=1e-6)
    np.testing.assert_allclose(result.image[..., 0, :], 0.5 - 0.02, atol=1e-6)


def test_levels_beyond_the_second_are_not_held_back() -> None:
    def moved(levels: int) -> torch.Tensor:
        nothing = torch.zeros(1, 1, 5, 6)
        result = adam.minimise(
            slope, START, iterations=1, learning_rate=0.01, levels=levels, finest=nothing
        )
        return 0.5 - result.image

    np.testing.assert_allclose(moved(1), 0, atol=1e-6)
    np.testing.assert_allclose(moved(2), 0, atol=1e-6)
    np.testing.assert_allclose(moved(3), 0.01, atol=1e-6)


def test_a_floor_makes_small_gradients_small_steps() -> None:
    result = adam.minimise(
        slope, START, iterations=1, learning_rate=0.01, floors=(0.75,), average=None
    )
    np.testing.assert_allclose(result.image, 0.5 - 0.01 * 0.25, atol=1e-6)  # of 0.25 + 0.75


def test_a_distance_that_all_pixels_have_is_gone_sooner() -> None:
    goal = torch.full((1, 3, 32, 32), 0.9)
    start = torch.full_like(goal, 0.1)
    far = [
        float(
            (adam.minimise(towards(goal), start, iterations=10, levels=levels).image - goal)
            .abs()
            .max()
        )
        for levels in (1, 4)
    ]
    assert far[1] < 0.7 * far[0]


def test_what_is_settled_gets_no_more_iterations() -> None:
    goal = START.clone()
    options = {"iterations": 50, "learning_rate": 0.01, "floors": (1.0,)}
    finished = adam.minimise(towards(goal), START, settled=1e-4, **options)
    assert finished.iterations == 1
    begun = adam.minimise(towards(goal), START + 0.3, settled=2e-3, **options)
    assert 5 < begun.iterations < 50
    everything = adam.minimise(towards(goal), START, settled=0.0, **options)
    assert everything.iterations == 50


def test_gradient_sizes_are_roots_of_mean_squares() -> None:
    goal = START.clone()
    goal[..., ::2] -= 0.2  # two columns of three in each pair: mean 0.1 at the next level
    sizes = gradient_sizes(towards(goal), START, 2)
    assert sizes == pytest.approx((0.2 / 2**0.5, 0.1), rel=1e-5)


def test_stripes_along_a_border_do_not_grow_with_the_paint() -> None:
    paint = torch.zeros(1, 3, 16, 20)
    paint[..., :2] = 1  # what a network's padding leaves
    paint[..., 8:10, 8:10] = 0.5
    larger = enlarged_paint(paint, (32, 40))
    assert float(larger[..., :8].abs().max()) == 0
    assert float(larger.max()) > 0.4
    assert enlarged_paint(paint, (16, 20)) is paint
