"""Style as a Gaussian: the squared 2-Wasserstein distance between the activations' distributions.

The loss of K. Crowson's style-transfer-pytorch, written anew. Against the Gram matrix it sees the
mean apart from the covariance and is a true distance, which gives evener textures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from flowstyle.losses.gram import as_samples, correlations
from flowstyle.losses.style import weighted_sum
from flowstyle.losses.style_loss import Statistics

NEWTON_SCHULZ_STEPS = 12
EPSILON = 1e-4  # added to the diagonals: keeps the roots of thin covariances finite


def gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """Fit a Gaussian to the positions of an activation map.

    Args:
        features: N×C×H×W, any floating type.

    Returns:
        Mean N×C and covariance N×C×C (divided by H·W), at least float32.
    """
    with torch.autocast(features.device.type, enabled=False):
        samples = as_samples(features)  # N×HW×C
        mean = samples.mean(1)
        centred = (samples - mean[:, None]) / samples.shape[1] ** 0.5
        return mean, centred.transpose(1, 2) @ centred


def gaussian_of_sums(sums: Statistics, positions: int) -> tuple[Tensor, Tensor]:
    """As :func:`gaussian`, from Σ f and Σ f fᵀ; in float64, which the difference needs.

    Args:
        sums: N×C and N×C×C.
        positions: over which they were taken.
    """
    mean = sums[0] / positions
    return mean, sums[1] / positions - mean[:, :, None] * mean[:, None, :]


def roots(matrix: Tensor, steps: int = NEWTON_SCHULZ_STEPS) -> tuple[Tensor, Tensor]:
    """Square root and inverse square root of symmetric positive definite matrices.

    Coupled Newton–Schulz iteration: matrix products alone, so that it is as fast as they are.

    Args:
        matrix: N×C×C.
        steps: iterations; the error shrinks quadratically once it is below one.

    Returns:
        M^½ and M^−½, each N×C×C.
    """
    norm = matrix.square().sum((1, 2), keepdim=True).sqrt().clamp_min(1e-20)
    identity = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    root, inverse = matrix / norm, identity.expand_as(matrix)
    for _ in range(steps):
        step = 1.5 * identity - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return root * norm.sqrt(), inverse / norm.sqrt()


class _TraceOfRoot(torch.autograd.Function):
    """tr(M^½), whose derivative is ½ M^−½: nothing to remember of the iteration's steps."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        root, inverse = roots(matrix)
        ctx.save_for_backward(inverse)
        return root.diagonal(dim1=1, dim2=2).sum(1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        inverse: Tensor = ctx.saved_tensors[0]
        return 0.5 * gradients[0][:, None, None] * inverse


def regularised(covariance: Tensor) -> Tensor:
    """Covariance + ε·I.

    Args:
        covariance: N×C×C.

    Returns:
        N×C×C.
    """
    identity = torch.eye(covariance.shape[-1], dtype=covariance.dtype, device=covariance.device)
    return covariance + EPSILON * identity


def wasserstein_gaussians(
    mean: Tensor,
    covariance: Tensor,
    target_mean: Tensor,
    target_covariance: Tensor,
    target_root: Tensor | None = None,
) -> Tensor:
    """W₂² = ‖μ − ν‖² + tr(Σ + T − 2 (T^½ Σ T^½)^½), divided by the number of channels.

    ε·I is added to both covariances first; it cancels where they are equal.

    Args:
        mean: μ, N×C.
        covariance: Σ, N×C×C.
        target_mean: ν, N×C or 1×C.
        target_covariance: T, N×C×C or 1×C×C.
        target_root: (T + ε·I)^½ where the caller has computed it before.

    Returns:
        Scalar, the mean over the batch, not below 0 but for rounding.
    """
    with torch.autocast(mean.device.type, enabled=False):
        sigma, target = regularised(covariance), regularised(target_covariance)
        root = roots(target)[0] if target_root is None else target_root
        middle = root @ sigma @ root
        traces = (sigma + target).diagonal(dim1=1, dim2=2).sum(1)
        distance = (mean - target_mean).square().sum(1) + traces
        trace: Tensor = _TraceOfRoot.apply(middle)
        return (distance - 2 * trace).mean() / mean.shape[1]


class GaussianLoss:
    """A :class:`~flowstyle.losses.style_loss.SummedStyleLoss`: W₂² over the style's own energy.

    The distance grows with the square of the activations: over the style's mean square it is free
    of units, and weighs the same for every network.
    """

    name = "wasserstein"
    digest = ""

    def weights(self, count: int) -> list[float]:
        """256, 64, 16, 4, 1 for five layers, normalised to a sum of 1."""
        falling = [4.0 ** (count - 1 - i) for i in range(count)]
        return [w / sum(falling) for w in falling]

    def statistics(self, features: Tensor, seed: int) -> Statistics:
        """Mean, covariance, and the root that :func:`wasserstein_gaussians` takes."""
        mean, covariance = gaussian(features)
        return mean, covariance, roots(regularised(covariance))[0]

    def distance(self, features: Tensor, style: Statistics) -> Tensor:
        """The squared 2-Wasserstein distance of the Gaussians, relative."""
        return self._relative(*gaussian(features), style)

    def _relative(self, mu: Tensor, sigma: Tensor, style: Statistics) -> Tensor:
        """The distance of a mean and covariance, over the style's mean square."""
        mean, covariance, root = style
        spread = covariance.diagonal(dim1=1, dim2=2).sum(1)
        energy = ((mean.square().sum(1) + spread) / mean.shape[1]).mean().clamp_min(1e-12)
        return wasserstein_gaussians(mu, sigma, mean, covariance, root) / energy

    def blend(self, styles: Sequence[Statistics], shares: Sequence[float]) -> Statistics:
        """Weighted means of mean and covariance; the root is that of the mixture."""
        means, covariances, _ = zip(*styles, strict=True)
        covariance = weighted_sum(covariances, shares)
        return weighted_sum(means, shares), covariance, roots(regularised(covariance))[0]

    def sums(self, features: Tensor) -> Statistics:
        """Σ f, N×C, and Σ f fᵀ, N×C×C."""
        return as_samples(features).sum(1), correlations(features)

    def statistics_of_sums(self, sums: Statistics, positions: int, seed: int) -> Statistics:
        """Mean, covariance and root."""
        mean, covariance = gaussian_of_sums(sums, positions)
        return mean, covariance, roots(regularised(covariance))[0]

    def distance_of_sums(self, sums: Statistics, positions: int, style: Statistics) -> Tensor:
        """The same distance, from the sums."""
        mean, covariance = gaussian_of_sums(sums, positions)
        return self._relative(mean.to(style[0].dtype), covariance.to(style[1].dtype), style)


WASSERSTEIN = GaussianLoss()
