"""How many iterations a frame gets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flowstyle.core.events import Stage
from flowstyle.optimize.adaptive_step import AdaptiveStep
from flowstyle.optimize.schedule import Further
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.task import FrameTask, Lent

BORROWED = 3
"""Divides the iterations at the full size of a frame that only lends its paint to later ones, which
finish it."""
ENOUGH = 2
"""Sizes at which a frame is painted, up to which one that lends its paint gets iterations at its
full size. At 256 pixels, the second size, a whip pan is nearer to the style by them (1.07 times the
distance of frames painted alone in place of 1.11); at 512 and 1280 nothing is, and they are half of
the painting."""
KEYFRAME = 5
"""Times as many iterations for a frame that follows one dozens of frames before it: much of it is
newly shown, and the frames between the two do not help. With as many as other frames it is a
quarter farther from the style than they are (carphone, a part of 48 frames)."""

HASTE = 3
"""Times the step of a later frame, in the iterations that it gets because it is far from finished.
Finished paint stays as it is: its steps are bounded by its gradient."""

NEW = 0.01
"""Part of what moves in a frame that cannot begin with carried paint, from which on it gets many
further iterations in large steps. Of the whole frame fast motion has 1.5 to 15 %, a camera that
creeps up to half of one."""

CALM = 4
"""Divides the usual iterations of a frame of which next to nothing is new: so many more it gets
while its total still falls. At 400 pixels it seldom does; in a window of a clip of 1280, style is
5 % nearer by a fifth one, and 2 % by a sixth. Fewer than this are too few to adapt steps by: they
would end in the middle of a long one."""


@dataclass(frozen=True)
class Later:
    """The work on a frame that goes on from a start, unless it is finished sooner.

    Args:
        iterations: that it gets.
        further: what follows on them where the total still falls.
        adaptive: how the step changes by what it brings; None: it stays the same.
    """

    iterations: int
    further: Further | None = None
    adaptive: AdaptiveStep | None = None


def iterations_by_size(task: FrameTask, settings: Settings, sizes: int) -> list[int]:
    """How many iterations a task gets that is painted coarse to fine.

    Args:
        task: without a start.
        settings: the render's.
        sizes: their number, 1 or more.

    Returns:
        Iterations at each size, the coarsest first.
    """
    if task.lent in (None, Lent.WHOLE):
        return [scaled_iterations(settings.first_iterations, settings.effort)] * sizes
    iterations = scaled_iterations(settings.fill_iterations, settings.effort)
    share = lent_in_full(sizes, alone=task.lent is Lent.COARSE)
    return [iterations] * (sizes - 1) + [math.ceil(iterations * share)]


def lent_in_full(sizes: int, *, alone: bool = False) -> float:
    """Of a frame that only lends its paint: which share of its iterations it gets at its full size.

    Also of the frame at the border of two parts, which lends to itself and goes on from there.

    Args:
        sizes: at which it is painted, the full one among them.
        alone: it lends to itself.
    """
    return 1 / BORROWED if sizes <= (1 if alone else ENOUGH) else 0.0


def later_iterations(task: FrameTask, settings: Settings) -> int:
    """How many iterations a task usually gets that goes on from a start."""
    wanted = settings.iterations if task.sweep == 1 else settings.sweep_iterations
    if task.stage is Stage.KEYFRAMES:
        wanted *= KEYFRAME
    if task.stage is Stage.FIRST_FRAME:  # which begins with a network's
        wanted = settings.first_iterations
    return scaled_iterations(wanted, settings.effort)


def later_work(task: FrameTask, settings: Settings) -> Later:
    """What a task gets that goes on from a start: by need, where the settings have it.

    Not in a light that changes, of which the reference's masks know nothing: with many iterations
    each frame would take the style's brightness at once, and not as the light comes to it. Nor on
    the way to the end of a part, whose paint is to be met.
    """
    usual = later_iterations(task, settings)
    count = scaled_iterations(settings.further_iterations, settings.effort)
    light = not task.relit and settings.mask_rule != "reference"
    follows = task.sweep == 1 and task.end is None
    if task.near is None or not follows or not light or not count or not usual:
        return Later(usual)
    bounded = settings.bounded_steps > 0
    if new_share(task.near, settings.trust) >= NEW:
        step = settings.next_learning_rate or settings.learning_rate
        return Later(usual, Further(count, step * (HASTE if bounded else 1)))
    if usual < CALM or not bounded or settings.optimizer != "adam":
        return Later(usual)
    return Later(usual, Further(min(count, usual // CALM)), AdaptiveStep())


def new_share(near: Pull, trust: float) -> float:
    """Part of the moving pixels that cannot begin with the neighbour's paint; 0 where none moves.

    Args:
        near: the neighbour.
        trust: the factor that its masks carry already; what it takes away is not new.

    Example:
        >>> import torch
        >>> usable, static = torch.tensor([[[[0.9, 0.9, 0.45, 0.9]]], [[[1.0, 0.0, 0.0, 0.0]]]])
        >>> image = torch.zeros(1, 3, 1, 4)
        >>> round(new_share(Pull(image, usable, usable, static, 1.0), trust=0.9), 3)
        0.167
    """
    moving = (1 - near.static).sum().clamp(min=1)
    return float((1 - near.usable / max(trust, 1e-6)).clamp(min=0).sum() / moving)


def scaled_iterations(iterations: int, effort: float) -> int:
    """A number of iterations times the effort, at least 1 unless it was 0.

    Example:
        >>> scaled_iterations(12, 0.5), scaled_iterations(12, 0.01), scaled_iterations(0, 2)
        (6, 1, 0)
    """
    return max(1, round(iterations * effort)) if iterations else 0
