"""Total variation: the roughness of a picture."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def total_variation_l2(image: Tensor) -> Tensor:
    """Squared differences to the right and lower neighbour, mean over pixels and channels.

    The two directions are averaged each over their own count and added. kornia's total variation
    takes absolute differences, whose gradient is as strong in flat areas as on edges: it pulls
    brushwork to flat patches.

    Args:
        image: N×C×H×W, [0, 1], at least 2×2.

    Returns:
        Scalar.
    """
    value: Tensor = _Roughness.apply(image)
    return value


class _Roughness(torch.autograd.Function):
    """The loss, with its gradient written out.

    Autograd would hold eleven pictures at a time, which at 3840×2160 is more than all else.
    """

    @staticmethod
    def forward(ctx: Any, image: Tensor) -> Tensor:
        ctx.save_for_backward(image)
        return _difference(image, -1).square_().mean() + _difference(image, -2).square_().mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        image: Tensor = ctx.saved_tensors[0]
        found = torch.zeros_like(image)
        for side in (-1, -2):
            change = _difference(image, side)
            change.mul_(gradients[0] * (2 / change.numel()))
            length = image.shape[side] - 1
            found.narrow(side, 1, length).add_(change)
            found.narrow(side, 0, length).sub_(change)
            del change
        return found


def _difference(image: Tensor, side: int) -> Tensor:
    """Each pixel's value less that of the one before it on a side."""
    length = image.shape[side] - 1
    return image.narrow(side, 1, length) - image.narrow(side, 0, length)
