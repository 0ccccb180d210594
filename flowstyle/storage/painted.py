"""The painted frames in the work folder, by kind (a sweep of a shot, or the result) and index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.images import to_tensor, to_uint16
from flowstyle.storage.cache import FrameCache
from flowstyle.storage.journal import Record
from flowstyle.storage.png import Picture
from flowstyle.storage.sources import load_frame
from flowstyle.storage.timeline import Timeline

KEPT = 6  # frames in memory: neighbours, a keyframe, and the one that is written out


class FrameFolder(Protocol):
    """What keeps the frames: a work folder, or a job's own one over it."""

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is committed."""

    def is_discarded(self, kind: str) -> bool:
        """Whether the kind was once complete and given up."""

    def load_image(self, kind: str, index: int) -> Picture:
        """A committed frame; KeyError if there is none."""

    def commit_image16(
        self, kind: str, index: int, image: NDArray[np.uint16], extra: Record | None = None
    ) -> None:
        """Keep a frame, on the disk when this returns."""

    def discard(self, kind: str) -> None:
        """Give up a kind."""

    @property
    def path(self) -> Path:
        """The folder, for messages."""


class PaintedFrames:
    """Painted frames; the state that one frame hands to the next is exactly what is kept here.

    Args:
        workdir: open work folder.
        timeline: woken when a frame is there.
    """

    def __init__(self, workdir: FrameFolder, timeline: Timeline) -> None:
        self._workdir = workdir
        self._timeline = timeline
        self._cache = FrameCache[tuple[str, int], Tensor](KEPT)

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is committed, or its whole kind was and has been given up since."""
        return self._workdir.is_done(kind, index) or self._workdir.is_discarded(kind)

    def load(self, kind: str, index: int) -> Tensor:
        """A committed frame, 1×3×H×W float32 on the CPU.

        Raises:
            StorageError: it is not there, or damaged.
        """
        known = self._cache.get((kind, index))
        if known is None:
            known = load_frame(self._workdir, kind, index)
            self._cache.put((kind, index), known)
        return known

    def commit(
        self, kind: str, index: int, image: Tensor, noted: Mapping[str, float]
    ) -> NDArray[np.uint16]:
        """Keep a frame at 16 bits; a later :meth:`load` gives just these values.

        On the disk when this returns: a kill loses the one frame in work.

        Args:
            kind: a plain lower-case name.
            index: of the frame.
            image: 1×3×H×W in [0, 1], on any device.
            noted: figures to keep with it, such as the seconds that painting it took.

        Returns:
            H×W×3, what was kept.
        """
        rounded = to_uint16(image)
        self._workdir.commit_image16(kind, index, rounded, dict(noted))
        self._cache.put((kind, index), to_tensor(rounded))
        self._timeline.wake()
        return rounded

    def discard(self, kind: str) -> None:
        """Give up a sweep that no later frame needs."""
        if not self._workdir.is_discarded(kind):
            self._workdir.discard(kind)

    def wait(self, kind: str, index: int) -> bool:
        """Wait for a frame.

        Returns:
            False at the end of the clip, or where the render was stopped.
        """
        if not self._timeline.exists(index):
            return False
        self._timeline.wait_until(lambda: self.is_done(kind, index))
        return self.is_done(kind, index)
