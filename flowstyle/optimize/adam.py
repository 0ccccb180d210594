"""Adam over pixels, with averaged iterates.

Single iterates of Adam carry a noise of the size of the step, which in a video is flicker. The
exponential average of the iterates (Crowson's style-transfer-pytorch) removes it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.optimize.result import (
    Callback,
    FiniteGuard,
    Minimised,
    Moments,
    Result,
    check_image,
    numbers,
)

EPSILON = 1e-8  # Kingma and Ba's, under the root of the second moment


def minimise(
    objective: Minimised,
    start: Tensor,
    *,
    iterations: int,
    learning_rate: float = 0.02,
    betas: tuple[float, float] = (0.9, 0.99),
    average: float | None = 0.9,
    clamp: bool = True,
    moments: Moments | None = None,
    callback: Callback | None = None,
    cancel: CancelToken | None = None,
    report_every: int = 10,
) -> Result:
    """Minimise an objective over the pixels of an image with Adam.

    Args:
        objective: gives total and terms.
        start: N×3×H×W float32, [0, 1]; not changed.
        iterations: number of updates; 0 returns the start.
        learning_rate: step, in units of the image.
        betas: of Adam.
        average: decay of the exponential average of the iterates, bias corrected, which is the
            result; None: the last iterate is the result.
        clamp: keep every iterate in [0, 1].
        moments: Adam's state to go on with, which is changed in place (see
            :func:`flowstyle.optimize.pyramid.resize_moments`).
        callback: told every ``report_every`` iterations and at the end.
        cancel: asked before each iteration; ends the loop.
        report_every: also how often a GPU is waited for.

    Returns:
        Image, weighted terms of the last evaluation, iterations done, Adam's state.

    Raises:
        NotFiniteError: if the total, or in the end the image, is not finite.
    """
    image = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    state = moments or Moments(torch.zeros_like(start), torch.zeros_like(start), 0)
    guard = FiniteGuard(image.device)
    mean = torch.zeros_like(image, requires_grad=False)
    terms: dict[str, Tensor] = {}
    done, stopped = 0, False
    for iteration in range(1, iterations + 1):
        if cancel is not None and cancel.cancelled:
            stopped = True
            break
        total, terms = objective(image)
        guard.watch(total, iteration)
        (gradient,) = torch.autograd.grad(total, image)
        done = iteration
        with torch.no_grad():
            direction, state = update(gradient, state, betas)
            image.sub_(direction, alpha=learning_rate)
            del gradient, direction  # of a large picture each takes as much as the picture
            if clamp:
                image.clamp_(0, 1)
            if average is not None:
                mean.lerp_(image, 1 - average)
        if callback is not None and (iteration % report_every == 0 or iteration == iterations):
            guard.check()
            callback(iteration, numbers(terms))
    guard.check()
    result = image.detach()
    if average is not None and done:
        result = mean.div_(1 - average**done)  # undoes the average's start from zero
        result = result.clamp_(0, 1) if clamp else result
    check_image(result, done)
    return Result(result, numbers(terms), done, stopped, state if state.step else None)


def update(gradient: Tensor, state: Moments, betas: tuple[float, float]) -> tuple[Tensor, Moments]:
    """One update of Adam (Kingma and Ba, ICLR 2015, algorithm 1).

    Written here because torch.optim's classes load torch's compiler when they are first used,
    some seconds in which a short render could be done.

    Args:
        gradient: of the image's shape.
        state: moments so far, changed in place; zeros before the first update.
        betas: decay of the first and of the second moment.

    Returns:
        The direction to be taken off, for a step of 1; the state after it.
    """
    first = state.first.lerp_(gradient, 1 - betas[0])
    second = state.second.mul_(betas[1]).addcmul_(gradient, gradient, value=1 - betas[1])
    count = state.step + 1
    root = (second / (1 - betas[1] ** count)).sqrt_().add_(EPSILON)
    return (first / (1 - betas[0] ** count)).div_(root), Moments(first, second, count)
