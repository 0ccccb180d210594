"""The clip's frames at render size, read once into the work folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.core.errors import StorageError
from flowstyle.core.images import to_tensor
from flowstyle.core.types import Frame
from flowstyle.storage.cache import FrameCache
from flowstyle.storage.png import Picture
from flowstyle.storage.reader import FolderReader
from flowstyle.storage.timeline import FrameTimes, Timeline
from flowstyle.storage.workdir import WorkDir

SOURCE, ALPHA, AROUND = "source", "alpha", "around"
INGESTED = "ingested"  # type of the journal's record
KEPT = 5  # frames in memory as tensors: those that every frame takes something from
PICTURES = 20  # and as pictures, of 8 or 16 bits: the frame eight before, and those on the way
LOOK = 0.05  # seconds between two looks for a frame that another process has not read yet


class SourceFrames:
    """Source frames by index; the reader adds them in order, everyone else loads them.

    Args:
        workdir: open work folder.
        timeline: told of each frame.
        ahead: for how many frames at a time flow is worked out.
    """

    def __init__(self, workdir: WorkDir, timeline: Timeline, ahead: int = 1) -> None:
        self._workdir = workdir
        self._timeline = timeline
        self._decoded = Decoded(workdir, ahead)

    def add(self, frame: Frame, *, committed: bool = False) -> None:
        """Append the next frame; ``frame.index`` is ignored, the order counts.

        Args:
            frame: at render size.
            committed: it is in the work folder already, from an earlier run.
        """
        index = self._timeline.count
        if not committed:
            extra = {"pts": frame.pts, "duration": frame.duration, "repeated": frame.repeated}
            if frame.alpha is not None:
                extra["alpha"] = True
                self._workdir.commit_async(ALPHA, index, frame.alpha)
            if frame.around is not None:
                extra["around"] = True
                self._workdir.commit_async(AROUND, index, frame.around)
            self._workdir.commit_async(SOURCE, index, frame.image, extra)
        if index <= self._timeline.wanted:  # somebody waits for it; others are far ahead
            self._decoded.keep(index, frame.image)
        self._timeline.add(FrameTimes(frame.pts, frame.duration, frame.repeated))

    def load(self, index: int) -> Tensor:
        """A frame, 1×3×H×W float32 on the CPU; waits until it has been read.

        Raises:
            StorageError: it is not there, or damaged.
            Cancelled: the render ended while it was waited for.
        """
        if not self._timeline.exists(index) and self._timeline.stopped:
            raise Cancelled("reading")
        return self._decoded.load(index)

    def alpha(self, index: int) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
        """A frame's alpha, H×W, or None."""
        return self._beside(ALPHA, index)

    def around(self, index: int) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
        """The larger picture that a frame was cut from, H×W×3, or None."""
        return self._beside(AROUND, index)

    def _beside(self, kind: str, index: int) -> NDArray[np.uint8] | NDArray[np.uint16] | None:
        """What a frame came with."""
        done = self._workdir.is_done
        if not done(SOURCE, index) or (self._came_with(kind, index) and not done(kind, index)):
            self._workdir.flush()  # it is on its way to the disk
        return self._workdir.load_image(kind, index) if done(kind, index) else None

    def _came_with(self, kind: str, index: int) -> bool:
        """Whether a committed frame came with alpha, or was cut from a larger picture."""
        return bool(self._workdir.extra(SOURCE, index).get(kind))

    # What an earlier run has read

    def committed_count(self) -> int:
        """Number of frames from the first on that an earlier run has read."""
        done = {
            index
            for index in self._workdir.verified(SOURCE)
            if all(
                not self._came_with(kind, index) or self._workdir.is_done(kind, index)
                for kind in (ALPHA, AROUND)
            )
        }
        count = 0
        while count in done:
            count += 1
        return count

    def committed(self, index: int) -> Frame:
        """A frame that an earlier run has read; alpha and what is around stay on the disk."""
        extra = self._workdir.extra(SOURCE, index)
        image = self._workdir.load_image(SOURCE, index)
        return Frame(
            index, extra["pts"], extra["duration"], image, repeated=extra.get("repeated", False)
        )

    def ingested(self) -> int | None:
        """Number of frames, if an earlier run came to their end."""
        records = self._workdir.records(INGESTED)
        return int(records[-1]["frames"]) if records else None

    def note_ingested(self, count: int) -> None:
        """Note that the clip has been read to its end."""
        self._workdir.note({"type": INGESTED, "frames": count})


class FollowedSources:
    """Source frames that another process reads into its work folder.

    Args:
        folder: that folder.
        ahead: see :class:`SourceFrames`.
    """

    def __init__(self, folder: FolderReader, ahead: int = 1) -> None:
        self._folder = folder
        self._decoded = Decoded(folder, ahead)

    def load(self, index: int) -> Tensor:
        """A frame, 1×3×H×W float32 on the CPU; waits until it has been read.

        Where it never comes, the other process sees to it that this one ends.

        Raises:
            StorageError: it is damaged.
        """
        while not self._folder.is_done(SOURCE, index):
            time.sleep(LOOK)
        return self._decoded.load(index)


class Loads(Protocol):
    """A folder that frames can be read from."""

    @property
    def path(self) -> Path:
        """The folder, for messages."""

    def load_image(self, kind: str, index: int) -> Picture:
        """A committed frame; KeyError if there is none."""


class Decoded:
    """Source frames in memory: the last ones as tensors, more as the pictures that they are.

    Frames are not asked for in the order of their last use: each is compared with one eight frames
    before, which nobody has asked for since.

    Args:
        folder: where all are.
        ahead: for how many frames at a time flow is worked out. Where these were not kept, each
            would be decoded for its flow, dropped, and decoded again to be painted.
    """

    def __init__(self, folder: Loads, ahead: int) -> None:
        self._folder = folder
        self._tensors = FrameCache[int, Tensor](KEPT + ahead - 1)
        self._pictures = FrameCache[int, Picture](PICTURES + 3 * (ahead - 1))

    def keep(self, index: int, picture: Picture) -> None:
        """Keep a frame that will soon be asked for; the caller may go on with the array."""
        self._pictures.put(index, picture.copy())

    def load(self, index: int) -> Tensor:
        """A frame, 1×3×H×W float32 on the CPU.

        Raises:
            StorageError: it is not there, or damaged.
        """
        known = self._tensors.get(index)
        if known is None:
            picture = self._pictures.get(index)
            if picture is None:
                picture = load_picture(self._folder, SOURCE, index)
            self._pictures.put(index, picture)
            known = to_tensor(picture)
            self._tensors.put(index, known)
        return known


def load_frame(workdir: Loads, kind: str, index: int) -> Tensor:
    """A committed frame, 1×3×H×W float32 on the CPU.

    Raises:
        StorageError: it is not there, or damaged.
    """
    return to_tensor(load_picture(workdir, kind, index))


def load_picture(workdir: Loads, kind: str, index: int) -> Picture:
    """A committed frame, H×W×3.

    Raises:
        StorageError: it is not there, or damaged.
    """
    try:
        return workdir.load_image(kind, index)
    except KeyError:
        raise StorageError(
            "a frame that is needed is gone or damaged",
            f"{kind} frame {index} in {workdir.path}",
            "run again with --restart: the earlier work is set aside",
        ) from None
