"""Content losses: how far the activations F of a picture are from those P of the photograph.

All three are the squared Euclidean distance and differ only in what they divide it by, which
decides how a weight in front of them is to be read.
"""

from __future__ import annotations

from torch import Tensor


def relative_content(features: Tensor, target: Tensor) -> Tensor:
    """‖F − P‖² / ‖P‖²: 0 for the photograph itself, 1 for a picture without any activation.

    Independent of the picture's size and of the scale of the network's activations, so that one
    weight serves all networks and sizes.

    Args:
        features: F, N×C×H×W, any floating type.
        target: P, the same shape.

    Returns:
        Scalar float32.
    """
    f, p = features.float(), target.float()
    return (f - p).square().sum() / p.square().sum().clamp_min(1e-12)


def gatys_content(features: Tensor, target: Tensor) -> Tensor:
    """½ Σ (F − P)² / (N·M), equation 1 of Gatys, Ecker and Bethge (CVPR 2016), per entry.

    The paper prints the bare sum over N channels and M positions, and α/β from 1e-4 to 1e-1. With
    activations of mean 1 that sum is some 10⁶ and the style loss some 1, so that every one of
    these ratios gives the photograph. Gatys' published programs divide the content by the number
    of its entries, as is done here. That leaves a factor open: the preset ``gatys`` sets the
    style's weight so that the ratios show what the paper's figure does.

    Args:
        features: F, N×C×H×W.
        target: P, the same shape.

    Returns:
        Scalar float32.
    """
    return 0.5 * (features.float() - target.float()).square().mean()


def ruder_content(features: Tensor, target: Tensor) -> Tensor:
    """Mean of (F − P)² over all entries, as artistic-videos (Ruder et al., GCPR 2016) computes it.

    Args:
        features: F, N×C×H×W.
        target: P, the same shape.

    Returns:
        Scalar float32.
    """
    return (features.float() - target.float()).square().mean()


def content_of_sums(loss: str, squares: Tensor, energy: Tensor, entries: int) -> Tensor:
    """One of the losses above from sums over all entries.

    Args:
        loss: ``relative``, ``gatys`` or ``ruder``.
        squares: Σ (F − P)².
        energy: Σ P².
        entries: N·C·H·W.

    Returns:
        Scalar of the type of ``squares``.
    """
    if loss == "relative":
        return squares / energy.clamp_min(1e-12)
    return squares / entries * (0.5 if loss == "gatys" else 1.0)
