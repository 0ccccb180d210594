"""Wasserstein and sliced style losses against float64 eigenvalues, hand values and symmetry."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.losses.sliced import at_quantiles, directions, projections, sliced_wasserstein
from flowstyle.losses.style import GRAM_LOSSES
from flowstyle.losses.style_loss import STYLE_LOSSES, StyleLoss
from flowstyle.losses.targets import StyleTarget
from flowstyle.losses.wasserstein import EPSILON, gaussian, roots, wasserstein_gaussians


def loss_of(name: str) -> StyleLoss:
    return GRAM_LOSSES[name] if name in GRAM_LOSSES else STYLE_LOSSES.get(name)


def features(seed: int, channels: int = 6, size: int = 12) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    mixing = 0.4 * rng.normal(size=(channels, channels)) + 2 * np.eye(channels)
    values = mixing @ rng.normal(size=(channels, size * size)) + rng.normal(size=(channels, 1))
    return torch.from_numpy(values.reshape(1, channels, size, size)).float()


def root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def reference(x: torch.Tensor, y: torch.Tensor) -> float:
    """Squared 2-Wasserstein distance of fitted Gaussians, by eigenvalues in float64."""
    a, b = (t[0].double().numpy().reshape(t.shape[1], -1) for t in (x, y))
    eye = EPSILON * np.eye(len(a))
    s, t = np.cov(a, bias=True) + eye, np.cov(b, bias=True) + eye
    middle = root(t) @ s @ root(t)
    means = ((a.mean(1) - b.mean(1)) ** 2).sum()
    return float(means + np.trace(s + t) - 2 * np.trace(root(middle))) / len(a)


def distance(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return wasserstein_gaussians(*gaussian(x), *gaussian(y))


def test_roots_against_eigenvalues() -> None:
    covariance = gaussian(features(0))[1]
    expected = root(covariance[0].double().numpy())
    computed, inverse = roots(covariance)
    np.testing.assert_allclose(computed[0].numpy(), expected, rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(inverse[0].numpy() @ expected, np.eye(6), atol=2e-2)


def test_wasserstein_against_eigenvalues() -> None:
    x, y = features(1), features(2)
    assert float(distance(x, y)) == pytest.approx(reference(x, y), rel=2e-3)
    assert float(distance(x, x)) == pytest.approx(0, abs=1e-4 * float(distance(x, y)))


def test_wasserstein_of_a_shift_is_the_squared_shift() -> None:
    x = features(3)
    assert float(distance(x + 2, x)) == pytest.approx(4, rel=1e-3)


def test_wasserstein_gradient_against_finite_differences() -> None:
    x, y = features(4, 3, 6).double(), features(5, 3, 6).double()
    x.requires_grad_()
    distance(x, y).backward()
    assert x.grad is not None
    for position in [(0, 0, 1, 2), (0, 2, 5, 5)]:
        step = torch.zeros_like(x)
        step[position] = 1e-5
        numeric = (distance(x + step, y) - distance(x - step, y)).item() / 2e-5
        assert float(x.grad[position]) == pytest.approx(numeric, rel=1e-2)


def test_directions_are_orthonormal_and_seeded() -> None:
    like = torch.zeros((), dtype=torch.float64)
    rotation = directions(9, 1, like)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(9), atol=1e-12)
    assert torch.equal(rotation, directions(9, 1, like))
    assert not torch.equal(rotation, directions(9, 2, like))


def test_projections_against_numpy() -> None:
    x = features(6)
    rotation = directions(6, 0, x)
    flat = x[0].double().numpy().reshape(6, -1)
    expected = np.sort(rotation.double().numpy().T @ flat, axis=1)
    np.testing.assert_allclose(projections(x, rotation)[0], expected, rtol=1e-4, atol=1e-4)


def test_sliced_wasserstein_of_shift_and_of_shuffled_positions() -> None:
    x = features(7)
    rotation = directions(6, 0, x)
    mixed = x.flatten(2)[..., torch.randperm(144, generator=torch.Generator().manual_seed(0))]
    y = projections(mixed.view_as(x), rotation)
    assert float(sliced_wasserstein(projections(x, rotation), y)) == pytest.approx(0, abs=1e-10)
    # A shift d of all channels moves the projections by Rᵀd; R is orthonormal: mean d² remains.
    moved = projections(x + 3, rotation)
    assert float(sliced_wasserstein(moved, y)) == pytest.approx(9, rel=1e-4)


def test_at_quantiles_of_a_line_is_the_line() -> None:
    line = torch.linspace(0.5, 99.5, 100)[None, None] / 100  # value = its quantile
    np.testing.assert_allclose(at_quantiles(line, 50)[0, 0], (np.arange(50) + 0.5) / 50, atol=1e-6)


@pytest.mark.parametrize("loss", ["relative", "wasserstein", "sliced"])
def test_the_strength_of_a_networks_activations_does_not_count(loss):
    """VGG19's activations are some fifty times the compact features'; weights mean the same."""
    picture, style = features(6, 8, 12).float(), features(7, 8, 12).float()

    def distance(strength: float) -> float:
        def network(image, layers):
            return {layer: strength * image for layer in layers}

        target = StyleTarget.of(network, style, ["relu1_1"], loss_of(loss))
        return float(target(network(picture, ["relu1_1"]), picture))

    assert distance(50.0) == pytest.approx(distance(1.0), rel=0.02)
