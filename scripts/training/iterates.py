"""Pictures that an optimiser makes, from which the student learns where it flatters itself."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from flowstyle.features.compact import TAPS
from scripts.training.loss import gram, rows


def mixed_precision(device: torch.device, dtype: torch.dtype) -> torch.autocast:
    """Float32 weights, products in ``dtype``."""
    return torch.autocast(device.type, torch.bfloat16, enabled=dtype == torch.bfloat16)


def stylised(
    network: nn.Module,
    start: Tensor,
    style: Tensor,
    iterations: int,
    content_weight: float,
    dtype: torch.dtype,
) -> list[Tensor]:
    """Iterates of a style transfer.

    Args:
        network: student or teacher, its weights frozen.
        start: N×3×H×W, also the content.
        style: N×3×H×W, one for each.
        iterations: of Adam, as the program runs it.
        content_weight: of the relative content loss beside the sum of the relative Gram losses.
        dtype: what the network computes in.

    Returns:
        The iterates after a half and all of the iterations, N×3×H×W each.
    """
    mixed = partial(mixed_precision, start.device, dtype)
    with torch.no_grad(), mixed():
        aims = {tap: gram(rows(f)) for tap, f in network(style, TAPS).items() if tap != "relu4_2"}
        content_aim = network(start, ["relu4_2"])["relu4_2"].float()
    x = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([x], lr=0.03, betas=(0.9, 0.99))
    iterates = []
    for i in range(iterations):
        with mixed():
            taps = network(x, TAPS)
        error = (taps["relu4_2"].float() - content_aim).square().mean()
        loss = len(x) * content_weight * error / content_aim.square().mean()
        for tap, aim in aims.items():
            gap = (gram(rows(taps[tap])) - aim).square().sum((1, 2))
            loss = loss + (gap / aim.square().sum((1, 2)).clamp_min(1e-3)).sum()
        (x.grad,) = torch.autograd.grad(loss, x)
        optimiser.step()
        x.data.clamp_(0, 1)
        if i + 1 in (iterations // 2, iterations):
            iterates.append(x.detach().clone())
    return iterates
