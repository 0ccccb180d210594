"""Temporal losses: a frame against its neighbour, warped onto it, where that can be trusted."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def temporal_mse(image: Tensor, warped_previous: Tensor, trust: Tensor) -> Tensor:
    """1/(3HW) Σ w (x − y)², equation 7 of Ruder, Dosovitskiy and Brox (GCPR 2016).

    Masked positions stay in the denominator: a frame of which little can be trusted is held
    little. The weight is w as in the paper; artistic-videos' code multiplies by √w twice.

    Args:
        image: x, N×3×H×W, [0, 1].
        warped_previous: y, the neighbour warped onto it, N×3×H×W.
        trust: w, N×1×H×W, [0, 1], 1 = trust.

    Returns:
        Scalar, the mean over the batch.
    """
    return (trust * (image - warped_previous).square()).mean()


def temporal_smooth_l1(
    image: Tensor, warped_previous: Tensor, trust: Tensor, beta: float = 0.05
) -> Tensor:
    """The same with a residual that grows linearly beyond β, and so forgives a wrong flow.

    Scaled by 2β so that small residuals count as in :func:`temporal_mse`.

    Args:
        image: x, N×3×H×W, [0, 1].
        warped_previous: y, N×3×H×W.
        trust: w, N×1×H×W, [0, 1].
        beta: residual, in units of the image, from which on it grows linearly.

    Returns:
        Scalar, the mean over the batch.
    """
    loss = functional.smooth_l1_loss(image, warped_previous, reduction="none", beta=beta)
    return 2 * beta * (trust * loss).mean()
