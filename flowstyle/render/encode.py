"""Writes the result while it is made, in the order of time, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from torch import Tensor

from flowstyle.core.colour import keep_colours
from flowstyle.core.errors import FlowstyleError
from flowstyle.core.images import to_uint8, to_uint16
from flowstyle.core.types import Frame
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.storage.frames import FrameStore
from flowstyle.temporal.frames import RESULT


class Encoder(threading.Thread):
    """Feeds a :class:`~flowstyle.media.frame_writer.FrameWriter` with frames as they are committed.

    Args:
        store: gives the frames.
        open_writer: opens the writer of the output, on this thread.
        original_colors: keep the source's colours.
        start_frame: index in the clip of the render's first frame.
        preview: a second writer whose clip can be watched meanwhile.
        deep: hand over 16 bits instead of 8, for sources of more than 8 bits.
    """

    def __init__(
        self,
        store: FrameStore,
        open_writer: Callable[[], FrameWriter],
        *,
        original_colors: bool,
        start_frame: int,
        deep: bool,
        preview: FrameWriter | None = None,
    ) -> None:
        super().__init__(name="encode", daemon=True)
        self._store = store
        self._open_writer = open_writer
        self._original_colors = original_colors
        self._start_frame = start_frame
        self._deep = deep
        self._preview = preview
        self._failure: BaseException | None = None
        self.frames = 0

    def run(self) -> None:
        """Write all frames, verify the file and put it in place; nothing of it if stopped."""
        try:
            writer = self._open_writer()
            try:
                while self._store.wait_result(self.frames):
                    frame = self._frame(self.frames)
                    writer.write(frame)
                    self._show(frame)
                    self.frames += 1
                if not self._store.stopped:
                    writer.finish()
                    return
            except BaseException:
                writer.abort()
                raise
            writer.abort()
        except BaseException as error:
            self._failure = error

    def _show(self, frame: Frame) -> None:
        """Add a frame to the preview; one that cannot be written is no reason to stop."""
        try:
            if self._preview is not None:
                self._preview.write(frame)
        except FlowstyleError:
            self._preview = None

    @property
    def failed(self) -> bool:
        """Whether writing has failed; :meth:`result` raises why."""
        return self._failure is not None

    def result(self) -> int:
        """Wait for the end.

        Returns:
            Number of frames written.

        Raises:
            FlowstyleError: if the output could not be written.
        """
        self.join()
        if self._failure is not None:
            raise self._failure
        return self.frames

    def _frame(self, index: int) -> Frame:
        times = self._store.times(index)
        image = finished(self._store, index, original_colors=self._original_colors)
        return Frame(
            index=self._start_frame + index,
            pts=times.pts,
            duration=times.duration,
            image=to_uint16(image) if self._deep else to_uint8(image),
            alpha=self._store.alpha(index),
            repeated=times.repeated,
        )


def finished(store: FrameStore, index: int, *, original_colors: bool) -> Tensor:
    """A frame as it is written, 1×3×H×W in [0, 1].

    Original colours are applied here and nowhere else: what is warped forward keeps the style's.

    Args:
        store: gives the frames.
        index: of the frame.
        original_colors: keep the source's colours.
    """
    image = store.load(RESULT, index)
    return keep_colours(image, store.source(index)) if original_colors else image
