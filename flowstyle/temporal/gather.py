"""Gathers what a frame takes from its neighbours into the task that an engine is handed.

Everything is read from committed frames, source frames and flow, never kept from the frame before:
a resumed render takes the same way as an uninterrupted one.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.core.events import Stage
from flowstyle.core.images import to_device
from flowstyle.core.noise import grey_noise
from flowstyle.core.types import Passage
from flowstyle.flow.pairs import FlowPairs
from flowstyle.settings import Settings
from flowstyle.temporal.coarse import bringing
from flowstyle.temporal.frames import Frames
from flowstyle.temporal.keyframes import keyframe, steadied
from flowstyle.temporal.light_ahead import gone_over, is_let_go, worth_a_painting
from flowstyle.temporal.painted_ahead import (
    PaintedAhead,
    frame_ahead,
    frame_nearby,
    newly_shown,
    worth_borrowing,
    worth_painting,
)
from flowstyle.temporal.passages import OpenShot, Passages
from flowstyle.temporal.pulls import Pull, Start, blend, closest_first, filled
from flowstyle.temporal.sweeps import Sweep, Visit
from flowstyle.temporal.task import FrameTask, Lent, Paint
from flowstyle.temporal.towards import drawn, share_of

ANCHOR = 8  # distance of the frames that tell a slow fade from noise


class Gatherer:
    """Makes the tasks of one shot.

    Args:
        frames: source and painted frames.
        pairs: flows between source frames.
        settings: the render's.
        device: where frames are painted.
        paint: the engine's, for frames that are painted ahead.
        open_shot: opens the engine for the shot that this one melts into.
    """

    def __init__(
        self,
        frames: Frames,
        pairs: FlowPairs,
        settings: Settings,
        device: torch.device,
        paint: Paint,
        open_shot: OpenShot,
    ) -> None:
        self._frames = frames
        self._pairs = pairs
        self._settings = settings
        self._device = device
        self._passages = Passages(frames, pairs, settings, device, open_shot)
        self._bring = bringing(settings)
        self._ahead = PaintedAhead(frames, pairs, settings, device, paint)

    def task(self, visit: Visit) -> FrameTask:
        """The task of a frame.

        Raises:
            FlowstyleError: a frame or its flow cannot be had.
            Cancelled: the caller asked for an end.
        """
        content = to_device(self._frames.sources.load(visit.index), self._device)
        number = self._settings.start_frame + visit.index
        if visit.sweep.number == 1 and (visit.index == visit.first or not self._settings.neighbors):
            return FrameTask(visit.index, number, Stage.FIRST_FRAME, content)
        passage = self._passage(visit.index)
        other: Pull | None = None
        if passage:
            pulls = [self._passages.pull(visit, passage)]
        else:
            pulls, other = self._pulls(visit)
        start = self._start(visit, content, pulls, mixed=passage is not None)
        relit = bool(pulls) and worth_a_painting(pulls[0])
        pulls = [replace(one, lit=None) for one in pulls]  # memory that no engine has use for
        weighed = closest_first(pulls) if visit.sweep.long_term else pulls
        return FrameTask(
            visit.index,
            number,
            Stage.STYLISE if visit.step == 1 else Stage.KEYFRAMES,
            content,
            sweep=visit.sweep.number,
            start=start,
            pulls=tuple(weighed) if visit.sweep.temporal_weight > 0 else (),
            exclusive=bool(visit.sweep.long_term),
            near=pulls[0] if pulls and not passage else None,
            relit=relit,
            end=other if self._other_frame(visit, visit.index) == visit.towards else None,
        )

    def _pulls(self, visit: Visit) -> tuple[list[Pull], Pull | None]:
        """The neighbours of a frame, and the frame that holds the first one's paint in place.

        Args:
            visit: which frame of which sweep.

        Returns:
            The neighbour already done in this sweep first; the other frame, if any.
        """
        sweep, index = visit.sweep, visit.index
        pulls: list[Pull] = []
        other: Pull | None = None
        if self._reaches(visit, visit.before):
            near = self._pull(visit, visit.kind, visit.before)
            near = self._in_the_light_ahead(visit, near)
            other = self._other_pull(visit)
            pulls.append(self._held_in_place(visit, near, other))
        if sweep.both and self._reaches(visit, visit.next):
            pulls.append(self._pull(visit, visit.kind_before, visit.next))
        distances = [j for j in sweep.long_term if j > 1 and index - j >= visit.first]
        pulls += [self._pull(visit, visit.kind, index - j) for j in distances]
        self._prefetch(visit)
        return pulls, other

    def _prefetch(self, visit: Visit) -> None:
        """Let the flow of frames that come next be worked out while this one is painted."""
        exists = self._frames.timeline.exists
        follows = exists(visit.next) if visit.last is None else visit.reaches(visit.next)
        if not follows or self._passage(visit.next) is not None:
            return
        if visit.step > 1:
            self._pairs.prefetch_over(visit.next, visit.index)
            return
        towards = visit.next - visit.index
        # Beyond the next frame a cut may come, where what is begun here is of no use.
        for index in range(visit.next, visit.next + towards * self._pairs.at_once, towards):
            if index == visit.next or self._is_read(visit, index):
                self._prefetch_of(visit, index, index - towards)

    def _prefetch_of(self, visit: Visit, index: int, before: int) -> None:
        self._pairs.prefetch(before, index)
        other = self._other_frame(visit, index)
        if other is not None:
            self._pairs.prefetch_far(index, other)

    def _is_read(self, visit: Visit, index: int) -> bool:
        """Whether a frame of the visit is there already; nothing is waited for."""
        inside = index >= visit.first and (visit.last is None or index <= visit.last)
        return inside and index < self._frames.timeline.count

    def _pull(self, visit: Visit, kind: str, neighbor: int) -> Pull:
        locks = self._settings.lock_static
        sources = self._frames.sources
        pairs = self._pairs.get if visit.step == 1 else self._pairs.over
        return self._bring(
            pairs(visit.index, neighbor),
            sources.load(visit.index),
            sources.load(neighbor),
            self._painted(kind, neighbor),
            self._settings,
            anchor=sources.load(self._anchor(visit)) if locks else None,
            weight=visit.sweep.temporal_weight,
            index=neighbor,
        )

    def _uses_keyframes(self, sweep: Sweep) -> bool:
        if sweep.start != "warped" or any(distance > 1 for distance in sweep.long_term):
            return False
        return self._settings.keyframe_share > 0 and self._pairs.reaches_far

    def _held_in_place(self, visit: Visit, near: Pull, far: Pull | None) -> Pull:
        """The frame before, put back into place by a keyframe, or drawn to the end of its part."""
        other = self._other_frame(visit, visit.index)
        if far is None or other is None:
            return near
        if other == visit.towards:
            return drawn(near, far, share_of(visit.index, other), self._settings.trust)
        return steadied(near, far, self._settings.keyframe_share, self._settings.trust)

    def _in_the_light_ahead(self, visit: Visit, near: Pull) -> Pull:
        """The frame before, gone over to a later frame's paint as far as the light has."""
        if not worth_a_painting(near) or not self._lends(visit):
            return near
        key = self._key(visit)
        if key == visit.towards:  # whose own paint is taken already
            return near
        content = to_device(self._frames.sources.load(visit.index), self._device)
        ahead = self._ahead.pull(visit.index, key, Lent.WHOLE)
        return gone_over(near, ahead, content, self._settings.trust)

    def _lends(self, visit: Visit) -> bool:
        """Whether a later frame's paint may be borrowed."""
        settings = self._settings
        fills = settings.fill_content and settings.fill_iterations > 0
        return fills and visit.sweep.start == "warped"

    def _key(self, visit: Visit) -> int:
        """The later frame whose paint a frame borrows; itself where later ones start from it."""
        if visit.step > 1:
            return visit.index
        return frame_ahead(visit.index, visit.first, lambda i: self._in_shot(visit, i))

    def _other_pull(self, visit: Visit) -> Pull | None:
        """The paint of the frame that holds a frame's paint in place, if any."""
        other = self._other_frame(visit, visit.index)
        if other is None:
            return None
        return self._bring(
            self._pairs.far(visit.index, other),
            self._frames.sources.load(visit.index),
            self._frames.sources.load(other),
            self._painted(visit.kind, other),
            self._settings,
            index=other,
        )

    def _other_frame(self, visit: Visit, index: int) -> int | None:
        """The frame, beside its neighbour, that a frame's paint is held in place by, if any."""
        if visit.step > 1:
            return None
        if visit.towards is not None and share_of(index, visit.towards) > 0:
            return visit.towards
        return keyframe(index, visit.first) if self._uses_keyframes(visit.sweep) else None

    def _anchor(self, visit: Visit) -> int:
        """A frame of the shot some way off, which shows a change too slow for neighbours."""
        index = visit.index
        if index - ANCHOR >= visit.first:
            return index - ANCHOR
        later = index
        while later - index < ANCHOR and self._in_shot(visit, later + 1):
            later += 1
        return later if later - index > index - visit.first else visit.first

    def _in_shot(self, visit: Visit, index: int) -> bool:
        """Whether a later frame shows the shot, and it alone; waits until that is known."""
        timeline = self._frames.timeline
        if visit.last is not None:
            follows = index <= visit.last
        else:
            follows = timeline.exists(index) and not timeline.begins_shot(index)
        return follows and self._passage(index) is None

    def _reaches(self, visit: Visit, index: int) -> bool:
        """Whether a neighbour can be read, and shows the shot alone: else flow is invented."""
        return visit.reaches(index) and self._passage(index) is None

    def _passage(self, index: int) -> Passage | None:
        """The passage that an existing frame lies in.

        Raises:
            Cancelled: the render ended while that was waited for.
        """
        timeline = self._frames.timeline
        found = timeline.passage(index)
        if timeline.stopped:
            raise Cancelled("between two frames")
        return found

    def _start(self, visit: Visit, content: Tensor, pulls: list[Pull], *, mixed: bool) -> Start:
        """What the frame begins with, as its sweep has it.

        Args:
            visit: which frame of which sweep.
            content: the source frame.
            pulls: its neighbours.
            mixed: it lies in a passage.
        """
        kind, settings = visit.sweep.start, self._settings
        if kind is None:  # a later sweep goes on from the one before
            own = self._painted(visit.kind_before, visit.index)
            return Start(blend(own, pulls[:1], visit.sweep.blend))
        if kind == "content":
            return Start(content)
        if kind == "noise":
            size = (content.shape[-2], content.shape[-1])
            return Start(grey_noise(size, settings.noise, settings.seed, self._device))
        if kind == "previous":
            return Start(self._painted(visit.kind, visit.index - 1))
        if not settings.fill_content:
            return Start(pulls[0].image)
        return filled(pulls if mixed else [*pulls, *self._lent(visit, pulls)])

    def _lent(self, visit: Visit, pulls: list[Pull]) -> list[Pull]:
        """Paint for what the neighbours do not show, most wanted first."""
        new = newly_shown(pulls, self._settings.trust)
        if not self._lends(visit) or not worth_borrowing(new):
            return []
        whole = is_let_go(pulls[0], new)
        key = visit.index if whole else self._key(visit)
        lent, nowhere = list[Pull](), new
        # The last frame of a shot has none ahead. Its own paint would flash where little is new.
        flashes = key == visit.index and visit.step == 1 and not whole and not worth_painting(new)
        taken = key == visit.towards  # its own paint, not that of a painting ahead
        if not taken and not flashes:
            ahead = self._ahead.pull(visit.index, key, Lent.WHOLE if whole else Lent.BEGUN)
            lent.append(replace(ahead, usable=ahead.usable * new))
            nowhere = new * newly_shown([ahead], self._settings.trust)
        nearer = frame_nearby(visit.index, visit.first)
        if visit.step == 1 and nearer < key and worth_painting(nowhere):
            ahead = self._ahead.pull(visit.index, nearer, Lent.BEGUN)
            lent.append(replace(ahead, usable=ahead.usable * new))
            nowhere = nowhere * newly_shown([ahead], self._settings.trust)
        if not worth_a_painting(pulls[0]) and worth_painting(nowhere):
            own = self._ahead.pull(visit.index, visit.index, Lent.COARSE)
            lent.append(replace(own, usable=new))
        return lent

    def _painted(self, kind: str, index: int) -> Tensor:
        return to_device(self._frames.painted.load(kind, index), self._device)
