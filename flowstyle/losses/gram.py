"""The Gram matrix of activations, in float32 whatever the network computes in."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

GramNorm = Literal["hw", "chw", "none"]


def as_samples(features: Tensor) -> Tensor:
    """Spread activations out as one row a position.

    Args:
        features: N×C×H×W, any floating type.

    Returns:
        N×HW×C float32 (float64 stays float64); a view where the input is channels-last float32.
    """
    n, c, h, w = features.shape
    # Reordered before they are widened: half the memory traffic.
    samples = features.permute(0, 2, 3, 1).reshape(n, h * w, c)
    return samples if features.dtype == torch.float64 else samples.float()


def gram(features: Tensor, norm: GramNorm = "hw") -> Tensor:
    """Correlations between channels, F·Fᵀ divided by a count.

    The product is taken in float32, whose range a sum over a large picture cannot leave, and
    divided afterwards: dividing the activations costs two more passes over them.

    Args:
        features: N×C×H×W, any floating type.
        norm: divide by H·W (``hw``: does not grow with the picture), by C·H·W (``chw``: as
            artistic-videos), or by nothing (``none``: as written in Gatys' equation 3).

    Returns:
        N×C×C float32, symmetric.
    """
    height, width = features.shape[-2:]
    return normed(correlations(features), height * width, norm)


def correlations(features: Tensor) -> Tensor:
    """Σ f fᵀ over the positions: what gram matrices of parts add up by.

    Args:
        features: N×C×H×W, any floating type.

    Returns:
        N×C×C float32, symmetric.
    """
    with torch.autocast(features.device.type, enabled=False):
        product: Tensor = _Correlations.apply(features)
        return product


def normed(product: Tensor, positions: int, norm: GramNorm) -> Tensor:
    """A sum of correlations divided by its count.

    Args:
        product: N×C×C, from :func:`correlations`.
        positions: H·W.
        norm: see :func:`gram`.
    """
    return product / {"hw": positions, "chw": product.shape[-1] * positions, "none": 1}[norm]


class _Correlations(torch.autograd.Function):
    """Σ f fᵀ over the positions, with its gradient written out.

    Autograd would take two products in float32 where F·(S + Sᵀ) is one, in the activations' own
    type: it is rounded to that type in any case, and bfloat16 products are several times faster.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        f = as_samples(features)  # N×HW×C
        # One picture is the usual case, and the plain product is faster than a batch of one.
        return (f[0].T @ f[0])[None] if len(f) == 1 else f.transpose(1, 2) @ f

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        features: Tensor = ctx.saved_tensors[0]
        n, c, h, w = features.shape
        both = (gradients[0] + gradients[0].transpose(1, 2)).to(features.dtype)
        f = features.permute(0, 2, 3, 1).reshape(n, h * w, c)
        product = f[0] @ both[0] if n == 1 else f @ both
        return product.view(n, h, w, c).permute(0, 3, 1, 2)
