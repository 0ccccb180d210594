"""The colours of a picture against those of the style: what Gram matrices hardly see.

A grey drawing has next to no energy in the channels that see colour, so that a blue sky changes the
distance of the matrices by little; so do thin rainbows along strokes. Compared are Gaussians of the
colours, as in the transfer of colours by Gatys, Bethge, Hertzmann and Shechtman (2016, "Preserving
color in neural artistic style transfer"), here as a loss, by the distance of
:mod:`flowstyle.losses.wasserstein`, and those of the chroma of details at three sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from flowstyle.losses.style import weighted_sum
from flowstyle.losses.wasserstein import regularised, roots, wasserstein_gaussians

DETAILS = 3
"""Sizes of details that are compared by themselves: of one pixel, two and four."""
FLAT = 1e-3
"""Root mean square below which details count as this large: a picture of one colour has none."""
HALVING = (0.125, 0.375, 0.375, 0.125)
"""Weights along each side by which a picture is halved: smooth, so that no grid of 2×2 pixels comes
with the gradient, as it does by plain means."""


def moments(image: Tensor) -> tuple[Tensor, Tensor]:
    """Means and covariances of a picture's colours, and of its details of growing size.

    Details are the differences to the right and the lower neighbour, of the picture and of what is
    left of it when it is halved and halved again. Beside the whole they are small: among its
    colours theirs would hardly count.

    Args:
        image: 1×3×H×W.

    Returns:
        4×3, and 4×3×3: the whole first. The mean of details counts as 0.
    """
    samples = image.flatten(2)
    mean = samples.mean(2)
    squares = samples @ samples.transpose(1, 2) / samples.shape[2]
    covariances = [squares - mean[:, :, None] * mean[:, None, :]]
    for number in range(DETAILS):
        if min(image.shape[-2:]) < (2 if number == 0 else len(HALVING)):  # too small for any
            covariances.append(torch.zeros_like(squares))
            continue
        image = image if number == 0 else _halved(image)
        covariances.append(_of_differences(image))
    return torch.cat([mean, mean.new_zeros(DETAILS, 3)]), torch.cat(covariances)


def _halved(image: Tensor) -> Tensor:
    """A picture of half the size, smoothed; four pixels wide or high it becomes one."""
    places = torch.arange(len(HALVING), dtype=image.dtype, device=image.device)
    # HALVING, worked out where the picture is: nothing may be copied while a GPU records this.
    weights = 0.5 - 0.25 * (places - 1.5).abs()
    kernel = (weights[:, None] * weights).expand(image.shape[1], 1, -1, -1)
    return conv2d(image, kernel, stride=2, groups=image.shape[1])


def _of_differences(image: Tensor) -> Tensor:
    """Covariance of the differences of neighbours, half of it across and half down, 1×3×3."""
    covariance: Tensor = _OfDifferences.apply(image)
    return covariance


class _OfDifferences(torch.autograd.Function):
    """See :func:`_of_differences`: in half the time and memory of what torch derives."""

    @staticmethod
    def forward(ctx: Any, image: Tensor) -> Tensor:
        ctx.save_for_backward(image)
        squares = image.new_zeros(1, image.shape[1], image.shape[1])
        for axis in (-1, -2):
            samples = image.diff(dim=axis).flatten(2)
            if samples.shape[2]:
                squares += samples @ samples.transpose(1, 2) / (2 * samples.shape[2])
        return squares

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        image: Tensor = ctx.saved_tensors[0]
        both = gradients[0] + gradients[0].transpose(1, 2)
        result = torch.zeros_like(image)
        for axis in (-1, -2):
            change = image.diff(dim=axis)
            count = change.shape[-1] * change.shape[-2]
            if count:
                pull = ((both / (2 * count)) @ change.flatten(2)).view(change.shape)
                length = change.shape[axis]
                result.narrow(axis, 1, length).add_(pull)
                result.narrow(axis, 0, length).sub_(pull)
        return result


@dataclass(frozen=True)
class Palette:
    """Mean and covariance of a style's colours; a term of :class:`~.objective.Objective`.

    Args:
        mean: 4×3, see :func:`moments`.
        covariance: 4×3×3.
        scales: what each is multiplied by, 4: one over its root mean square in the style, times the
            root of its weight. All details together weigh as much as the whole.
        root: 4×3×3, of the scaled covariance, see :func:`~.wasserstein.wasserstein_gaussians`.

    Example:
        >>> picture = torch.rand(1, 3, 32, 48)
        >>> palette = Palette.of(picture)
        >>> float(palette({}, picture)) < 1e-3, float(palette({}, 0.5 * picture)) > 0.1
        (True, True)
    """

    mean: Tensor
    covariance: Tensor
    scales: Tensor
    root: Tensor

    @classmethod
    def of(cls, picture: Tensor) -> Palette:
        """The colours of a picture.

        Args:
            picture: 1×3×H×W, [0, 1], of the size in which its brushwork is wanted.
        """
        return cls._of(*moments(picture.float()))

    @classmethod
    def _of(cls, mean: Tensor, covariance: Tensor) -> Palette:
        energy = (mean.square() + covariance.diagonal(dim1=1, dim2=2)).mean(1)
        weights = torch.tensor([1.0] + [1 / DETAILS] * DETAILS).to(energy)
        scales = (weights / energy.clamp_min(FLAT**2)).sqrt()
        scaled = _scaled(mean, covariance, scales)
        return cls(mean, covariance, scales, roots(regularised(scaled[1]))[0])

    @classmethod
    def blend(cls, palettes: Sequence[Palette], weights: Sequence[float]) -> Palette:
        """Mix several styles' colours by averaging their statistics.

        Args:
            palettes: at least one.
            weights: one each, with a positive sum; only their ratio counts.
        """
        if len(palettes) == 1:
            return palettes[0]
        shares = [one / sum(weights) for one in weights]
        return cls._of(
            weighted_sum([one.mean for one in palettes], shares),
            weighted_sum([one.covariance for one in palettes], shares),
        )

    def __call__(self, features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        """Squared 2-Wasserstein distances of the Gaussians over the style's mean squares, added up.

        Args:
            features: not read.
            image: 1×3×H×W.

        Returns:
            Scalar, 0 for the style itself.
        """
        with torch.autocast(image.device.type, enabled=False):
            own = _scaled(*moments(image.float()), self.scales)
            style = _scaled(self.mean, self.covariance, self.scales)
            return wasserstein_gaussians(*own, *style, self.root) * len(self.scales)


def _scaled(mean: Tensor, covariance: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    """Means and covariances of bands that are multiplied, each by its scale; of details the chroma.

    How much light and dark changes from pixel to pixel is the Gram matrices' business: asked for
    here as well, it came as noise of single pixels in large frames. In its place stands the same
    in picture and style, for which roots of the covariances are easily found.
    """
    whole = torch.eye(3, dtype=mean.dtype, device=mean.device)
    light = torch.stack([whole * 0] + [torch.full_like(whole, 1 / 3)] * DETAILS)
    chroma = whole - light
    squares = covariance * scales[:, None, None].square()
    return mean * scales[:, None], chroma @ squares @ chroma + light
