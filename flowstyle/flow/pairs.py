"""Flow between frames, computed ahead of the optimisation on threads of its own.

On a CPU, which paints at the same time, that is one thread. Beside a GPU, several pairs are worked
on at once, each on a stream of its own: flow is mostly the CPU's work and takes longer than a GPU
takes to paint the frame.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import cv2
import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.device import own_stream
from flowstyle.core.images import to_device
from flowstyle.flow.estimate import both_ways
from flowstyle.flow.protocol import CalledAtOnce, FlowMethod
from flowstyle.flow.warp import compose


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


class _Key(NamedTuple):
    """Two frames; with a ``stride`` it began with flows over every so many frames between them."""

    a: int
    b: int
    stride: int


MEMORY = 512 * 2**20  # bytes of flow that are kept
LEAST = 16  # pairs that are kept in any case: with fewer, long chains are computed again and again
STRIDE = 8  # frames: over so many things hardly move farther than DIS finds
IN_USE = 32  # pairs that one sweep needs at a time: chains to a keyframe and to a frame ahead


MOST_AT_ONCE = 6
CPU = torch.device("cpu")


def pairs_at_once(flow: FlowMethod, device: torch.device) -> int:
    """How many pairs are worked on at the same time.

    Args:
        flow: the method.
        device: that paints.
    """
    if device.type == "cpu" or not isinstance(flow, CalledAtOnce):
        return 1
    return max(1, min(MOST_AT_ONCE, cv2.getNumThreads() // flow.cores))


def pairs_kept(size: tuple[int, int], sweeps: int) -> int:
    """How many pairs are worth keeping.

    Args:
        size: (width, height) of the frames.
        sweeps: over each shot; those after the first use all pairs again.
    """
    each = 2 * 2 * 4 * size[0] * size[1]
    affordable = max(LEAST, MEMORY // each)
    return min(affordable, IN_USE) if sweeps == 1 else affordable


class FlowPairs:
    """Serves flows between source frames and computes the next ones in the background.

    A bounded number of pairs is kept, so that memory does not grow with the clip; what was dropped
    is computed again, to the same bits.

    Args:
        flow: the method.
        source: gives the source frame of an index, 1×3×H×W.
        first: index in the clip of the render's first frame, for flow that is read from files.
        keep: number of pairs kept, in the CPU's memory.
        device: that paints; what of the flow is torch's is computed there too.
        cancel: asked before every pair: a chain of them takes long.
    """

    def __init__(
        self,
        flow: FlowMethod,
        source: Callable[[int], Tensor],
        *,
        first: int = 0,
        keep: int = LEAST,
        device: torch.device = CPU,
        cancel: CancelToken | None = None,
    ) -> None:
        self._flow = flow
        self._source = source
        self._first = first
        self._device = device
        self.at_once = pairs_at_once(flow, device)
        self._kept = keep + 2 * self.at_once if self.at_once > 1 else keep
        self._cancel = cancel or CancelToken()
        self._closed = False
        self._done: OrderedDict[_Key, Pair] = OrderedDict()
        self._pending: dict[_Key, Future[Pair]] = {}
        self._in_work: dict[_Key, Future[Pair]] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="flow")

    @property
    def reaches_far(self) -> bool:
        """Whether flow over several frames is more than a chain of files, read each time."""
        return self._flow.reach != "files"

    def prefetch(self, a: int, b: int) -> None:
        """Start computing the pair of frames a and b, unless it is there already."""
        self._begin(_near(a, b))

    def get(self, a: int, b: int) -> Pair:
        """Both flows between a and b, waiting for them if need be.

        Raises:
            FlowstyleError: whatever the estimator raised.
            Cancelled: the caller asked for an end.
        """
        pair = self._begin(_near(a, b)).result()
        return pair if a < b else pair.swapped()

    def prefetch_far(self, a: int, b: int) -> None:
        """Start computing what :meth:`far` will be asked for."""
        self._begin(self._far(a, b))

    def far(self, a: int, b: int) -> Pair:
        """Both flows between frame a and a frame b that many frames in turn are compared with.

        Where the method is ``chained``, it begins with what the flows over the frames between them
        add up to, and takes out the error that they added up. The way leads through the frame next
        to a, whose own flow into b is then known. A method that takes no start leaves the chain as
        it is.

        Raises:
            FlowstyleError: whatever the estimator raised.
            Cancelled: the caller asked for an end.
        """
        return self._get(self._far(a, b), a)

    def prefetch_over(self, a: int, b: int) -> None:
        """Start computing what :meth:`over` will be asked for."""
        self._begin(self._by(a, b, STRIDE))

    def over(self, a: int, b: int) -> Pair:
        """Both flows between two frames that are dozens of frames apart, in few steps.

        As :meth:`far`, but by way of every eighth frame, where the flows over all frames between
        are not needed for anything else.

        Raises:
            FlowstyleError: whatever the estimator raised.
            Cancelled: the caller asked for an end.
        """
        return self._get(self._by(a, b, STRIDE), a)

    def close(self) -> None:
        """Stop the threads; what has not begun is dropped."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _far(self, a: int, b: int) -> _Key:
        return self._by(a, b, 1)

    def _by(self, a: int, b: int, stride: int) -> _Key:
        chained = abs(a - b) > stride and self._flow.reach == "chained"
        return _Key(a, b, stride) if chained else _near(a, b)

    def _get(self, key: _Key, a: int) -> Pair:
        pair = self._begin(key).result()
        return pair if key.a == a else pair.swapped()

    def _begin(self, key: _Key) -> Future[Pair]:
        """A future of the pair: fulfilled, under way, or begun now."""
        with self._lock:
            if key in self._done:
                self._done.move_to_end(key)
                known: Future[Pair] = Future()
                known.set_result(self._done[key])
                return known
            if key not in self._pending:
                self._pending[key] = self._pool.submit(self._work, key)
            return self._pending[key]

    def _work(self, key: _Key) -> Pair:
        try:
            with own_stream(self._device):
                return self._pair(key)
        finally:  # after an error a second try, when memory was freed, computes it anew
            with self._lock:
                del self._pending[key]

    def _pair(self, key: _Key) -> Pair:
        """A pair from those kept, from another thread that is at it, or computed.

        On the pool's threads only. No two wait for each other: a chain needs shorter ones alone.
        """
        with self._lock:
            if key in self._done:
                self._done.move_to_end(key)
                return self._done[key]
            others = self._in_work.get(key)
            if others is None:
                mine = self._in_work[key] = Future()
        if others is not None:
            return others.result()
        try:
            mine.set_result(self._computed(key))
        except BaseException as error:  # whoever waits for it gets it too
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._in_work[key]
        return mine.result()

    def _computed(self, key: _Key) -> Pair:
        if self._closed:
            raise Cancelled("between two flows")
        self._cancel.check("between two flows")
        start = self._chain(key) if key.stride else None
        if start is not None and not self._flow.takes_start:
            return self._keep(key, Pair(*start))
        a, b = (to_device(self._source(index), self._device) for index in (key.a, key.b))
        x, y = key.a + self._first, key.b + self._first
        return self._keep(key, Pair(*both_ways(self._flow, a, b, (x, y), start)))

    def _keep(self, key: _Key, pair: Pair) -> Pair:
        """Keep a pair, and drop the one that was used longest ago where there are too many."""
        pair = Pair(pair.to_b.cpu(), pair.to_a.cpu())
        with self._lock:
            self._done[key] = pair
            while len(self._done) > self._kept:
                self._done.popitem(last=False)
        return pair

    def _chain(self, key: _Key) -> tuple[Tensor, Tensor]:
        """The flows between two frames by way of a frame near the first."""
        a, b, stride = key
        next_ = _towards(a, b, stride)
        if self.at_once > 1:
            for link in reversed(list(_links(key))):  # which the way back comes to first
                self._begin(link)
        # The rest first: the other way round every link of the chain would hold one more pair.
        onward = self._by(next_, b, stride)
        rest, step = self._pair(onward), self._pair(_near(a, next_))
        step = step if a < next_ else step.swapped()
        rest = rest if onward.a == next_ else rest.swapped()
        step, rest = (
            Pair(*(to_device(flow, self._device) for flow in (one.to_b, one.to_a)))
            for one in (step, rest)
        )
        return compose(step.to_b, rest.to_b), compose(rest.to_a, step.to_a)


def _links(key: _Key) -> Iterator[_Key]:
    """The pairs of neighbours that a chain leads over, from its first frame on."""
    a, b, stride = key
    while abs(a - b) > stride:
        next_ = _towards(a, b, stride)
        yield _near(a, next_)
        a = next_
    yield _near(a, b)


def _towards(a: int, b: int, stride: int) -> int:
    return a + stride if b > a else a - stride


def _near(a: int, b: int) -> _Key:
    return _Key(min(a, b), max(a, b), 0)
