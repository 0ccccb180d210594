"""Reads the clip into the work folder, once, on a thread of its own, and finds the cuts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import islice

from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media.reader import OnCorrupt, read_frames
from flowstyle.media.shots import LOOK_AHEAD, CutDetector, read_shots_csv
from flowstyle.settings import Settings
from flowstyle.storage.frames import FrameStore

CutFinder = Callable[[int, Frame | None], tuple[list[int], int]]
"""From the number of frames before and a frame (None at the end) to new cuts and the index up to
which all cuts are known."""


class Ingest(threading.Thread):
    """Feeds a :class:`FrameStore`.

    Frames that an earlier run has read are taken from the work folder and not decoded again: a
    damaged stream could decode differently.

    Args:
        store: gets the frames.
        info: the clip.
        settings: piece of the clip, cuts.
        size: (width, height) of the render.
        on_corrupt: stop at damaged frames, or repeat the one before.
        keep_alpha: keep the alpha channel for the output; otherwise frames are put on black.
    """

    def __init__(
        self,
        store: FrameStore,
        info: ClipInfo,
        settings: Settings,
        size: tuple[int, int],
        on_corrupt: OnCorrupt = "stop",
        keep_alpha: bool = False,
    ) -> None:
        super().__init__(name="ingest", daemon=True)
        self._store = store
        self._info = info
        self._settings = settings
        self._size = size
        self._on_corrupt: OnCorrupt = on_corrupt
        self._keep_alpha = keep_alpha
        self._committed = store.committed_sources()
        self._finished = store.ingested() == self._committed

    def run(self) -> None:
        """Read everything; failures go to whoever waits for frames."""
        try:
            self._read()
        except BaseException as error:
            self._store.fail(error)

    def _read(self) -> None:
        cuts = self._cut_finder()
        count = 0
        for frame, committed in self._frames():
            if self._store.stopped:
                return
            self._store.add_source(frame, committed=committed)
            self._store.add_cuts(*cuts(count, frame))
            count += 1
        self._store.add_cuts(*cuts(count, None))
        if not self._finished:
            self._store.note_ingested(count)
        self._store.complete()

    def _frames(self) -> Iterator[tuple[Frame, bool]]:
        for index in range(self._committed):
            yield self._store.committed_source(index), True
        if self._finished:
            return
        wanted = self._settings.frames
        if wanted == self._committed:
            return
        # One frame that is there already is read again: a clip that ends with it is no error.
        known = min(1, self._committed)
        frames = read_frames(
            self._info,
            start=self._settings.start_frame + self._committed - known,
            count=None if wanted is None else wanted - self._committed + known,
            size=self._size,
            on_corrupt=self._on_corrupt,
            keep_alpha=self._keep_alpha,
        )
        for frame in islice(frames, known, None):
            yield frame, False

    def _cut_finder(self) -> CutFinder:
        if self._settings.shots is not None:
            first = self._settings.start_frame
            listed = [i - first for i in read_shots_csv(self._settings.shots) if i > first]
            return lambda count, frame: (listed, count + 1)
        if not self._settings.cuts:
            return lambda count, frame: ([], count + 1)
        detector = CutDetector()

        def find(count: int, frame: Frame | None) -> tuple[list[int], int]:
            if frame is None:
                return detector.flush(), count
            return detector.push(count, frame.image), max(0, count + 1 - LOOK_AHEAD)

        return find
