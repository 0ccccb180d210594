"""What is known of a clip while it is read: its frames' times, its cuts, its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flowstyle.core.types import Passage, Survey

READ_AHEAD = 80
"""Frames that are read ahead of those asked for: as many as it takes to judge whether a frame lies
in a passage between two shots, and some more."""


@dataclass(frozen=True)
class FrameTimes:
    """When a frame is shown, in units of the clip's time base."""

    pts: int
    duration: int
    repeated: bool = False


class Timeline:
    """Tells several threads what one of them, the reader, has found out so far.

    Whoever asks for what is not known yet waits. A failure of the reader is raised in whoever
    waits for what it will not find any more.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._times: list[FrameTimes] = []
        self._cuts: set[int] = set()
        self._cuts_known = 0  # cuts before this index are all known
        self._passages: list[Passage] = []
        self._passages_known = 0  # those that begin before this index are all known
        self._complete = False
        self._failure: BaseException | None = None
        self._stopped = False
        self._wanted = 0  # the last frame that was asked for

    @classmethod
    def of(cls, survey: Survey) -> Timeline:
        """One that knows all from the beginning but the times of the frames."""
        timeline = cls()
        timeline._times = [FrameTimes(0, 0)] * survey.frames
        timeline.add_cuts(survey.cuts, survey.frames, survey.passages, survey.frames)
        timeline.complete()
        return timeline

    # The reader's side

    def add(self, times: FrameTimes) -> None:
        """Append the next frame, which must be readable by now."""
        with self._changed:
            self._times.append(times)
            self._changed.notify_all()

    def add_cuts(
        self,
        cuts: Iterable[int],
        known: int,
        passages: Iterable[Passage] = (),
        passages_known: int = 0,
    ) -> None:
        """Note what is known of the shots.

        Args:
            cuts: new ones.
            known: every cut before this frame is known now.
            passages: new ones.
            passages_known: every passage that begins before this frame is known now.
        """
        with self._changed:
            self._cuts.update(cuts)
            self._cuts_known = known
            self._passages += passages
            self._passages_known = passages_known
            self._changed.notify_all()

    def complete(self) -> None:
        """Say that no frame follows."""
        with self._changed:
            self._complete = True
            self._cuts_known = self._passages_known = len(self._times)
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Say that reading failed; whoever waits raises the error."""
        with self._changed:
            self._failure = error
            self._changed.notify_all()

    def wait_for_room(self) -> bool:
        """Wait while the reader is far ahead of all who ask.

        Returns:
            False if the render was told to end.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self.has_room)
            return not self._stopped

    @property
    def has_room(self) -> bool:
        """Whether the next frame is not far ahead of all that were asked for."""
        return len(self._times) <= self._wanted + READ_AHEAD

    # Everyone's side

    def stop(self) -> None:
        """Wake everyone who waits; they see the end of the clip."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def check(self) -> None:
        """Raise the reader's failure, if it failed.

        Raises:
            BaseException: why.
        """
        if self._failure is not None:
            raise self._failure

    @property
    def stopped(self) -> bool:
        """Whether the render was told to end."""
        return self._stopped

    def exists(self, index: int) -> bool:
        """Whether the render has this frame; waits until that is known."""
        self.want(index)
        self.wait_until(lambda: len(self._times) > index or self._complete)
        return len(self._times) > index

    def begins_shot(self, index: int) -> bool:
        """Whether a cut lies before this frame; waits until that is known."""
        self.want(index)
        self.wait_until(lambda: self._cuts_known > index or self._complete)
        return index in self._cuts

    def passage(self, index: int) -> Passage | None:
        """The passage that a frame lies in, if any; waits until that is known."""
        self.want(index)
        self.wait_until(lambda: self._passages_known > index or self._complete)
        found = (one for one in self._passages if one.first <= index <= one.last)
        return next(found, None)

    def times(self, index: int) -> FrameTimes:
        """When an existing frame is shown."""
        return self._times[index]

    @property
    def wanted(self) -> int:
        """The last frame that was asked for."""
        return self._wanted

    @property
    def count(self) -> int:
        """Number of frames so far."""
        return len(self._times)

    @property
    def cuts(self) -> list[int]:
        """Cuts known so far, in order; only of frames that exist."""
        with self._changed:
            return sorted(cut for cut in self._cuts if cut < len(self._times))

    def repeated(self) -> list[int]:
        """Frames that stand in for corrupt ones."""
        return [i for i, times in enumerate(list(self._times)) if times.repeated]

    def wake(self) -> None:
        """Let everyone look again at what they wait for in :meth:`wait_until`."""
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait for something, the end of the render, or a failure of the reader.

        Args:
            ready: must not wait itself; looked at again whenever something has changed.

        Raises:
            BaseException: the reader's failure, unless ``ready`` holds all the same.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._failure or ready())
            if self._failure is not None and not ready():
                raise self._failure

    def want(self, index: int) -> None:
        """Let the reader go on to this frame and some way further."""
        with self._changed:
            if index > self._wanted:
                self._wanted = index
                self._changed.notify_all()
