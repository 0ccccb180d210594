"""L-BFGS over pixels, the optimiser of Gatys' and Ruder's programs.

As Lua Torch's ``optim.lbfgs``: no line search, the first step 1/‖g‖₁ and all others 1. All
tolerances are off, since artistic-videos' absolute one ends some frames early.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.optimize.result import (
    Callback,
    FiniteGuard,
    Minimised,
    Result,
    ShouldStop,
    check_image,
    numbers,
)

HISTORY = 100


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
    should_stop: ShouldStop | None = None,
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
        should_stop: asked before each iteration; true ends the loop.
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

    def evaluate() -> Tensor:
        nonlocal terms
        lbfgs.zero_grad(set_to_none=True)
        total, terms = objective(image)
        guard.watch(total, done + 1)
        total.backward()
        return total

    for iteration in range(1, iterations + 1):
        if should_stop is not None and should_stop():
            stopped = True
            break
        lbfgs.step(evaluate)
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
