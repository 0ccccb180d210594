"""Reads the clip into the work folder, once, on a thread of its own, and finds the cuts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.types import Around, Frame, Passage
from flowstyle.media.bars import cut_out, fills_bars, with_bars
from flowstyle.media.reader import read_frames
from flowstyle.media.shot_list import read_shots_csv
from flowstyle.media.shots import LOOK_AHEAD, PASSAGE_LOOK_AHEAD, CutDetector
from flowstyle.render.preflight import remark_on_list
from flowstyle.render.prepare import Plan
from flowstyle.settings import Settings
from flowstyle.storage.sources import SourceFrames
from flowstyle.storage.timeline import Timeline


class Found(NamedTuple):
    """What a frame has told of the shots.

    Args:
        cuts: new ones.
        known: every cut before this frame is known now.
        passages: new ones.
        passages_known: every passage that begins before this frame is known now.
    """

    cuts: list[int]
    known: int
    passages: list[Passage]
    passages_known: int


CutFinder = Callable[[int, Frame | None], Found]
"""From the number of frames before and a frame (None at the end) to what it has told."""


class Ingest(threading.Thread):
    """Feeds the source frames and the timeline; waits when it is far ahead of the painting.

    Frames that an earlier run has read are taken from the work folder and not decoded again: a
    damaged stream could decode differently.

    Args:
        plan: of the render.
        sources: gets the frames.
        timeline: gets their times and the cuts.
        report: told what is decided on the way.
    """

    def __init__(
        self, plan: Plan, sources: SourceFrames, timeline: Timeline, report: Report = ignore
    ) -> None:
        super().__init__(name="ingest", daemon=True)
        self._plan = plan
        self._sources = sources
        self._timeline = timeline
        self._report = report
        self._told = False
        self._committed = sources.committed_count()
        self._finished = sources.ingested() == self._committed

    def run(self) -> None:
        """Read everything; failures go to whoever waits for frames."""
        try:
            self._read()
        except BaseException as error:
            self._timeline.fail(error)

    def _read(self) -> None:
        cuts = cut_finder(self._plan.settings)
        count = 0
        for frame, committed in self._frames():
            if not self._timeline.wait_for_room():
                return
            self._sources.add(frame, committed=committed)
            self._timeline.add_cuts(*cuts(count, frame))
            count += 1
        self._timeline.add_cuts(*cuts(count, None))
        self._check_list(count)
        if not self._finished:
            self._sources.note_ingested(count)
        self._timeline.complete()

    def _check_list(self, count: int) -> None:
        """Say what of the list lies behind the end, where no one knew it before."""
        clip, settings = self._plan.clip, self._plan.settings
        if settings.shots is None or clip.frames is not None or count == settings.frames:
            return
        listed = read_shots_csv(settings.shots)
        remark_on_list(settings.shots.name, listed, settings.start_frame + count, self._report)

    def _frames(self) -> Iterator[tuple[Frame, bool]]:
        for index in range(self._committed):
            yield self._sources.committed(index), True
        if self._finished:
            return
        wanted = self._plan.settings.frames
        if wanted == self._committed:
            return
        around, size = self._plan.around, self._plan.size
        # One frame that is there already is read again: a clip that ends with it is no error.
        known = min(1, self._committed)
        frames = read_frames(
            self._plan.clip if around is None else with_bars(self._plan.clip),
            start=self._plan.settings.start_frame + self._committed - known,
            count=None if wanted is None else wanted - self._committed + known,
            size=size if around is None else around.size,
            on_corrupt=self._plan.output.on_corrupt,
            keep_alpha=self._plan.keep_alpha,
            report=self._report,
        )
        for frame in islice(frames, known, None):
            yield frame if around is None else self._cut(frame, around), False

    def _cut(self, frame: Frame, around: Around) -> Frame:
        """The picture between the bars; the first frame in which it fills them is said."""
        cut = cut_out(frame, around, self._plan.size)
        filled = cut.around is not None and fills_bars(cut.around, around, self._plan.size)
        if filled and not self._told:
            self._told = True
            self._report(
                Notice(
                    f"frame {frame.index} shows picture where others have bars, and it is not "
                    "painted there; --paint-bars paints all"
                )
            )
        return cut


def cut_finder(settings: Settings) -> CutFinder:
    """What finds the cuts of a render: a list from a file, nothing, or the detector.

    Only the detector knows of passages: a list says where shots begin, and no more.
    """
    if settings.shots is not None:
        first = settings.start_frame
        listed = [i - first for i in read_shots_csv(settings.shots) if i > first]
        return lambda count, frame: Found(listed, count + 1, [], count + 1)
    if not settings.cuts:
        return lambda count, frame: Found([], count + 1, [], count + 1)
    detector = CutDetector()

    def find(count: int, frame: Frame | None) -> Found:
        before = len(detector.passages)
        if frame is None:
            return Found(detector.flush(), count, detector.passages[before:], count)
        cuts, seen = detector.push(count, frame.image), count + 1
        return Found(
            cuts,
            max(0, seen - LOOK_AHEAD),
            detector.passages[before:],
            max(0, seen - PASSAGE_LOOK_AHEAD),
        )

    return find
