"""Style as the whole distribution: the sliced Wasserstein distance (Heitz et al., CVPR 2021).

Activations are projected on directions, and the sorted projections of picture and style compared.
Unlike a Gram matrix or a Gaussian it tells apart *all* distributions, given all directions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from flowstyle.losses.gram import as_samples
from flowstyle.losses.style import weighted_sum
from flowstyle.losses.style_loss import Statistics

QUANTILES = 4096  # of a style's projections that are kept


def directions(channels: int, seed: int, like: Tensor) -> Tensor:
    """Orthonormal directions: a random rotation, the same for the same seed on every device.

    Args:
        channels: C.
        seed: of the rotation.
        like: gives device and type.

    Returns:
        C×C, one direction a column.
    """
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(channels, channels, generator=generator, dtype=torch.float64)
    rotation: Tensor = torch.linalg.qr(random).Q
    return rotation.to(like)


def projections(features: Tensor, rotation: Tensor) -> Tensor:
    """Sorted projections of the positions.

    Args:
        features: N×C×H×W, any floating type.
        rotation: C×D, one direction a column.

    Returns:
        N×D×HW, rising along the last axis.
    """
    with torch.autocast(features.device.type, enabled=False):
        return (as_samples(features) @ rotation).transpose(1, 2).sort(dim=-1).values


def at_quantiles(ordered: Tensor, count: int) -> Tensor:
    """Resample sorted values at the quantiles (i + ½)/count, linear between neighbours.

    Args:
        ordered: N×D×M, rising.
        count: values wanted.

    Returns:
        N×D×count.
    """
    if ordered.shape[-1] == count:
        return ordered
    return torch.nn.functional.interpolate(ordered, count, mode="linear", align_corners=False)


def sliced_wasserstein(ordered: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of sorted projections, over directions and positions.

    Args:
        ordered: N×D×M, of the picture, from :func:`projections`.
        target: N×D×K or 1×D×K, of the style, any number of quantiles.

    Returns:
        Scalar.
    """
    return (ordered - at_quantiles(target, ordered.shape[-1])).square().mean()


class SlicedLoss:
    """A :class:`~flowstyle.losses.style_loss.StyleLoss` on whole distributions, free of units.

    The average of the quantiles of several styles is their Wasserstein barycentre.
    """

    name = "sliced"
    digest = ""

    def weights(self, count: int) -> list[float]:
        """1 shared out among the layers."""
        return [1.0 / count] * count

    def statistics(self, features: Tensor, seed: int) -> Statistics:
        """The directions, C×C, and the quantiles of the projections, 1×C×K."""
        rotation = directions(features.shape[1], seed, features.float())
        return rotation, at_quantiles(projections(features, rotation), QUANTILES)

    def distance(self, features: Tensor, style: Statistics) -> Tensor:
        """The sliced distance over the style's mean square."""
        rotation, ordered = style
        energy = ordered.square().mean().clamp_min(1e-12)
        return sliced_wasserstein(projections(features, rotation), ordered) / energy

    def blend(self, styles: Sequence[Statistics], shares: Sequence[float]) -> Statistics:
        """The weighted mean of the quantiles; the directions are the same in all."""
        return styles[0][0], weighted_sum([ordered for _, ordered in styles], shares)


SLICED = SlicedLoss()
