"""Adam over pixels at several sizes at once, with averaged iterates.

Single iterates of Adam carry a noise of the size of the step, which in a video is flicker. The
exponential average of the iterates (Crowson's style-transfer-pytorch) removes it. Why at several
sizes: see :mod:`flowstyle.optimize.levels`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.captured import Captured
from flowstyle.optimize.adaptive_step import AdaptiveStep
from flowstyle.optimize.levels import added_up, at_levels
from flowstyle.optimize.result import (
    Callback,
    FiniteGuard,
    Minimised,
    Result,
    check_image,
    numbers,
)
from flowstyle.optimize.schedule import Further, Schedule

EPSILON = 1e-11  # keeps the quotient finite; gradients of large pictures are as small as 1e-8
FIRST_DECAY, SECOND_DECAY = 0.8, 0.99  # of the moments

MANY = 12
"""Iterations from which on it pays to record one of them for a GPU."""


def minimise(
    objective: Minimised,
    start: Tensor,
    *,
    iterations: int,
    learning_rate: float = 0.02,
    further: Further | None = None,
    adaptive: AdaptiveStep | None = None,
    levels: int = 1,
    finest: Tensor | None = None,
    floors: Sequence[float] | None = None,
    settled: float = 0.0,
    average: float | None = 0.8,
    clamp: bool = True,
    callback: Callback | None = None,
    cancel: CancelToken | None = None,
    report_every: int = 10,
) -> Result:
    """Minimise an objective over the pixels of an image with Adam.

    Args:
        objective: gives total and terms; computes the same on every call, since on a GPU many calls
            are one that was recorded (:mod:`flowstyle.core.captured`).
        start: N×3×H×W float32, [0, 1]; not changed.
        iterations: number of updates; 0 returns the start.
        learning_rate: step, in units of the image; with ``adaptive`` the first one.
        further: what follows on them where the total still falls.
        adaptive: how steps change by what they bring; None: they stay the same.
        levels: number of sizes at which steps are taken; 1 is plain Adam.
        finest: 1×1×H×W, factor of the finest level's steps, by its root the next's; None for 1.
        floors: of each level, what is added to the root of its second moment: where gradients are
            small beside it, so are the steps. None for nothing.
        settled: change at which it ends; 0 for never. See :class:`.schedule.Schedule` for both.
        average: decay of the exponential average of the iterates, bias corrected, which is the
            result; None: the last iterate is the result.
        clamp: keep every iterate in [0, 1].
        callback: told every ``report_every`` iterations and at the end of ``iterations``.
        cancel: asked before each iteration; ends the loop.
        report_every: also how often a GPU is waited for.

    Returns:
        Image, weighted terms of the last evaluation, iterations done.

    Raises:
        NotFiniteError: if the total, or in the end the image, is not finite.
    """
    image = start.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
    evaluate = _evaluation(objective, image, iterations)
    state = State(start, [0.0] * levels if floors is None else floors, finest)
    guard, mean = FiniteGuard(image.device), Average(image, average)
    terms: dict[str, Tensor] = {}
    done, stopped = 0, False
    schedule = Schedule(iterations, learning_rate, further, adaptive, settled, image.device)
    for iteration in range(1, schedule.most + 1):
        stopped = cancel is not None and cancel.cancelled
        if stopped:
            break
        total, terms, gradient = evaluate()
        guard.watch(total, iteration)
        done = iteration
        step = schedule.step(iteration)
        with torch.no_grad():
            change = state.change(gradient, iteration)
            image.addcmul_(change, schedule.factor(total), value=-step)
            moved = step * change.abs_().mean()
            del gradient, change  # one memory, as large as the picture
            if clamp:
                image.clamp_(0, 1)
            mean.add()
        if callback is not None and (iteration % report_every == 0 or iteration == iterations):
            guard.check()
            callback(iteration, numbers(terms))
        if schedule.is_over(iteration, moved):
            break
    guard.check()
    result = mean.result(done)
    if clamp:  # the average's start from zero was undone by a rounded factor
        result.clamp_(0, 1)
    check_image(result, done)
    return Result(result, numbers(terms), done, stopped)


class Average:
    """The exponential average of an image's iterates, its start from zero undone.

    Args:
        image: N×3×H×W, the iterate, changed in place from one to the next.
        decay: None: the last iterate stands for the average.
    """

    def __init__(self, image: Tensor, decay: float | None) -> None:
        self._image, self._decay = image.detach(), decay
        self._mean = None if decay is None else torch.zeros_like(self._image)

    def add(self) -> None:
        """Count the image as it is now."""
        if self._mean is not None and self._decay is not None:
            self._mean.lerp_(self._image, 1 - self._decay)

    def result(self, count: int) -> Tensor:
        """The average of ``count`` iterates, once; of none the image."""
        if self._mean is None or self._decay is None or not count:
            return self._image
        return self._mean.div_(1 - self._decay**count)


def _evaluation(
    objective: Minimised, image: Tensor, iterations: int
) -> Callable[[], tuple[Tensor, dict[str, Tensor], Tensor]]:
    """Gives total, terms and gradient of an image as it then is."""

    def evaluated() -> tuple[Tensor, dict[str, Tensor], Tensor]:
        total, terms = objective(image)
        (gradient,) = torch.autograd.grad(total, image)
        return total.detach(), terms, gradient

    return Captured(evaluated, image.device) if iterations >= MANY else evaluated


class State:
    """Adam's state at all levels.

    Args:
        image: N×3×H×W, only its shape and device are used.
        floors: of each level, finest first, see :meth:`Moments.direction`.
        finest: factor of the finest level's step, see :func:`minimise`.
    """

    def __init__(self, image: Tensor, floors: Sequence[float], finest: Tensor | None) -> None:
        zeros = at_levels(torch.zeros_like(image), len(floors))
        self._levels = list(zip(floors, map(Moments.like, zeros), strict=True))
        # Dots of the size of the second level take the place of those that the first may not paint.
        held = [] if finest is None else at_levels(finest, min(2, len(floors)))
        self._held = [factor.sqrt() if level else factor for level, factor in enumerate(held)]

    def change(self, gradient: Tensor, count: int) -> Tensor:
        """One update, the steps of all levels added up, to be taken off for a step of 1.

        Args:
            gradient: N×3×H×W; its memory is used for the result.
            count: updates including this one.
        """
        seen = at_levels(gradient.contiguous(), len(self._levels))
        return added_up(self._steps(seen, count))

    def _steps(self, seen: list[Tensor], count: int) -> Iterator[Tensor]:
        """The coarsest first, each worked out when it is asked for."""
        for level in reversed(range(len(seen))):
            floor, moments = self._levels[level]
            step = moments.direction(seen[level], count, floor)
            yield step.mul_(self._held[level]) if level < len(self._held) else step


@dataclass(frozen=True)
class Moments:
    """Adam's state of one level: first and second moment, each N×C×H×W, changed in place."""

    first: Tensor
    second: Tensor

    @classmethod
    def like(cls, part: Tensor) -> Moments:
        """Zeros of a gradient's shape."""
        return cls(torch.zeros_like(part), torch.zeros_like(part))

    def direction(self, gradient: Tensor, count: int, floor: float = 0.0) -> Tensor:
        """One update (Kingma and Ba, ICLR 2015, algorithm 1).

        Written here because torch.optim's classes load torch's compiler when they are first used,
        some seconds in which a short render could be done.

        Args:
            gradient: of the level's shape, contiguous; its memory is used for the result.
            count: updates including this one.
            floor: added to the root of the second moment.

        Returns:
            The direction to be taken off, for a step of 1.
        """
        first = self.first.lerp_(gradient, 1 - FIRST_DECAY)
        second = self.second.mul_(SECOND_DECAY)
        second.addcmul_(gradient, gradient, value=1 - SECOND_DECAY)
        torch.div(second, 1 - SECOND_DECAY**count, out=gradient).sqrt_().add_(EPSILON + floor)
        return torch.div(first, gradient, out=gradient).div_(1 - FIRST_DECAY**count)
