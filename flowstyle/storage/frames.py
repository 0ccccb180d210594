"""Frames of a render in its work folder, for several threads: reader, optimiser, flow, encoder."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.errors import StorageError
from flowstyle.core.images import to_tensor, to_uint16
from flowstyle.core.types import Frame
from flowstyle.storage import WorkDir
from flowstyle.temporal.frames import RESULT

SOURCE, ALPHA = "source", "alpha"
INGESTED = "ingested"  # type of the journal's record
KEPT = 12  # decoded frames in memory, whatever the clip's length


@dataclass(frozen=True)
class FrameTimes:
    """When a frame is shown, in units of the clip's time base."""

    pts: int
    duration: int
    repeated: bool = False


@dataclass
class Timeline:
    """What is known of the clip so far; guarded by the store's condition."""

    times: list[FrameTimes] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    cuts_known: int = 0
    """Cuts before this index are all known."""
    complete: bool = False
    failure: BaseException | None = None


class FrameStore:
    """Fulfils :class:`flowstyle.temporal.frames.Frames` on a work folder.

    The reader adds source frames and cuts while the optimiser waits for those it needs; the
    encoder waits for results. A failure of the reader surfaces in whoever waits.

    Args:
        workdir: open work folder.
    """

    def __init__(self, workdir: WorkDir) -> None:
        self._workdir = workdir
        self._files = threading.RLock()  # the work folder is for one thread at a time
        self._changed = threading.Condition()
        self._timeline = Timeline()
        self._cache: OrderedDict[tuple[str, int], Tensor] = OrderedDict()
        self._stopped = False

    # The reader's side

    def add_source(self, frame: Frame, *, committed: bool = False) -> None:
        """Append the next source frame; ``frame.index`` is ignored, the order counts.

        Args:
            frame: at render size.
            committed: it is in the work folder already, from an earlier run.
        """
        index = len(self._timeline.times)
        if not committed:
            extra = {"pts": frame.pts, "duration": frame.duration, "repeated": frame.repeated}
            with self._files:
                if frame.alpha is not None:
                    extra["alpha"] = True
                    self._workdir.commit_async(ALPHA, index, frame.alpha)
                self._workdir.commit_async(SOURCE, index, frame.image, extra)
        self._remember(SOURCE, index, to_tensor(frame.image))
        with self._changed:
            self._timeline.times.append(FrameTimes(frame.pts, frame.duration, frame.repeated))
            self._changed.notify_all()

    def add_cuts(self, cuts: list[int], known: int) -> None:
        """Note cuts; every cut before ``known`` is known now."""
        with self._changed:
            self._timeline.cuts.update(cuts)
            self._timeline.cuts_known = known
            self._changed.notify_all()

    def complete(self) -> None:
        """Say that no source frame follows."""
        with self._changed:
            self._timeline.complete = True
            self._timeline.cuts_known = len(self._timeline.times)
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Say that reading failed; whoever waits raises the error."""
        with self._changed:
            self._timeline.failure = error
            self._changed.notify_all()

    def stop(self) -> None:
        """Wake everyone who waits; they see the end of the clip."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether the render was told to end."""
        return self._stopped

    def committed_sources(self) -> int:
        """Number of source frames from the first on that an earlier run has read."""
        with self._files:
            done = {
                index
                for index in self._workdir.verified(SOURCE)
                if not self._workdir.extra(SOURCE, index).get("alpha")
                or self._workdir.is_done(ALPHA, index)
            }
        count = 0
        while count in done:
            count += 1
        return count

    def committed_source(self, index: int) -> Frame:
        """A source frame that an earlier run has read; alpha stays on the disk."""
        with self._files:
            extra = self._workdir.extra(SOURCE, index)
            image = self._workdir.load_image(SOURCE, index)
        return Frame(
            index, extra["pts"], extra["duration"], image, repeated=extra.get("repeated", False)
        )

    def ingested(self) -> int | None:
        """Number of source frames, if an earlier run came to their end."""
        with self._files:
            records = self._workdir.records(INGESTED)
        return int(records[-1]["frames"]) if records else None

    def note_ingested(self, count: int) -> None:
        """Note that the source has been read to its end."""
        with self._files:
            self._workdir.note({"type": INGESTED, "frames": count})

    # What is known

    def exists(self, index: int) -> bool:
        """Whether the render has this frame; waits until that is known."""
        self._wait(lambda t: len(t.times) > index or t.complete)
        return len(self._timeline.times) > index

    def begins_shot(self, index: int) -> bool:
        """Whether a cut lies before this frame; waits until that is known."""
        self._wait(lambda t: t.cuts_known > index or t.complete)
        return index in self._timeline.cuts

    def times(self, index: int) -> FrameTimes:
        """When an existing frame is shown."""
        return self._timeline.times[index]

    @property
    def count(self) -> int:
        """Number of source frames so far."""
        return len(self._timeline.times)

    @property
    def cuts(self) -> list[int]:
        """Cuts known so far, in order."""
        with self._changed:
            return sorted(self._timeline.cuts)

    def repeated(self) -> list[int]:
        """Frames that stand in for corrupt ones."""
        return [i for i, times in enumerate(self._timeline.times) if times.repeated]

    # Frames

    def source(self, index: int) -> Tensor:
        """The source frame, 1×3×H×W float32 on the CPU."""
        return self.load(SOURCE, index)

    def alpha(self, index: int) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
        """The source's alpha, H×W, or None."""
        with self._files:
            self._workdir.flush()
            if not self._workdir.is_done(ALPHA, index):
                return None
            return self._workdir.load_image(ALPHA, index)

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is committed, or was and has been superseded since."""
        with self._files:
            if (kind, index) in self._cache:
                return True
            return self._workdir.is_done(kind, index) or self._workdir.is_discarded(kind)

    def load(self, kind: str, index: int) -> Tensor:
        """A committed frame, 1×3×H×W float32 on the CPU."""
        with self._files:
            cached = self._cache.get((kind, index))
            if cached is not None:
                self._cache.move_to_end((kind, index))
                return cached
            self._workdir.flush()
            try:
                image = to_tensor(self._workdir.load_image(kind, index))
            except KeyError:
                raise StorageError(
                    "a frame that is needed is gone or damaged",
                    f"{kind} frame {index} in {self._workdir.path}",
                    "run again with --restart: the earlier work is set aside",
                ) from None
            self._remember(kind, index, image)
            return image

    def commit(self, kind: str, index: int, image: Tensor, seconds: float) -> None:
        """Keep a stylised frame at 16 bits; a later :meth:`load` gives just these values."""
        rounded = to_uint16(image)
        with self._files:
            # On the disk before the next frame begins: a kill loses the one frame in work.
            self._workdir.commit_image16(kind, index, rounded, {"seconds": round(seconds, 3)})
            self._remember(kind, index, to_tensor(rounded))
        with self._changed:
            self._changed.notify_all()

    def discard(self, kind: str) -> None:
        """Give up a sweep that no later frame needs."""
        with self._files:
            if not self._workdir.is_discarded(kind):
                self._workdir.discard(kind)

    def wait_result(self, index: int) -> bool:
        """Wait for a stylised frame.

        Returns:
            False at the end of the clip, or where the render was stopped.
        """
        if not self.exists(index):
            return False
        self._wait(lambda _: self.is_done(RESULT, index))
        return self.is_done(RESULT, index)

    def flush(self) -> None:
        """Wait until all that was committed is on the disk."""
        with self._files:
            self._workdir.flush()

    def _remember(self, kind: str, index: int, image: Tensor) -> None:
        with self._files:
            self._cache[kind, index] = image
            while len(self._cache) > KEPT:
                self._cache.popitem(last=False)

    def _wait(self, ready: Callable[[Timeline], bool]) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or self._timeline.failure or ready(self._timeline)
            )
            if self._timeline.failure is not None and not ready(self._timeline):
                raise self._timeline.failure
