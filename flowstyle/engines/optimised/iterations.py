"""How many iterations a frame gets."""

from __future__ import annotations

from flowstyle.core.events import Stage
from flowstyle.settings import Settings
from flowstyle.temporal.task import FrameTask

BORROWED = 3
"""Divides the iterations at the full size of a frame that only lends its paint, unless it is lent
whole: the frames that borrow it finish it."""
KEYFRAME = 5
"""Times as many iterations for a frame that follows one dozens of frames before it: much of it is
newly shown, and the frames between the two do not help. With as many as other frames it is a
quarter farther from the style than they are (carphone, a part of 48 frames)."""


def iterations_by_size(task: FrameTask, settings: Settings, sizes: int) -> list[int]:
    """How many iterations a task gets that is painted coarse to fine.

    Args:
        task: without a start.
        settings: the render's.
        sizes: their number, 1 or more.

    Returns:
        Iterations at each size, the coarsest first.
    """
    if task.stage is not Stage.NEW_AREAS or task.whole:
        return [scaled_iterations(settings.first_iterations, settings.effort)] * sizes
    iterations = scaled_iterations(settings.fill_iterations, settings.effort)
    return [iterations] * (sizes - 1) + [-(-iterations // BORROWED)]


def later_iterations(task: FrameTask, settings: Settings) -> int:
    """How many iterations a task gets at most that goes on from a start."""
    wanted = settings.iterations if task.sweep == 1 else settings.sweep_iterations
    if task.stage is Stage.KEYFRAMES:
        wanted *= KEYFRAME
    if task.stage is Stage.FIRST_FRAME:  # which begins with a network's
        wanted = settings.first_iterations
    return scaled_iterations(wanted, settings.effort)


def scaled_iterations(iterations: int, effort: float) -> int:
    """A number of iterations times the effort, at least 1 unless it was 0.

    Example:
        >>> scaled_iterations(12, 0.5), scaled_iterations(12, 0.01), scaled_iterations(0, 2)
        (6, 1, 0)
    """
    return max(1, round(iterations * effort)) if iterations else 0
