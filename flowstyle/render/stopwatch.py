"""Takes the time of frames and iterations while a small piece is painted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import fmean

from flowstyle.core.events import Event, FrameReady, Progress, Stage


@dataclass(frozen=True)
class Pace:
    """Seconds that the frames of a small piece took.

    Args:
        first: a frame that is painted alone.
        iterating: its iterations, of that.
        later: another frame, without what it takes to paint ahead.
        ahead: the iterations of a frame painted ahead; 0 where none was.
        step: one iteration at the piece's full size; 0 for an engine without any.
        coarse: one iteration at the coarsest size; 0 for an engine without any.
    """

    first: float
    iterating: float
    later: float
    ahead: float
    step: float
    coarse: float


@dataclass
class Stopwatch:
    """A ``report`` that takes the time of frames and iterations."""

    firsts: list[float] = field(default_factory=list)
    laters: list[float] = field(default_factory=list)
    iterating: list[float] = field(default_factory=list)
    ahead: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    coarse: list[float] = field(default_factory=list)
    _began: float = 0.0
    _marks: list[tuple[int, float]] = field(default_factory=list)

    def begin(self) -> None:
        """Frames are painted from now on."""
        self._began = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Take the time of an event."""
        now = time.monotonic()
        if isinstance(event, Progress) and event.stage in (Stage.FIRST_FRAME, Stage.NEW_AREAS):
            self._iterated(event, now)
        elif isinstance(event, FrameReady) and event.sweep == 1:
            (self.firsts if event.frame == event.shot else self.laters).append(now - self._began)
            self._began = now

    def _iterated(self, event: Progress, now: float) -> None:
        """Iterations of a frame painted coarse to fine: told every tenth, and the last."""
        if not self._marks or event.done <= self._marks[-1][0]:
            self._marks = [(0, self._began)] if event.done == event.total else []
        self._marks.append((event.done, now))
        if event.done != event.total or len(self._marks) < 2:
            return
        (one, early), (two, later) = self._marks[:2]
        unseen = one * (later - early) / (two - one)  # what came before the first that was told
        whole = unseen + now - early
        (self.iterating if event.stage is Stage.FIRST_FRAME else self.ahead).append(whole)
        (before, then), (last, end) = self._marks[-2:]
        if event.stage is Stage.FIRST_FRAME:
            self.steps.append((end - then) / (last - before))
            self.coarse.append((later - early) / (two - one))
        self._marks = []

    def over(self, sweeps: int, frames: int) -> None:
        """All frames of the moving piece are there; what further sweeps took is shared out."""
        if sweeps and frames:
            share = (time.monotonic() - self._began) / frames
            self.firsts[-1] += share
            self.laters = [seconds + share for seconds in self.laters]

    def pace(self) -> Pace:
        """What was measured; without a later frame a first one stands for it."""
        first = fmean(self.firsts)
        ahead = fmean(self.ahead) if self.ahead else 0.0
        later = first
        if self.laters:
            later = max(0.0, sum(self.laters) - sum(self.ahead)) / len(self.laters)
        return Pace(
            first,
            min(first, fmean(self.iterating)) if self.iterating else 0.0,
            later,
            ahead,
            fmean(self.steps) if self.steps else 0.0,
            fmean(self.coarse) if self.coarse else 0.0,
        )
