"""The way of a shot: sweeps over its frames, each frame pulled to its neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from torch import Tensor

from flowstyle.events import Progress, Report, ignore
from flowstyle.settings import Settings
from flowstyle.stylize.engine import Engine
from flowstyle.stylize.frames import Frames
from flowstyle.stylize.neighbors import Pull, closest_first, fill, pull
from flowstyle.stylize.pairs import FlowPairs
from flowstyle.stylize.plan import Sweep, plan_sweeps

Watch = Callable[[Sweep, int, Tensor, list[Pull]], None]
"""Called after a frame: sweep, index, image, what it was pulled to (for debug pictures)."""


class Sequence:
    """Stylises the shots of a clip, one after the other.

    Everything that a frame depends on is read from ``frames``, never kept from the frame before:
    a resumed run takes the same way as an uninterrupted one and gives the same bytes.

    Args:
        frames: source and results.
        engine: optimises one frame.
        pairs: flows between source frames.
        settings: the render's.
        total: number of frames, where known, for progress.
        report: progress.
        watch: sees each frame with its pulls.
    """

    def __init__(
        self,
        frames: Frames,
        engine: Engine,
        pairs: FlowPairs,
        settings: Settings,
        *,
        total: int | None = None,
        report: Report = ignore,
        watch: Watch | None = None,
    ) -> None:
        self.frames = frames
        self.engine = engine
        self.pairs = pairs
        self.settings = settings
        self.sweeps = plan_sweeps(settings)
        self.report = report
        self.watch = watch
        self._total = None if total is None else total * len(self.sweeps)
        self._done = 0

    def run(self) -> int:
        """Stylise all shots.

        Returns:
            The number of frames.
        """
        first = 0
        while self.frames.exists(first):
            first = self._shot(first) + 1
        return first

    def _shot(self, first: int) -> int:
        last = first
        for index in self._sweep(self.sweeps[0], self._until_cut(first), first, None):
            last = index
        for sweep in self.sweeps[1:]:
            order = range(first, last + 1) if sweep.forward else range(last, first - 1, -1)
            for _ in self._sweep(sweep, order, first, last):
                pass
        return last

    def _until_cut(self, first: int) -> Iterator[int]:
        index = first
        while self.frames.exists(index) and (index == first or not self._cut(index)):
            yield index
            index += 1

    def _cut(self, index: int) -> bool:
        return self.frames.begins_shot(index)

    def _sweep(
        self, sweep: Sweep, order: Iterable[int], first: int, last: int | None
    ) -> Iterator[int]:
        index = first
        for index in order:
            if not self.frames.is_done(sweep.kind, index):
                began = time.monotonic()
                image, terms, pulls = self._frame(sweep, index, first, last)
                self.frames.commit(sweep.kind, index, image, time.monotonic() - began)
                if self.watch is not None:
                    self.watch(sweep, index, image, pulls)
            else:
                terms = {}
            self._done += 1
            self.report(Progress("stylise", self._done, self._total, terms=terms))
            yield index
        self.frames.shot_done(sweep.number, first, max(index, first if last is None else last))

    def _frame(
        self, sweep: Sweep, index: int, first: int, last: int | None
    ) -> tuple[Tensor, dict[str, float], list[Pull]]:
        content = self.engine.to_device(self.frames.source(index))
        if sweep.number == 1 and (index == first or not self.settings.neighbors):
            image, terms = self.engine.first(content, index)
            return image, terms, []
        pulls = self._pulls(sweep, index, first, last)
        start = self._start(sweep, index, content, pulls)
        image, terms = self.engine.refine(
            start,
            content,
            pulls if sweep.temporal_weight > 0 else [],
            iterations=sweep.iterations,
            learning_rate=sweep.learning_rate,
            where=f"frame {index}, sweep {sweep.number}",
        )
        return self._locked(image, pulls), terms, pulls

    def _pulls(self, sweep: Sweep, index: int, first: int, last: int | None) -> list[Pull]:
        """The neighbours of a frame: the one already done in this sweep first."""
        behind, ahead = (index - 1, index + 1) if sweep.forward else (index + 1, index - 1)
        inside = range(first, (index if last is None else last) + 1)
        pulls = []
        if behind in inside:
            pulls.append(self._pull(sweep.kind, index, behind, sweep.temporal_weight))
        if sweep.both and ahead in inside:
            before = self.sweeps[sweep.number - 2].kind
            pulls.append(self._pull(before, index, ahead, sweep.temporal_weight))
        distances = [j for j in sweep.long_term if j > 1 and index - j >= first]
        if distances:
            further = [
                self._pull(sweep.kind, index, index - j, sweep.temporal_weight) for j in distances
            ]
            pulls = closest_first([*pulls, *further])
        following = index + (1 if sweep.forward else -1)
        if last is not None and following in inside:
            self.pairs.prefetch(following, index)
        elif last is None and self.frames.exists(following):
            self.pairs.prefetch(following, index)
        return pulls

    def _pull(self, kind: str, index: int, neighbor: int, weight: float) -> Pull:
        return pull(
            self.pairs.get(index, neighbor),
            self.frames.source(index),
            self.frames.source(neighbor),
            self.engine.to_device(self.frames.load(kind, neighbor)),
            self.settings,
            weight,
        )

    def _start(self, sweep: Sweep, index: int, content: Tensor, pulls: list[Pull]) -> Tensor:
        if sweep.start == "content":
            return content
        if sweep.start == "noise":
            return self.engine.noise(content, index)
        if sweep.start == "previous":
            return self.engine.to_device(self.frames.load(sweep.kind, index - 1))
        if sweep.start == "warped":
            return fill(pulls, self.engine.fresh(content, pulls))
        before = self.sweeps[sweep.number - 2].kind
        own = self.engine.to_device(self.frames.load(before, index))
        return blend(own, pulls[:1], sweep.blend)

    def _locked(self, image: Tensor, pulls: list[Pull]) -> Tensor:
        """Keep the value of the neighbour done before where the scene stands still."""
        if not pulls:
            return image
        static = pulls[0].static
        return static * pulls[0].image + (1 - static) * image


def blend(own: Tensor, pulls: list[Pull], weight: float) -> Tensor:
    """x ← (x + Σ δ w warp(neighbour)) / (1 + Σ δ w), Ruder et al. (GCPR 2016), equation 11.

    Args:
        own: 1×3×H×W, result of the sweep before.
        pulls: the neighbours already done in this direction.
        weight: δ.
    """
    total, image = 1.0, own
    for one in pulls:
        image = image + weight * one.trust * one.image
        total = total + weight * one.trust
    return image / total
