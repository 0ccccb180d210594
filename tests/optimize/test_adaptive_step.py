"""Steps that grow while the total falls, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.optimize import adam
from flowstyle.optimize.adaptive_step import AdaptiveStep
from flowstyle.optimize.schedule import Further

START = torch.full((1, 3, 4, 5), 0.5)
STEP = 0.01
STEPS = AdaptiveStep(longer=2.0, shorter=0.5, least=0.25, most=4.0)


class Slope:
    """A gradient that is the same everywhere, and totals that are told beforehand.

    All of them are one tensor, as those of an iteration that was recorded for a GPU.
    """

    def __init__(self, totals: list[float]) -> None:
        self._totals = iter(totals)
        self._told = torch.zeros(())

    def __call__(self, image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        falls = image.sum()
        total = falls - falls.detach() + next(self._totals)
        with torch.no_grad():
            total.set_(self._told.copy_(total))
        return total, {}


def gone(totals: list[float], further: Further | None = None) -> float:
    """How many steps of the first one's size are taken by as many iterations as totals."""
    count = len(totals) - (0 if further is None else further.iterations)
    result = adam.minimise(
        Slope(totals),
        START,
        iterations=count,
        learning_rate=STEP,
        adaptive=STEPS,
        further=further,
        average=None,
    )
    assert result.iterations == len(totals)
    moved = (START - result.image) / STEP
    np.testing.assert_allclose(moved, float(moved[0, 0, 0, 0]), atol=1e-4)
    return float(moved[0, 0, 0, 0])


@pytest.mark.parametrize(
    ("totals", "steps"),
    [
        ([5], [1]),
        ([5, 4, 3], [1, 2, 4]),
        ([5, 4, 3, 2], [1, 2, 4, 4]),  # no longer than four times the first
        ([5, 6], [1, 0.5]),
        ([5, 5.00001, 4.99999], [1, 1, 1]),  # what rounding does tells nothing
        ([5, 6, 7, 8], [1, 0.5, 0.25, 0.25]),  # no shorter than a quarter
        ([5, 6, 4, 3, 3.5], [1, 0.5, 1, 2, 1]),  # the last total counts, not the least
    ],
)
def test_steps_follow_the_totals(totals: list[float], steps: list[float]) -> None:
    assert gone(totals) == pytest.approx(sum(steps), rel=1e-4)


def test_further_iterations_go_on_in_the_same_way() -> None:
    assert gone([9, 8, 7, 6], Further(2)) == pytest.approx(1 + 2 + 4 + 4, rel=1e-4)


def test_a_long_way_is_gone_sooner() -> None:
    goal = START + 0.4

    def objective(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return (image - goal).square().sum(), {}

    left = []
    for adaptive in (None, AdaptiveStep()):
        found = adam.minimise(objective, START, iterations=6, learning_rate=STEP, adaptive=adaptive)
        left.append((found.image - goal).abs().max())
    assert left[1] < 0.9 * left[0]


@pytest.mark.parametrize(("settled", "iterations"), [(0.9 * STEP, 4), (1.1 * STEP, 1)])
def test_a_step_that_was_made_short_does_not_count_as_finished(
    settled: float, iterations: int
) -> None:
    found = adam.minimise(
        Slope([5, 6, 7, 8]),  # the last step is a quarter of the first
        START,
        iterations=4,
        learning_rate=STEP,
        adaptive=STEPS,
        settled=settled,
    )
    assert found.iterations == iterations
