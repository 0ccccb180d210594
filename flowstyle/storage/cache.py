"""Decoded frames in memory: a bounded number, whatever the clip's length."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class FrameCache(Generic[Key, Kept]):
    """The frames used last; safe to share between threads.

    Args:
        capacity: number of frames kept.

    Example:
        >>> import torch
        >>> cache = FrameCache[int, torch.Tensor](1)
        >>> cache.put(0, torch.zeros(1))
        >>> cache.put(1, torch.ones(1))
        >>> cache.get(0) is None, len(cache)
        (True, 1)
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._frames: OrderedDict[Key, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Kept | None:
        """The frame, or None if it is not kept."""
        with self._lock:
            if key not in self._frames:
                return None
            self._frames.move_to_end(key)
            return self._frames[key]

    def put(self, key: Key, frame: Kept) -> None:
        """Keep a frame, and drop the one that was used longest ago where there are too many."""
        with self._lock:
            self._frames[key] = frame
            self._frames.move_to_end(key)
            while len(self._frames) > self._capacity:
                self._frames.popitem(last=False)

    def __len__(self) -> int:
        """Number of frames kept."""
        return len(self._frames)
