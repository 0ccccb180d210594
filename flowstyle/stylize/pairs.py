"""Flow between frames, computed ahead of the optimisation on a thread of its own."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from torch import Tensor

from flowstyle.flow.estimate import Flow
from flowstyle.flow.mend import both_ways


@dataclass(frozen=True)
class Pair:
    """Both flows between frames a and b, each 1×2×H×W in pixels.

    ``to_b`` is defined on the pixels of a and points into b, so that ``warp(b, to_b)`` is aligned
    with a; ``to_a`` the other way round.
    """

    to_b: Tensor
    to_a: Tensor

    def swapped(self) -> Pair:
        """The same pair seen from b."""
        return Pair(self.to_a, self.to_b)


MEMORY = 256 * 2**20  # bytes of flow that are kept for later sweeps
AHEAD = 6  # pairs that are kept in any case: those in use and those computed ahead


def pairs_kept(size: tuple[int, int], sweeps: int) -> int:
    """How many pairs are worth keeping.

    Args:
        size: (width, height) of the frames.
        sweeps: over each shot; with one, no pair is used again.
    """
    each = 2 * 2 * 4 * size[0] * size[1]
    return AHEAD if sweeps == 1 else max(AHEAD, MEMORY // each)


class FlowPairs:
    """Serves flows between source frames and computes the next ones in the background.

    A bounded number of pairs is kept, so that memory does not grow with the clip; where a shot has
    more, later sweeps compute the older ones again.

    Args:
        flow: the estimator.
        source: gives the source frame of an index, 1×3×H×W.
        first: index in the clip of the render's first frame, for flow that is read from files.
        keep: number of pairs kept.
    """

    def __init__(
        self, flow: Flow, source: Callable[[int], Tensor], *, first: int = 0, keep: int = AHEAD
    ) -> None:
        self._flow = flow
        self._source = source
        self._first = first
        self._keep = keep
        self._pairs: OrderedDict[tuple[int, int], Future[Pair]] = OrderedDict()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="flow")

    def prefetch(self, a: int, b: int) -> None:
        """Start computing the pair of frames a and b, unless it is there already."""
        self._future(min(a, b), max(a, b))

    def get(self, a: int, b: int) -> Pair:
        """Both flows between a and b, waiting for them if need be.

        Raises:
            FlowstyleError: whatever the estimator raised.
        """
        low, high = min(a, b), max(a, b)
        try:
            pair = self._future(low, high).result()
        except BaseException:
            del self._pairs[low, high]  # a second try, after memory was freed, computes it anew
            raise
        return pair if a == low else pair.swapped()

    def close(self) -> None:
        """Stop the thread; what has not begun is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _future(self, low: int, high: int) -> Future[Pair]:
        key = (low, high)
        if key not in self._pairs:
            self._pairs[key] = self._pool.submit(self._compute, low, high)
            while len(self._pairs) > self._keep:
                self._pairs.popitem(last=False)
        self._pairs.move_to_end(key)
        return self._pairs[key]

    def _compute(self, low: int, high: int) -> Pair:
        a, b = self._source(low), self._source(high)
        x, y = low + self._first, high + self._first
        return Pair(*both_ways(self._flow, a, b, (x, y)))
