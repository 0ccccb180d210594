"""Adam over pixels, with averaged iterates.

Single iterates of Adam carry a noise of the size of the step, which in a video is flicker. The
exponential average of the iterates (Crowson's style-transfer-pytorch) removes it.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from flowstyle.optimize.result import (
    Callback,
    FiniteGuard,
    Minimised,
    Moments,
    Result,
    ShouldStop,
    check_image,
    numbers,
)

Schedule = Literal["constant", "cosine"]


def minimise(
    objective: Minimised,
    start: Tensor,
    *,
    iterations: int,
    learning_rate: float = 0.02,
    betas: tuple[float, float] = (0.9, 0.99),
    average: float | None = 0.9,
    clamp: bool = True,
    schedule: Schedule = "constant",
    step: Tensor | None = None,
    moments: Moments | None = None,
    callback: Callback | None = None,
    should_stop: ShouldStop | None = None,
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
        schedule: ``cosine`` lets the step fall to zero.
        step: factor on the step of each pixel, N×1×H×W; None is 1 everywhere.
        moments: Adam's state to go on with, from a :class:`Result` (see
            :func:`flowstyle.optimize.pyramid.resize_moments`).
        callback: told every ``report_every`` iterations and at the end.
        should_stop: asked before each iteration; true ends the loop.
        report_every: also how often a GPU is waited for.

    Returns:
        Image, weighted terms of the last evaluation, iterations done, Adam's state.

    Raises:
        NotFiniteError: if the total, or in the end the image, is not finite.
    """
    image = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    # Single tensor: the same order of operations, and so the same bits, on every device count.
    adam = torch.optim.Adam([image], lr=learning_rate, betas=betas, foreach=False)
    if moments is not None:
        adam.state[image] = {
            "step": torch.tensor(float(moments.step)),
            "exp_avg": moments.first.clone(),
            "exp_avg_sq": moments.second.clone(),
        }
    guard = FiniteGuard(image.device)
    mean = torch.zeros_like(image, requires_grad=False)
    terms: dict[str, Tensor] = {}
    done, stopped = 0, False
    for iteration in range(1, iterations + 1):
        if should_stop is not None and should_stop():
            stopped = True
            break
        if schedule == "cosine":
            part = (iteration - 1) / iterations
            adam.param_groups[0]["lr"] = learning_rate * 0.5 * (1 + math.cos(math.pi * part))
        adam.zero_grad(set_to_none=True)
        total, terms = objective(image)
        guard.watch(total, iteration)
        total.backward()
        before = image.detach().clone() if step is not None else image
        adam.step()
        done = iteration
        with torch.no_grad():
            if step is not None:
                image.copy_(before + step * (image - before))
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
        result = mean / (1 - average**done)  # undoes the average's start from zero
        result = result.clamp(0, 1) if clamp else result
    check_image(result, done)
    return Result(result, numbers(terms), done, stopped, _moments(adam, image))


def _moments(adam: torch.optim.Adam, image: Tensor) -> Moments | None:
    """Adam's state after the last update, None before the first."""
    state = adam.state.get(image)
    if not state:
        return None
    return Moments(state["exp_avg"], state["exp_avg_sq"], int(state["step"]))
