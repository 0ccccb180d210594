"""Style losses on Gram matrices, one layer each; G is the picture's, A the style's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowstyle.losses.gram import GramNorm, correlations, gram, normed
from flowstyle.losses.style_loss import Statistics


def relative_gram(g: Tensor, a: Tensor) -> Tensor:
    """‖G − A‖² / ‖A‖² in the Frobenius norm: 0 for the style itself, 1 for no activation at all.

    Every layer counts alike whatever its number of channels and the scale of its activations.

    Args:
        g: N×C×C, of the picture, any normalisation.
        a: N×C×C or 1×C×C, of the style, in the same normalisation.

    Returns:
        Scalar, the mean over the batch.
    """
    return ((g - a).square().sum((1, 2)) / a.square().sum((1, 2)).clamp_min(1e-12)).mean()


def gatys_style(g: Tensor, a: Tensor) -> Tensor:
    """E_l = 1/(4 N² M²) Σ (G − A)², equation 4 of Gatys, Ecker and Bethge (CVPR 2016).

    N is the number of channels, M that of positions. The paper's G and A are sums over M
    positions; here both are already divided by *their own* M (``gram(norm="hw")``), which is the
    same number where picture and style are of one size, and stays right where they are not.

    Args:
        g: N×C×C, of the picture, ``norm="hw"``.
        a: N×C×C or 1×C×C, of the style, ``norm="hw"``.

    Returns:
        Scalar, the mean over the batch.
    """
    channels = g.shape[-1]
    return (g - a).square().sum((1, 2)).mean() / (4 * channels**2)


def ruder_gram(g: Tensor, a: Tensor) -> Tensor:
    """Mean of (G − A)² over the C² entries, as in artistic-videos, where G = F·Fᵀ/(C·H·W).

    Args:
        g: N×C×C, of the picture, ``gram(norm="chw")``.
        a: N×C×C or 1×C×C, of the style, ``gram(norm="chw")``.

    Returns:
        Scalar.
    """
    return (g - a).square().mean()


def weighted_sum(parts: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """Σ share · part."""
    return sum((s * part for s, part in zip(shares, parts, strict=True)), torch.tensor(0.0))


@dataclass(frozen=True)
class GramLoss:
    """A :class:`~flowstyle.losses.style_loss.SummedStyleLoss` on Gram matrices.

    Averaging the matrices of several styles has the same minimum as the weighted sum of their
    losses.

    Args:
        name: of its units.
        norm: of the Gram matrices.
        compare: from the picture's and the style's matrix to the loss.
        layer_weight: weight of each layer; None shares 1 out among them.
        digest: none.
    """

    name: str
    norm: GramNorm
    compare: Callable[[Tensor, Tensor], Tensor]
    layer_weight: float | None = None
    digest: str = ""

    def weights(self, count: int) -> list[float]:
        """All alike."""
        return [1.0 / count if self.layer_weight is None else self.layer_weight] * count

    def statistics(self, features: Tensor, seed: int) -> Statistics:
        """The Gram matrix, 1×C×C."""
        return (gram(features, self.norm),)

    def distance(self, features: Tensor, style: Statistics) -> Tensor:
        """As ``compare`` has it."""
        return self.compare(gram(features, self.norm), style[0])

    def blend(self, styles: Sequence[Statistics], shares: Sequence[float]) -> Statistics:
        """The weighted mean of the matrices."""
        return (weighted_sum([matrix for (matrix,) in styles], shares),)

    def sums(self, features: Tensor) -> Statistics:
        """The Gram matrix, not divided."""
        return (correlations(features),)

    def statistics_of_sums(self, sums: Statistics, positions: int, seed: int) -> Statistics:
        """The Gram matrix."""
        return (normed(sums[0], positions, self.norm),)

    def distance_of_sums(self, sums: Statistics, positions: int, style: Statistics) -> Tensor:
        """As ``compare`` has it."""
        return self.compare(normed(sums[0], positions, self.norm), style[0])


RELATIVE = GramLoss("relative", "hw", relative_gram)
GATYS = GramLoss("gatys", "hw", gatys_style)
RUDER = GramLoss("ruder", "chw", ruder_gram, layer_weight=1.0)

GRAM_LOSSES = {loss.name: loss for loss in (RELATIVE, GATYS, RUDER)}
"""By the normalisation whose units they have."""
