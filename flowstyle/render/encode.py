"""Writes the result while it is made, in the order of time, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.colour import keep_colours
from flowstyle.core.errors import FlowstyleError
from flowstyle.core.images import in_depth_of, to_uint8, to_uint16
from flowstyle.core.types import Frame
from flowstyle.media.colour import Picture
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.render.prepare import Plan
from flowstyle.storage.painted import PaintedFrames
from flowstyle.storage.sources import SourceFrames
from flowstyle.storage.timeline import Timeline
from flowstyle.temporal.frames import RESULT


class Encoder(threading.Thread):
    """Feeds a :class:`~flowstyle.media.frame_writer.FrameWriter` with committed frames.

    Args:
        plan: of the render.
        timeline: tells which frames there are.
        sources: gives alpha and, where they are kept, the source's colours.
        painted: gives the frames.
        open_writer: opens the writer of the output, on this thread.
        preview: a second writer whose clip can be watched meanwhile.
        cancel: cancelled when writing fails, so that nothing is painted in vain.
    """

    def __init__(
        self,
        plan: Plan,
        timeline: Timeline,
        sources: SourceFrames,
        painted: PaintedFrames,
        open_writer: Callable[[], FrameWriter],
        preview: FrameWriter,
        cancel: CancelToken,
    ) -> None:
        super().__init__(name="encode", daemon=True)
        self._plan = plan
        self._timeline = timeline
        self._sources = sources
        self._painted = painted
        self._open_writer = open_writer
        self._preview: FrameWriter | None = preview
        self._cancel = cancel
        self._failure: BaseException | None = None
        self.frames = 0

    def run(self) -> None:
        """Write all frames, verify the file and put it in place; nothing of it if stopped."""
        try:
            writer = self._open_writer()
            try:
                while self._painted.wait(RESULT, self.frames):
                    frame = self._frame(self.frames)
                    writer.write(frame)
                    self._show(frame)
                    self.frames += 1
                if not self._timeline.stopped:
                    writer.finish()
                    return
            except BaseException:
                writer.abort()
                raise
            writer.abort()
        except BaseException as error:
            self._failure = error
            self._cancel.cancel()

    def _show(self, frame: Frame) -> None:
        """Add a frame to the preview; one that cannot be written is no reason to stop."""
        try:
            if self._preview is not None:
                self._preview.write(frame)
        except FlowstyleError:
            self._preview = None

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
        times = self._timeline.times(index)
        image = finished(self._sources, self._painted, index, self._plan.settings.original_colors)
        # Sources of more than 8 bits are handed over at 16.
        deep = self._plan.clip.bit_depth > 8
        return Frame(
            index=self._plan.settings.start_frame + index,
            pts=times.pts,
            duration=times.duration,
            image=self._whole(index, to_uint16(image) if deep else to_uint8(image)),
            alpha=self._sources.alpha(index),
            repeated=times.repeated,
        )

    def _whole(self, index: int, image: Picture) -> Picture:
        """The painted picture between the bars that the frame was cut from."""
        place = self._plan.around
        around = None if place is None else self._sources.around(index)
        if place is None or around is None:
            return image
        whole = in_depth_of(image, around)  # pictures of a folder may differ in it
        whole[place.window(self._plan.size)] = image
        return whole


def finished(
    sources: SourceFrames, painted: PaintedFrames, index: int, original_colors: bool
) -> Tensor:
    """A frame as it is written, 1×3×H×W in [0, 1].

    Original colours are applied here and nowhere else: what is warped forward keeps the style's.

    Args:
        sources: give the colours.
        painted: gives the frame.
        index: of the frame.
        original_colors: keep the source's colours.
    """
    image = painted.load(RESULT, index)
    return keep_colours(image, sources.load(index)) if original_colors else image
