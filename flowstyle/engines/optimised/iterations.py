"""How many iterations a frame gets."""

from __future__ import annotations

from flowstyle.core.events import Stage
from flowstyle.settings import Settings
from flowstyle.temporal.task import FrameTask


def iterations_of(task: FrameTask, settings: Settings) -> int:
    """How many iterations a task gets: at each size where it is painted coarse to fine."""
    if task.stage is Stage.NEW_AREAS:
        wanted = settings.fill_iterations
    elif task.start is None:
        wanted = settings.first_iterations
    else:
        wanted = settings.iterations if task.sweep == 1 else settings.sweep_iterations
    return scaled_iterations(wanted, settings.effort)


def scaled_iterations(iterations: int, effort: float) -> int:
    """A number of iterations times the effort, at least 1 unless it was 0.

    Example:
        >>> scaled_iterations(12, 0.5), scaled_iterations(12, 0.01), scaled_iterations(0, 2)
        (6, 1, 0)
    """
    return max(1, round(iterations * effort)) if iterations else 0
