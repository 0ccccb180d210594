"""How many threads the libraries compute with, which is a part of what decides bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import torch


@dataclass(frozen=True)
class Threads:
    """Numbers of threads of one process.

    Args:
        torch: of the engine; sums are taken in another order with another number.
        opencv: of the flow.
    """

    torch: int
    opencv: int

    @classmethod
    def now(cls) -> Threads:
        """Those of this process."""
        return cls(torch.get_num_threads(), cv2.getNumThreads())

    def shared(self, processes: int) -> Threads:
        """What each of several processes gets, at least one.

        Example:
            >>> Threads(4, 4).shared(3)
            Threads(torch=1, opencv=1)
        """
        return Threads(max(1, self.torch // processes), max(1, self.opencv // processes))

    def set(self) -> None:
        """Let this process compute with so many, threads that it starts from now on included."""
        torch.set_num_threads(self.torch)
        cv2.setNumThreads(self.opencv)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Compute with so many in the block; afterwards with as many as before."""
        before = Threads.now()
        if before == self:
            yield
            return
        self.set()
        try:
            yield
        finally:
            before.set()
