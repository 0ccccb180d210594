"""What the next steps of a training will be shown, drawn on threads while a GPU learns.

Drawing a step's crops takes a core some 5 to 15 ms, a GPU's step hardly longer: one after the
other, the GPU would wait for a good part of the time. Each step's crops depend on its own number
alone, so that they are the same whoever draws them, and when.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class DrawnAhead(Generic[T]):
    """Results of a function of step numbers, worked out before they are asked for.

    Args:
        draw: from the number of a step to what it is shown.
        threads: that draw; 0 draws each step when it is asked for.

    Example:
        >>> squares = DrawnAhead(lambda step: step * step, threads=2)
        >>> [squares.take(step) for step in range(3)]
        [0, 1, 4]
    """

    def __init__(self, draw: Callable[[int], T], threads: int) -> None:
        self._draw = draw
        self._ahead = 2 * threads  # none of the threads has to wait for the step to end
        self._pool = ThreadPoolExecutor(threads, "draw") if threads else None
        self._begun: dict[int, Future[T]] = {}

    def take(self, step: int) -> T:
        """What a step is shown.

        Args:
            step: its number.
        """
        if self._pool is None:
            return self._draw(step)
        wanted = range(step, step + 1 + self._ahead)
        kept = {number: one for number, one in self._begun.items() if number in wanted}
        for number in wanted:
            if number not in kept:
                kept[number] = self._pool.submit(self._draw, number)
        self._begun = kept
        return self._begun.pop(step).result()
