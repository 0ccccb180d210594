"""L-BFGS over pixels, the optimiser of Gatys' and Ruder's programs.

As Lua Torch's ``optim.lbfgs``: no line search, a short first step along the gradient and all others
of length 1. All tolerances are off, since artistic-videos' absolute one ends some frames early.

The method does not depend on the scale of the objective, but its implementations do: they throw
away curvature below an absolute 1e-10, and so turn into slow gradient descent on losses of the
size of 1 over many pixels. Gradients are therefore scaled by one factor, found at the start, that
makes the first step change pixels by one grey level of 255 on average.

Curvature is the difference of two gradients: let the network compute in float32.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.optimize.result import (
    Callback,
    FiniteGuard,
    Minimised,
    Result,
    check_image,
    numbers,
)

HISTORY = 100
FIRST_STEP = 1 / 255


def minimise(
    objective: Minimised,
    start: Tensor,
    *,
    iterations: int,
    learning_rate: float = 1.0,
    history: int = HISTORY,
    average: float | None = None,
    clamp: bool = True,
    callback: Callback | None = None,
    cancel: CancelToken | None = None,
    report_every: int = 10,
) -> Result:
    """Minimise an objective over the pixels of an image with L-BFGS.

    Args:
        objective: gives total and terms; must not change between calls.
        start: N×3×H×W float32; not changed.
        iterations: number of updates; 0 returns the start.
        learning_rate: factor on every step.
        history: pairs of step and gradient change that are kept, two images each.
        average: decay of the exponential average of the iterates; None, as in the references:
            the last iterate is the result.
        clamp: clamp the *result* to [0, 1]. Iterates are never clamped: L-BFGS builds its model
            from the differences of gradients along steps it believes to have taken.
        callback: told every ``report_every`` iterations and at the end.
        cancel: asked before each iteration; ends the loop.
        report_every: see ``callback``.

    Returns:
        Image, weighted terms of the last evaluation, iterations done.

    Raises:
        NotFiniteError: if the total, or in the end the image, is not finite.
    """
    image = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    # One update a call, so that the loop stays in our hands; the state is kept between calls.
    # max_eval must leave room for it: at its default of 1 the method does nothing.
    lbfgs = torch.optim.LBFGS(
        [image],
        lr=learning_rate,
        max_iter=1,
        max_eval=25,
        tolerance_grad=0,
        tolerance_change=0,
        history_size=history,
    )
    guard = FiniteGuard(image.device)
    mean = torch.zeros_like(image, requires_grad=False)
    terms: dict[str, Tensor] = {}
    done, stopped = 0, False
    scale = torch.ones((), device=image.device)

    def evaluate() -> Tensor:
        nonlocal terms, scale
        lbfgs.zero_grad(set_to_none=True)
        total, terms = objective(image)
        guard.watch(total, done + 1)
        total.backward()  # type: ignore[no-untyped-call]
        if image.grad is not None:
            if done == 0:
                scale = FIRST_STEP / image.grad.abs().mean().clamp_min(1e-30)
            image.grad.mul_(scale)
        return total

    for iteration in range(1, iterations + 1):
        if cancel is not None and cancel.cancelled:
            stopped = True
            break
        # The first step is divided by the gradient's L1 norm where that is above 1: undo it.
        norm = max(1.0, FIRST_STEP * image.numel()) if iteration == 1 else 1.0
        lbfgs.param_groups[0]["lr"] = learning_rate * norm
        lbfgs.step(evaluate)  # type: ignore[no-untyped-call]
        done = iteration
        if average is not None:
            mean.lerp_(image.detach(), 1 - average)
        if callback is not None and (iteration % report_every == 0 or iteration == iterations):
            guard.check()
            callback(iteration, numbers(terms))
    guard.check()
    result = image.detach()
    if average is not None and done:
        result = mean / (1 - average**done)
    check_image(result, done)
    return Result(result.clamp(0, 1) if clamp else result, numbers(terms), done, stopped)
