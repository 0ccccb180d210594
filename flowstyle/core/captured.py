"""Work that a GPU does again and again, started as one.

Python starts a GPU's kernels one by one, hundreds in an iteration. For small pictures that takes
longer than the kernels, and beside threads that keep Python busy several times as long. Recorded
once as a CUDA graph, all of them are started by one call (PyTorch: *CUDA Graphs*).
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

import torch

T = TypeVar("T")

_recording = Lock()
"""CUDA graphs are recorded one at a time."""

WARM = 2
"""Calls before the recording: kernels are chosen and loaded in the first ones."""


class Captured(Generic[T]):
    """A function without arguments: computed as it stands at first, recorded and replayed later.

    On a GPU what it reads must stay in its place in memory, and may change there; what it returns
    lies in the same place after every call, so that it is to be used before the next one. It must
    not wait for the GPU. On a CPU it is called as it is.

    Args:
        work: the function; tensors on ``device``.
        device: where it computes.

    Example:
        >>> count = torch.zeros(())
        >>> add = Captured(lambda: count.add_(1).clone(), count.device)
        >>> [float(add()) for _ in range(4)]
        [1.0, 2.0, 3.0, 4.0]
    """

    def __init__(self, work: Callable[[], T], device: torch.device) -> None:
        self._work = work
        self._device = device
        self._calls = 0
        self._graph: Any = None
        self._result: T

    def __call__(self) -> T:
        """The function's result."""
        if self._device.type != "cuda":
            return self._work()
        if self._graph is not None:
            with torch.cuda.device(self._device):
                self._graph.replay()
            return self._result
        self._calls += 1
        if self._calls == WARM + 1:
            self._record()
        return self._work() if self._graph is None else self()

    def _record(self) -> None:
        graph: Any = torch.cuda.CUDAGraph()
        here = torch.cuda.current_stream(self._device)
        aside: Any = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        try:
            with (
                _recording,
                torch.cuda.device(self._device),
                # Other threads compute flow meanwhile, and may take memory.
                torch.cuda.graph(graph, stream=aside, capture_error_mode="thread_local"),
            ):
                self._result = self._work()
        except RuntimeError:  # it waits for the GPU after all, or the memory does not suffice
            return
        finally:
            torch.cuda.set_stream(here)  # torch leaves the other one in place after a failure
        self._graph = graph
