"""Padding of the image by its own edge, the same on every device and run."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def repeat_edge(image: Tensor) -> Tensor:
    """Pad an image by one pixel on each side that repeats its border.

    The same as ``torch.nn.functional.pad(image, (1, 1, 1, 1), mode="replicate")``. Resumed renders
    promise the same bytes, so CUDA is told to be deterministic, and torch then replaces that
    function by one whose gradient sorts an index for every pixel; here it is four additions.

    Args:
        image: N×C×H×W.

    Returns:
        N×C×(H+2)×(W+2).
    """
    padded: Tensor = _RepeatEdge.apply(image)
    return padded


class _RepeatEdge(torch.autograd.Function):
    """The padding and its gradient: what the copies receive goes back to the border pixels."""

    @staticmethod
    def forward(ctx: Any, image: Tensor) -> Tensor:
        padded: Tensor = torch.ops.aten.replication_pad2d(image, (1, 1, 1, 1))
        return padded

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        rows = gradient[..., 1:-1, :].clone()
        rows[..., 0, :] += gradient[..., 0, :]
        rows[..., -1, :] += gradient[..., -1, :]
        inner = rows[..., 1:-1].clone()
        inner[..., 0] += rows[..., 0]
        inner[..., -1] += rows[..., -1]
        return inner
