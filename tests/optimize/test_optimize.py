"""The optimisers on functions whose minimum is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.errors import NotFiniteError, UsageError
from flowstyle.optimize import adam, lbfgs
from flowstyle.optimize.precision import choose_precision
from flowstyle.optimize.pyramid import pyramid_sizes, resize
from flowstyle.optimize.schedule import FALL, Further
from tests.helpers.painting import CancelWhen

START = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(0))
GOAL = torch.rand(1, 3, 5, 6, generator=torch.Generator().manual_seed(1))


class Bowl:
    """bottom + Σ s (x − goal)² with very different steepness along the axes."""

    def __init__(self, goal: Tensor = GOAL, bottom: float = 0.0) -> None:
        self.goal, self.bottom = goal, bottom
        self.steepness = torch.logspace(-1, 1, goal.numel()).view_as(goal)
        self.seen: list[Tensor] = []

    def __call__(self, image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        self.seen.append(image.detach().clone())
        total = self.bottom + (self.steepness * (image - self.goal).square()).sum()
        return total, {"bowl": total.detach()}


def test_adam_finds_the_minimum_and_leaves_the_start_alone() -> None:
    before = START.clone()
    result = adam.minimise(Bowl(), START, iterations=300, learning_rate=0.02)
    assert torch.equal(START, before)
    np.testing.assert_allclose(result.image, GOAL, atol=5e-3)
    assert result.iterations == 300
    assert not result.stopped
    assert result.terms["bowl"] < 1e-3


def test_first_adam_step_has_the_length_of_the_learning_rate() -> None:
    result = adam.minimise(
        Bowl(START + 0.5), START, iterations=1, learning_rate=0.01, clamp=False, average=None
    )
    np.testing.assert_allclose(result.image, START + 0.01, atol=1e-6)


def test_what_is_far_from_finished_gets_more_iterations_and_what_is_finished_none() -> None:
    further = Further(50, 0.05)
    bowl = Bowl(bottom=5.0)
    far = adam.minimise(bowl, START, iterations=4, learning_rate=0.02, further=further)
    done = adam.minimise(Bowl(bottom=5.0), GOAL, iterations=4, learning_rate=0.02, further=further)
    assert done.iterations == 4
    assert 4 < far.iterations < 54
    # It ended with the first two iterations that brought less than their share, by hand.
    totals = [5.0 + float((bowl.steepness * (x - GOAL).square()).sum()) for x in bowl.seen]
    goes_on = [
        min(totals[: n - 2]) - totals[n - 1] > 2 * FALL * totals[n - 1]
        for n in range(4, len(totals) + 1)
    ]
    assert goes_on == [True] * (len(goes_on) - 1) + [False]


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_few_iterations_do_not_hinder_further_ones(iterations: int) -> None:
    bowl = Bowl(torch.ones_like(GOAL), bottom=1.0)
    start = torch.zeros_like(GOAL)
    result = adam.minimise(bowl, start, iterations=iterations, further=Further(12, 0.02))
    assert result.iterations == iterations + 12


def test_further_iterations_have_their_own_step_and_an_end() -> None:
    bowl = Bowl(torch.ones_like(GOAL))
    start = torch.zeros_like(GOAL)
    result = adam.minimise(
        bowl, start, iterations=3, learning_rate=0.01, further=Further(4, 0.03), average=None
    )
    assert result.iterations == 7
    lengths = [float((b - a).abs().max()) for a, b in zip(bowl.seen, bowl.seen[1:], strict=False)]
    np.testing.assert_allclose(lengths, [0.01, 0.01, 0.01, 0.01, 0.02, 0.03], rtol=0.05)


def test_average_is_the_bias_corrected_mean_of_the_iterates() -> None:
    bowl = Bowl()
    plain = adam.minimise(bowl, START, iterations=4, average=None)
    iterates = [*bowl.seen[1:], plain.image]
    weights = 0.7 ** np.arange(3, -1, -1)
    expected = sum(w * x.double().numpy() for w, x in zip(weights, iterates, strict=True))
    averaged = adam.minimise(Bowl(), START, iterations=4, average=0.7)
    np.testing.assert_allclose(averaged.image, expected / weights.sum(), atol=1e-6)


def test_adam_clamps_every_iterate() -> None:
    bowl = Bowl(GOAL * 4 - 2)
    result = adam.minimise(bowl, START, iterations=150, learning_rate=0.05, average=None)
    assert min(float(x.min()) for x in bowl.seen) >= 0
    assert max(float(x.max()) for x in bowl.seen) <= 1
    np.testing.assert_allclose(result.image, (GOAL * 4 - 2).clamp(0, 1), atol=0.02)


@pytest.mark.parametrize("minimise", [adam.minimise, lbfgs.minimise])
def test_same_bits_twice(minimise) -> None:
    first, second = (minimise(Bowl(), START, iterations=12) for _ in range(2))
    assert torch.equal(first.image, second.image)


def test_lbfgs_is_exact_on_a_quadratic_where_adam_is_not() -> None:
    result = lbfgs.minimise(Bowl(), START, iterations=120)
    np.testing.assert_allclose(result.image, GOAL, atol=1e-4)


def test_lbfgs_takes_the_steps_of_one_long_run() -> None:
    image = START.clone().requires_grad_()
    reference = torch.optim.LBFGS(
        [image], max_iter=9, max_eval=100, tolerance_grad=0, tolerance_change=0
    )
    bowl = Bowl()
    gradient = 2 * bowl.steepness * (START - GOAL)
    scale = 1 / 255 / gradient.abs().mean()  # one grey level on average

    def closure() -> Tensor:
        reference.zero_grad()
        total = scale * bowl(image)[0]
        total.backward()
        return total

    reference.step(closure)
    result = lbfgs.minimise(Bowl(), START, iterations=9, clamp=False)
    np.testing.assert_allclose(result.image, image.detach(), atol=1e-5)


@pytest.mark.parametrize("factor", [1e-8, 1, 1e8])
def test_lbfgs_does_not_depend_on_the_scale_of_the_objective(factor: float) -> None:
    bowl = Bowl()

    def scaled(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return factor * bowl(image)[0], {}

    result = lbfgs.minimise(scaled, START, iterations=120)
    np.testing.assert_allclose(result.image, GOAL, atol=1e-4)


def test_first_lbfgs_step_is_one_grey_level_on_average_whatever_the_size() -> None:
    start = torch.full((1, 3, 60, 80), 0.5)  # the gradient's L1 norm is above 1 here
    result = lbfgs.minimise(Bowl(start + 0.3), start, iterations=1)
    assert float((result.image - start).abs().mean()) == pytest.approx(1 / 255, rel=1e-3)


def test_lbfgs_clamps_the_result_alone() -> None:
    bowl = Bowl(GOAL * 4 - 2)
    result = lbfgs.minimise(bowl, START, iterations=60)
    assert max(float(x.max()) for x in bowl.seen) > 1.5
    assert float(result.image.max()) <= 1


@pytest.mark.parametrize("minimise", [adam.minimise, lbfgs.minimise])
def test_stop_ends_before_the_next_iteration(minimise) -> None:
    calls = iter([False, False, True])
    result = minimise(Bowl(), START, iterations=9, cancel=CancelWhen(lambda: next(calls)))
    assert (result.iterations, result.stopped) == (2, True)


@pytest.mark.parametrize("minimise", [adam.minimise, lbfgs.minimise])
def test_no_iterations_return_the_start(minimise) -> None:
    result = minimise(Bowl(), START, iterations=0)
    assert torch.equal(result.image, START)
    assert result.terms == {}


@pytest.mark.parametrize("minimise", [adam.minimise, lbfgs.minimise])
def test_callback_hears_of_progress_and_of_the_end(minimise) -> None:
    heard: list[int] = []
    minimise(Bowl(), START, iterations=7, report_every=3, callback=lambda i, terms: heard.append(i))
    assert heard == [3, 6, 7]


@pytest.mark.parametrize("minimise", [adam.minimise, lbfgs.minimise])
def test_not_finite_is_named_with_its_iteration(minimise) -> None:
    count = 0

    def breaks(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        nonlocal count
        count += 1
        total = image.sum() * (float("nan") if count == 3 else 1)
        return total, {}

    with pytest.raises(NotFiniteError) as error:
        minimise(breaks, START, iterations=9)
    assert "iteration 3" in error.value.where


def test_image_that_is_not_finite_is_refused_though_the_loss_was() -> None:
    def breaks(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return (image * 0).abs().sqrt().sum(), {}  # 0, with an infinite gradient

    with pytest.raises(NotFiniteError, match="picture"):
        adam.minimise(breaks, START, iterations=1)


def test_pyramid_doubles_to_the_exact_size() -> None:
    sizes = pyramid_sizes(301, 512, 128)
    assert sizes == [(75, 128), (150, 256), (301, 512)]
    assert pyramid_sizes(60, 80, 128) == [(60, 80)]


def test_no_size_of_a_strip_is_too_small_for_the_network() -> None:
    """Sixteen pixels are what the layers behind four poolings need of the shorter side."""
    assert pyramid_sizes(96, 1280, 128) == [(24, 320), (48, 640), (96, 1280)]
    assert pyramid_sizes(960, 48, 128) == [(480, 24), (960, 48)]
    assert pyramid_sizes(20, 640, 128) == [(20, 640)]
    assert pyramid_sizes(12, 640, 128) == [(12, 640)]  # whoever paints it says what is wrong
    assert pyramid_sizes(20, 640, 128, least=5) == [(5, 160), (10, 320), (20, 640)]


def test_resize_keeps_range_and_mean() -> None:
    steps = torch.zeros(1, 3, 32, 32)
    steps[..., 16:] = 1
    small = resize(steps, (16, 20))
    assert small.shape == (1, 3, 16, 20)
    assert float(small.min()) >= 0
    assert float(small.max()) <= 1
    assert float(small.mean()) == pytest.approx(0.5, abs=1e-3)
    assert resize(steps, (32, 32)) is steps


def test_precision_choice() -> None:
    cpu = torch.device("cpu")
    assert choose_precision("fp32", cpu) == torch.float32
    assert choose_precision("bf16", cpu) == torch.bfloat16
    assert choose_precision("auto", cpu) in (torch.float32, torch.bfloat16)
    assert choose_precision("auto", torch.device("meta")) == torch.float32
    with pytest.raises(UsageError, match="fp16"):
        choose_precision("fp16", cpu)


@pytest.mark.parametrize(
    ("found", "fast"),
    [
        ({"avx512_bf16": True, "amx_bf16": True, "cpu_name": "Intel Xeon"}, True),
        ({"avx512_bf16": True, "amx_bf16": False, "cpu_name": "Intel Xeon"}, False),
        ({"avx512_bf16": True, "cpu_name": "AMD EPYC 9654"}, True),
        ({"avx512_bf16": False, "cpu_name": "AMD EPYC 7763"}, False),
        ({}, False),
    ],
)
def test_bfloat16_is_chosen_where_it_is_faster(
    found: dict[str, object], fast: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    wanted = torch.bfloat16 if fast else torch.float32
    assert choose_precision("auto", torch.device("cpu")) == wanted


def test_adam_takes_the_steps_of_torchs() -> None:
    bowl = Bowl()
    result = adam.minimise(bowl, START, iterations=25, learning_rate=0.01, average=None)
    image = START.clone().requires_grad_()
    reference = torch.optim.Adam([image], lr=0.01, betas=(0.8, 0.99))
    for _ in range(25):
        reference.zero_grad()
        Bowl()(image)[0].backward()
        reference.step()
        image.data.clamp_(0, 1)
    assert torch.allclose(result.image, image.detach(), atol=1e-6)
