"""Style losses on Gram matrices, one layer each; G is the picture's, A the style's."""

from __future__ import annotations

from torch import Tensor

from flowstyle.losses.gram import gram


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


def ruder_style(features: Tensor, a: Tensor) -> Tensor:
    """Mean of (G − A)² over the C² entries with G = F·Fᵀ/(C·H·W), as in artistic-videos.

    Args:
        features: F, N×C×H×W, of the picture.
        a: N×C×C or 1×C×C, of the style, ``gram(norm="chw")``.

    Returns:
        Scalar.
    """
    return (gram(features, "chw") - a).square().mean()
