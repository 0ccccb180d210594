"""The way of a shot: sweeps over its frames, each frame pulled to its neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from torch import Tensor

from flowstyle.core.events import Progress, Report, ignore
from flowstyle.core.memory import retry_on_gpu
from flowstyle.engines.optimised.engine import Engine, Terms
from flowstyle.flow.pairs import FlowPairs
from flowstyle.settings import Settings
from flowstyle.temporal.frames import RESULT, Frames
from flowstyle.temporal.held_colours import hold_colors, mean_colour, return_to
from flowstyle.temporal.keyframes import keyframe, steadied
from flowstyle.temporal.painted_ahead import WORTH_BORROWING, PaintedAhead, frame_ahead, newly_shown
from flowstyle.temporal.pulls import Pull, blend, closest_first, fill, pull
from flowstyle.temporal.static import with_static_pixels
from flowstyle.temporal.sweeps import Sweep, plan_sweeps

ANCHOR = 8  # distance of the frames that tell a slow fade from noise


@dataclass(frozen=True)
class Work:
    """One frame of one sweep; ``last`` is None while the end of the shot is not known."""

    sweep: Sweep
    index: int
    first: int
    last: int | None


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
        self._unit = "frames" if len(self.sweeps) == 1 else f"frames in {len(self.sweeps)} sweeps"
        self._done = 0
        self._ahead = PaintedAhead(frames, engine, pairs, settings)
        self._colors: dict[tuple[str, int], tuple[Tensor, Tensor]] = {}

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
        """Do all sweeps of the shot that begins at ``first``; return its last frame."""
        last = first
        self.engine.begin_shot(self.frames.source(first))
        for index in self._until_cut(first):
            self._do(Work(self.sweeps[0], index, first, None))
            last = index
        for sweep in self.sweeps[1:]:
            order = range(first, last + 1) if sweep.forward else range(last, first - 1, -1)
            for index in order:
                self._do(Work(sweep, index, first, last))
            if sweep.number > 2:
                # The sweep before stays: a damaged frame of this one can be made again from it.
                self.frames.discard(self._kind(self.sweeps[sweep.number - 3], first))
        return last

    def _until_cut(self, first: int) -> Iterator[int]:
        index = first
        while self.frames.exists(index) and (index == first or not self.frames.begins_shot(index)):
            yield index
            index += 1

    def _kind(self, sweep: Sweep, first: int) -> str:
        last = sweep.number == len(self.sweeps)
        return RESULT if last else f"shot{first:06d}-sweep{sweep.number}"

    def _do(self, work: Work) -> None:
        """One frame of one sweep, unless it is done."""
        kind = self._kind(work.sweep, work.first)
        terms: Terms = {}
        self.engine.check_stop()
        if not self._superseded(work) and not self.frames.is_done(kind, work.index):
            began = time.monotonic()
            image, terms, pulls = retry_on_gpu(partial(self._frame, work), str(self.engine.device))
            self.frames.commit(kind, work.index, image, time.monotonic() - began)
            if self.watch is not None:
                self.watch(work.sweep, work.index, image, pulls)
        self._done += 1
        self.report(Progress("stylise", self._done, self._total, self._unit, terms))

    def _superseded(self, work: Work) -> bool:
        """Whether a frame of an earlier sweep is needed no more: its results are all there."""
        if work.sweep.number == len(self.sweeps):
            return False
        around = [i for i in (work.index - 1, work.index, work.index + 1) if i >= work.first]
        if work.last is not None:
            around = [i for i in around if i <= work.last]
        return all(self.frames.is_done(RESULT, i) for i in around if self.frames.exists(i))

    def _frame(self, work: Work) -> tuple[Tensor, Terms, list[Pull]]:
        sweep, index = work.sweep, work.index
        content = self.engine.to_device(self.frames.source(index))
        if sweep.number == 1 and (index == work.first or not self.settings.neighbors):
            image, terms = self.engine.first(content, self._shown(index))
            return image, terms, []
        pulls = self._pulls(work)
        shared = closest_first(pulls) if sweep.long_term else pulls
        image, terms = self.engine.refine(
            self._start(work, content, pulls),
            content,
            shared if sweep.temporal_weight > 0 else [],
            iterations=sweep.iterations,
            learning_rate=sweep.learning_rate,
            where=f"frame {self._shown(index)}, sweep {sweep.number}",
            near=pulls[0] if pulls else None,
            shared_out=bool(sweep.long_term),
        )
        if pulls:
            image = with_static_pixels(image, pulls[0].image, pulls[0].static)
        if pulls and self.settings.hold_colors:
            image = self._with_held_colors(work, content, image, pulls[0])
        return image, terms, pulls

    def _shown(self, index: int) -> int:
        """A frame's number as the clip counts it, for people."""
        return self.settings.start_frame + index

    def _with_held_colors(self, work: Work, content: Tensor, image: Tensor, near: Pull) -> Tensor:
        """Without the drift of mean colour against the neighbour and the shot's first frame."""
        free = 1 - near.static
        if near.change is not None:
            image = hold_colors(image, near.image, near.trust * free, near.change)
        made_by = self.sweeps[max(0, work.sweep.number - 2)]
        painted, seen = self._first_colors(self._kind(made_by, work.first), work.first)
        moved = mean_colour(content) - seen
        return return_to(image, painted + moved, moved, free)

    def _first_colors(self, kind: str, first: int) -> tuple[Tensor, Tensor]:
        """Mean colours of a shot's first frame, stylised in a finished sweep and in the clip."""
        if (kind, first) not in self._colors:
            frames = (self.frames.load(kind, first), self.frames.source(first))
            painted, seen = (mean_colour(self.engine.to_device(frame)) for frame in frames)
            self._colors = {(kind, first): (painted, seen)}
        return self._colors[kind, first]

    def _pulls(self, work: Work) -> list[Pull]:
        """The neighbours of a frame: the one already done in this sweep first."""
        sweep, index = work.sweep, work.index
        step = 1 if sweep.forward else -1
        pulls = []
        if self._inside(work, index - step):
            near = self._pull(work, sweep, index - step)
            pulls.append(self._steadied(work, near) if self._uses_keyframes(sweep) else near)
        if sweep.both and self._inside(work, index + step):
            pulls.append(self._pull(work, self.sweeps[sweep.number - 2], index + step))
        distances = [j for j in sweep.long_term if j > 1 and index - j >= work.first]
        pulls += [self._pull(work, sweep, index - j) for j in distances]
        if self._follows(work, index + step):
            self.pairs.prefetch(index, index + step)
            key = keyframe(index + step, work.first)
            if key is not None and self._uses_keyframes(sweep):
                self.pairs.prefetch_far(index + step, key)
        return pulls

    def _uses_keyframes(self, sweep: Sweep) -> bool:
        if sweep.start != "warped" or any(distance > 1 for distance in sweep.long_term):
            return False
        return self.settings.keyframe_share > 0 and not self.pairs.only_neighbors

    def _steadied(self, work: Work, near: Pull) -> Pull:
        """The frame before, with its texture put back into place by a keyframe."""
        key = keyframe(work.index, work.first)
        if key is None:
            return near
        far = pull(
            self.pairs.far(work.index, key),
            self.frames.source(work.index),
            self.frames.source(key),
            self._load(work, work.sweep, key),
            self.settings,
            index=key,
        )
        return steadied(near, far, self.settings.keyframe_share, self.settings.trust)

    def _inside(self, work: Work, index: int) -> bool:
        """Whether a frame of the shot can be read: in the first sweep, one that is done."""
        last = work.index if work.last is None else work.last
        return work.first <= index <= last

    def _follows(self, work: Work, index: int) -> bool:
        """Whether the next frame of this sweep is in the shot, or at least in the clip."""
        return self.frames.exists(index) if work.last is None else self._inside(work, index)

    def _in_shot(self, work: Work, index: int) -> bool:
        """Whether a later frame is in the shot; waits until that is known."""
        if work.last is not None:
            return index <= work.last
        return self.frames.exists(index) and not self.frames.begins_shot(index)

    def _pull(self, work: Work, made_by: Sweep, neighbor: int) -> Pull:
        locks = self.settings.lock_static
        return pull(
            self.pairs.get(work.index, neighbor),
            self.frames.source(work.index),
            self.frames.source(neighbor),
            self.engine.to_device(self.frames.load(self._kind(made_by, work.first), neighbor)),
            self.settings,
            anchor=self.frames.source(self._anchor(work)) if locks else None,
            weight=work.sweep.temporal_weight,
            index=neighbor,
        )

    def _anchor(self, work: Work) -> int:
        """A frame of the shot some way off, which shows a change too slow for neighbours."""
        index = work.index
        if index - ANCHOR >= work.first:
            return index - ANCHOR
        later = index
        while later - index < ANCHOR and self._in_shot(work, later + 1):
            later += 1
        return later if later - index > index - work.first else work.first

    def _start(self, work: Work, content: Tensor, pulls: list[Pull]) -> Tensor:
        sweep, index = work.sweep, work.index
        if sweep.start == "content":
            return content
        if sweep.start == "noise":
            return self.engine.noise(content)
        if sweep.start == "previous":
            return self._load(work, sweep, index - 1)
        if sweep.start == "warped":
            if not self.settings.fill_content:
                return pulls[0].image
            return self._filled(work, content, pulls)
        own = self._load(work, self.sweeps[sweep.number - 2], index)
        return blend(own, pulls[:1], sweep.blend)

    def _filled(self, work: Work, content: Tensor, pulls: list[Pull]) -> Tensor:
        """A start: the neighbour's paint, a later frame's where there is none, else new paint."""
        index = work.index
        new = newly_shown(pulls, self.settings.trust)
        if self.settings.fill_iterations and float(new.mean()) >= WORTH_BORROWING:
            key = frame_ahead(index, work.first, lambda i: self._in_shot(work, i))
            lent = self._ahead.pull(index, key)
            pulls = [*pulls, replace(lent, usable=lent.usable * new)]
        return fill(pulls, self.engine.fresh(content, pulls, f"frame {self._shown(index)}"))

    def _load(self, work: Work, made_by: Sweep, index: int) -> Tensor:
        return self.engine.to_device(self.frames.load(self._kind(made_by, work.first), index))
