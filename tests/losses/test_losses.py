"""Content, Gram, temporal and total-variation losses against float64 numpy and hand values."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.losses.content import gatys_content, relative_content, ruder_content
from flowstyle.losses.gram import gram
from flowstyle.losses.range import out_of_range
from flowstyle.losses.style import gatys_style, relative_gram, ruder_gram
from flowstyle.losses.temporal import temporal_mse, temporal_smooth_l1
from flowstyle.losses.tv import total_variation_l2


def random(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array).float()


def test_content_losses_against_numpy() -> None:
    f, p = random(1, 5, 6, 7), random(1, 5, 6, 7, seed=1)
    squared = ((f - p) ** 2).sum()
    assert float(relative_content(tensor(f), tensor(p))) == pytest.approx(
        squared / (p**2).sum(), rel=1e-5
    )
    per_entry = squared / f.size
    assert float(gatys_content(tensor(f), tensor(p))) == pytest.approx(per_entry / 2, rel=1e-5)
    assert float(ruder_content(tensor(f), tensor(p))) == pytest.approx(per_entry, rel=1e-5)


def test_relative_content_does_not_know_the_scale_of_the_network() -> None:
    f, p = tensor(random(1, 4, 8, 8)), tensor(random(1, 4, 8, 8, seed=1))
    assert float(relative_content(70 * f, 70 * p)) == pytest.approx(
        float(relative_content(f, p)), rel=1e-5
    )


@pytest.mark.parametrize(("norm", "count"), [("hw", 30), ("chw", 210), ("none", 1)])
def test_gram_against_numpy(norm: str, count: int) -> None:
    f = random(2, 7, 5, 6)
    flat = f.reshape(2, 7, 30)
    expected = np.einsum("nip,njp->nij", flat, flat) / count
    np.testing.assert_allclose(gram(tensor(f), norm), expected, rtol=1e-4, atol=1e-5)


def test_gram_of_channels_last_bf16_is_float32_and_right_under_autocast() -> None:
    f = tensor(random(1, 8, 40, 40)).bfloat16().to(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        g = gram(f)
    flat = f.double().reshape(8, -1).numpy()
    assert g.dtype == torch.float32
    np.testing.assert_allclose(g[0], flat @ flat.T / 1600, rtol=1e-4, atol=1e-4)


def test_gram_of_activations_that_overflow_half_precision() -> None:
    f = torch.full((1, 2, 100, 100), 300.0, dtype=torch.float16)  # 300² · 10⁴ > 65504
    np.testing.assert_allclose(gram(f), 9e4, rtol=1e-5)


def test_style_losses_against_numpy() -> None:
    f, s = random(1, 6, 5, 4), random(1, 6, 5, 4, seed=1)
    raw_g, raw_a = (x.reshape(6, 20) @ x.reshape(6, 20).T for x in (f, s))
    g, a = gram(tensor(f)), gram(tensor(s))
    squared = ((raw_g - raw_a) ** 2).sum()
    assert float(relative_gram(g, a)) == pytest.approx(squared / (raw_a**2).sum(), rel=1e-4)
    # Gatys' equation 4 as printed, on sums over M positions.
    assert float(gatys_style(g, a)) == pytest.approx(squared / (4 * 6**2 * 20**2), rel=1e-4)
    expected = ((raw_g / 120 - raw_a / 120) ** 2).mean()
    assert float(ruder_gram(gram(tensor(f), "chw"), gram(tensor(s), "chw"))) == pytest.approx(
        expected, rel=1e-4
    )


def test_style_of_tiled_picture_is_the_same_style() -> None:
    f = tensor(random(1, 6, 5, 4))
    assert float(gatys_style(gram(f.repeat(1, 1, 2, 3)), gram(f))) == pytest.approx(0, abs=1e-10)


def test_temporal_mse_hand_value_keeps_masked_pixels_in_the_denominator() -> None:
    x, y = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.5)
    trust = torch.tensor([[[[1.0, 0.5], [0.0, 0.0]]]])
    # 3 channels · (1 + ½) · 0.25 / (3 · 4 pixels)
    assert float(temporal_mse(x, y, trust)) == pytest.approx(1.5 * 0.25 / 4)


def test_temporal_gradient_is_linear_in_the_weight_not_its_root() -> None:
    x = torch.zeros(1, 3, 1, 2, requires_grad=True)
    temporal_mse(x, torch.ones(1, 3, 1, 2), torch.tensor([[[[1.0, 0.25]]]])).backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad[0, 0, 0], [-2 / 6, -2 * 0.25 / 6], rtol=1e-6)


def test_temporal_smooth_l1_is_mse_for_small_and_linear_for_large_residuals() -> None:
    trust = torch.ones(1, 1, 4, 4)
    zero = torch.zeros(1, 3, 4, 4)
    small = torch.full_like(zero, 0.01)
    assert float(temporal_smooth_l1(zero, small, trust)) == pytest.approx(1e-4, rel=1e-4)
    # 2β(r − β/2) beyond β = 0.05
    large = torch.full_like(zero, 0.5)
    assert float(temporal_smooth_l1(zero, large, trust)) == pytest.approx(0.1 * 0.475, rel=1e-4)


def test_total_variation_against_numpy() -> None:
    image = random(1, 3, 6, 5)
    across, down = np.diff(image, axis=3), np.diff(image, axis=2)
    assert float(total_variation_l2(tensor(image))) == pytest.approx(
        (across**2).mean() + (down**2).mean(), rel=1e-5
    )


def test_out_of_range_hand_value() -> None:
    image = torch.tensor([[[[-0.1, 0.0], [1.0, 1.2]]]])
    assert float(out_of_range(image)) == pytest.approx((0.01 + 0.04) / 4, rel=1e-4)
