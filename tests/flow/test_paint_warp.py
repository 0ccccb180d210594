"""Carried paint against waves whose values are known everywhere, and against Lanczos' kernel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowstyle.flow import paint_warp
from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.flow.paint_warp import warp_paint
from tests.flow.test_lanczos import constant, waves

INNER = (..., slice(16, -16), slice(16, -16))
DEEP = (..., slice(48, -48), slice(48, -48))  # which no border reaches in so many moves
SIZE = (56, 72)


@pytest.fixture(params=["OpenCV", "torch"])
def each_library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warp by OpenCV, and by what serves GPUs and pictures that OpenCV takes for too large."""
    if request.param == "torch":
        monkeypatch.setattr(paint_warp, "REMAP_LIMIT", 0)


def largest(error: torch.Tensor) -> float:
    return float(error[INNER].abs().max())


def wave(across: float, down: float) -> torch.Tensor:
    """A wave of so many cycles a pixel and the one a quarter behind it: everywhere of length 1."""
    y, x = np.mgrid[:120, :136].astype(np.float64)
    angle = 2 * np.pi * (across * x + down * y)
    return torch.from_numpy(np.stack([np.cos(angle), np.sin(angle)])).float()[None]


def moved_by(image: torch.Tensor, x: float, y: float) -> torch.Tensor:
    """A flow of the same vector everywhere, of a picture's size."""
    vector = torch.tensor([x, y]).view(1, 2, 1, 1)
    return vector.expand(1, 2, *image.shape[-2:]).contiguous()


@given(st.floats(-3, 3), st.floats(-3, 3))
@example(0.5, -0.5)
@example(0.25, 0.75)  # where bilinear and bicubic samples of the doubled picture differ most
@settings(max_examples=25, deadline=None)
def test_waves_are_moved_to_where_they_belong(x: float, y: float) -> None:
    error = largest(warp_paint(waves((0, 0)), constant(-x, -y)) - waves((x, y)))
    assert error < 0.004


@pytest.mark.usefixtures("each_library")
def test_no_motion_changes_no_bit_and_whole_pixels_only_move() -> None:
    image = torch.rand(1, 3, 23, 1285, generator=torch.Generator().manual_seed(1))
    assert torch.equal(warp_paint(image, moved_by(image, 0, 0)), image)
    moved = warp_paint(image, moved_by(image, 2, -3))
    assert torch.equal(moved[..., 3:, :-2], image[..., :-3, 2:])


@given(st.floats(0.02, 0.45), st.floats(0, 0.45), st.floats(0, 1), st.floats(0, 1))
@example(0.3, 0.3, 0.5, 0.5)  # Lanczos' kernel makes it two and a half times as large
@example(0.2, 0.2, 0.25, 0.25)
@settings(max_examples=30, deadline=None)
def test_waves_that_are_moved_again_and_again_hardly_grow(
    across: float, down: float, x: float, y: float
) -> None:
    """Always by the same part of a pixel, where gains add up: by Lanczos' kernel to 1.02^48."""
    moved = wave(across, down)
    for _ in range(24):
        moved = warp_paint(moved, moved_by(moved, x, y))
    assert float(moved[DEEP].square().sum(1).sqrt().max()) < 1.0115**48


def test_twenty_random_moves_cost_less_than_half_of_what_lanczos_takes() -> None:
    rng = np.random.default_rng(0)
    steps = rng.uniform(-1, 1, (20, 2))
    steps[-1] -= steps.sum(0)
    original = wave(0.4, 0.0)
    errors = []
    for method in (warp_paint, warp_lanczos):
        moved = original
        for x, y in steps:
            moved = method(moved, moved_by(moved, float(x), float(y)))
        errors.append(float((moved - original)[DEEP].square().mean()))
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.usefixtures("each_library")
@pytest.mark.parametrize("step", [(0.011, 0.006), (-0.007, 0.012)])
def test_a_creeping_camera_is_followed(step: tuple[float, float]) -> None:
    moved, steps = waves((0, 0), 0.15), 40
    for _ in range(steps):
        moved = warp_paint(moved, constant(-step[0], -step[1]))
    there = waves((step[0] * steps, step[1] * steps), 0.15)
    assert largest(moved - there) < 0.1 * largest(waves((0, 0), 0.15) - there)


def test_opencv_and_torch_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = torch.Generator().manual_seed(2)
    image, flow = (torch.rand(1, count, 41, 953, generator=draw) for count in (3, 2))
    flow = 40 * flow - 20  # some of it beyond the borders
    by_opencv = warp_paint(image, flow)
    monkeypatch.setattr(paint_warp, "REMAP_LIMIT", 0)
    torch.testing.assert_close(warp_paint(image, flow), by_opencv, atol=2e-4, rtol=0)


@pytest.mark.usefixtures("each_library")
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2)])
def test_pictures_smaller_than_the_kernel_are_warped_too(size: tuple[int, int]) -> None:
    """As the middle of a larger one that repeats their borders, which rings a little there."""
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(3))
    larger = torch.nn.functional.pad(image, (20, 20, 20, 20), mode="replicate")
    flow = torch.full((1, 2, *size), 0.4)
    flow[..., -1, :] = flow[..., -1:] = 0  # beyond the border it is repeated, not sampled
    flows = torch.nn.functional.pad(flow, (20, 20, 20, 20))
    middle = warp_paint(larger, flows)[..., 20:-20, 20:-20]
    torch.testing.assert_close(warp_paint(image, flow), middle, atol=2e-3, rtol=0)


@pytest.mark.usefixtures("each_library")
def test_the_border_is_repeated() -> None:
    image = torch.arange(40.0).view(1, 1, 5, 8) / 40
    moved = warp_paint(image, torch.tensor([20.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 5, 8))
    torch.testing.assert_close(moved, image[..., -1:].expand(1, 1, 5, 8), atol=1e-6, rtol=0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="the same size"):
        warp_paint(torch.zeros(1, 3, 8, 8), torch.zeros(1, 2, 8, 9))
    with pytest.raises(ValueError, match="one picture"):
        warp_paint(torch.zeros(2, 3, 8, 8), torch.zeros(1, 2, 8, 8))
