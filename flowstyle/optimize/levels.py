"""Steps taken at several sizes at once: the levels of a pyramid over the gradient.

A step of Adam has the size of the learning rate in every pixel, whatever the gradient. Taken at the
full size alone it goes into the finest detail first: dots of two to four pixels where a picture is
flat, since nothing there is any coarser. Here a gradient is also seen at half the size, a quarter
and so on. Each size has an Adam of its own, and their steps are added up, enlarged. In the end that
is Adam on the coefficients of a Laplacian pyramid (Burt and Adelson 1983), with the picture itself
as the variable, so that it can be kept within its range.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional

from flowstyle.optimize.result import Minimised


def at_levels(gradient: Tensor, levels: int) -> list[Tensor]:
    """A gradient at the full size, half of it, a quarter and so on.

    Args:
        gradient: N×C×H×W.
        levels: number of sizes.

    Returns:
        Tensors N×C×⌈H/2ˡ⌉×⌈W/2ˡ⌉, each the mean of 2×2 of the one before.
    """
    found = [gradient]
    while len(found) < levels:
        found.append(functional.avg_pool2d(found[-1], 2, ceil_mode=True, count_include_pad=False))
    return found


def added_up(steps: Iterable[Tensor]) -> Tensor:
    """Steps of all levels as one of the full size, enlarged bilinearly.

    Args:
        steps: N×C×H×W of each level, the coarsest first; all but the coarsest are changed in place.
    """
    total: Tensor | None = None
    for step in steps:
        if total is not None:
            step.add_(
                functional.interpolate(total, step.shape[-2:], mode="bilinear", align_corners=False)
            )
        total = step
    if total is None:
        raise ValueError("there are no steps to be added up")
    return total


def gradient_sizes(objective: Minimised, image: Tensor, levels: int) -> tuple[float, ...]:
    """Root of the mean square of an objective's gradient, at each level.

    Args:
        objective: gives total and terms.
        image: N×3×H×W.
        levels: number of levels.
    """
    seen = image.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(objective(seen)[0], seen)
    sizes = [part.square().mean().sqrt() for part in at_levels(gradient, levels)]
    return tuple(torch.stack(sizes).tolist())
