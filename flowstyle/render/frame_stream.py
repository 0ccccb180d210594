"""Frames in, painted frames out: for programs that decode and show clips themselves."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.device import find_device, reproducible
from flowstyle.core.errors import Interrupted, UsageError, VideoError
from flowstyle.core.events import Notice, Report, ignore
from flowstyle.core.images import to_uint8
from flowstyle.core.types import Frame
from flowstyle.engines.protocol import EngineContext
from flowstyle.execution.clip import paint_clip
from flowstyle.execution.inline import InlineExecutor
from flowstyle.execution.job import ShotJob
from flowstyle.execution.protocol import Workplace
from flowstyle.flow.pairs import FlowPairs, pairs_at_once, pairs_kept
from flowstyle.flow.protocol import FlowMethod
from flowstyle.guides.styles import StylePicture
from flowstyle.media.picture_folder import resize_picture
from flowstyle.render.adapt import adapted
from flowstyle.render.encode import finished
from flowstyle.render.failures import memory_explained
from flowstyle.render.ingest import cut_finder
from flowstyle.render.passes import memory_for
from flowstyle.render.prepare import OWN, Parts, Tools, choose_flow, choose_tools
from flowstyle.render.size import MIN_SIDE
from flowstyle.render.style_pictures import Pixels, StyleLike, as_pixels, read_styles
from flowstyle.settings import Settings, given_settings
from flowstyle.storage.painted import PaintedFrames
from flowstyle.storage.sources import SourceFrames
from flowstyle.storage.timeline import Timeline
from flowstyle.storage.workdir import WorkDir
from flowstyle.temporal.frames import RESULT, Frames


def stylize_frames(
    frames: Iterable[NDArray[np.generic]],
    styles: Sequence[StyleLike],
    settings: Settings | None = None,
    *,
    blend: Sequence[float] | None = None,
    parts: Parts = OWN,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Iterator[NDArray[np.uint8]]:
    """Paint frames as they come.

    Memory does not grow with their number; until the end they are kept in a temporary folder (about
    6 bytes a pixel; ``TMPDIR`` says where). Frames are taken some way ahead of those that are given
    back (paint for what comes into view is borrowed from there), on the thread that asks for the
    results.

    Args:
        frames: arrays H×W×3 RGB of one size, uint8, uint16, or float in [0, 1].
        styles: pictures.
        settings: None takes the preset ``default``. ``start_frame``, ``frames`` and ``width`` count
            as for a clip.
        blend: weight of each style; None weighs them alike.
        parts: feature network, flow or engine of the caller's own.
        report: progress, decisions, notices.
        cancel: asked before every iteration.

    Yields:
        H×W×3 RGB, one for each frame, in order.

    Raises:
        UsageError: there is no frame, or it is too small.
        VideoError: the frames differ in size.
        FlowstyleError: whatever prevents a frame.
        Interrupted: cancelled.

    Example:
        >>> clip = [np.full((16, 20, 3), level, np.uint8) for level in (40, 50)]
        >>> quick = Settings.from_preset(
        ...     "draft", features="compact", first_iterations=1, iterations=1
        ... )
        >>> [frame.shape for frame in stylize_frames(clip, [clip[0]], quick)]
        [(16, 20, 3), (16, 20, 3)]
    """
    settings = given_settings(settings, "default")
    stop = None if settings.frames is None else settings.start_frame + settings.frames
    wanted = (as_pixels(frame) for frame in islice(frames, settings.start_frame, stop))
    first = next(wanted, None)
    if first is None:
        raise UsageError("there is no frame to paint", "frames", "give at least one frame")
    pictures = read_styles(styles, blend, report)
    device = find_device(settings.device)
    tools = choose_tools(settings, parts, device, report, pictures)
    settings = adapted(tools.engine, settings, report)
    if settings.part:
        report(Notice("part has no effect here: frames are painted as they come"))
        settings = settings.changed(part=0)
    flow = choose_flow(settings, parts, device, report)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flowstyle-")))
        workdir = stack.enter_context(WorkDir.open(folder / "frames", {}))
        stream = _Stream(
            chain([first], wanted),
            settings,
            _size_of(first, settings),
            workdir,
            cancel,
            pairs_at_once(flow, device),
        )
        painter = _Painter(stream, pictures, tools, flow, workdir.path, report)
        painter.start()
        stack.callback(painter.end)
        yield from stream.results(painter)


def _size_of(frame: Pixels, settings: Settings) -> tuple[int, int]:
    """(width, height) of the results."""
    height, width = frame.shape[:2]
    if settings.width is not None and settings.width != width:
        width, height = settings.width, max(2, 2 * round(height * settings.width / width / 2))
    if min(width, height) < MIN_SIDE:
        raise UsageError(
            f"frames of {width}×{height} are too small",
            "frames",
            f"use frames of at least {MIN_SIDE}×{MIN_SIDE} pixels",
        )
    return width, height


class _Stream:
    """Frames on their way: taken from the caller, kept, and given back when they are painted."""

    def __init__(
        self,
        frames: Iterator[Pixels],
        settings: Settings,
        size: tuple[int, int],
        workdir: WorkDir,
        cancel: CancelToken | None,
        ahead: int,
    ) -> None:
        self.settings = settings
        self.size = size
        self.cancel = CancelToken(cancel)
        self.timeline = Timeline()
        self.sources = SourceFrames(workdir, self.timeline, ahead)
        self.painted = PaintedFrames(workdir, self.timeline)
        self._frames = frames
        self._cuts = cut_finder(settings)
        self._shape: tuple[int, ...] | None = None
        self._ended = False

    def results(self, painter: _Painter) -> Iterator[NDArray[np.uint8]]:
        """Take frames while there is room, and give back what is painted."""
        index = 0
        while True:
            while not self._ended and self.timeline.has_room:
                self._take()
            self.timeline.wait_until(partial(self._may_go_on, index, painter))
            if self._ready(index):
                keeps = self.settings.original_colors
                yield to_uint8(finished(self.sources, self.painted, index, keeps))
                index += 1
            elif painter.ended:
                painter.result()
                return

    def _may_go_on(self, index: int, painter: _Painter) -> bool:
        """Whether there is a result to give back, room for a frame, or an end."""
        room = not self._ended and self.timeline.has_room
        return room or painter.ended or self._ready(index)

    def _ready(self, index: int) -> bool:
        return index < self.timeline.count and self.painted.is_done(RESULT, index)

    def _take(self) -> None:
        """Take the caller's next frame."""
        count, pixels = self.timeline.count, next(self._frames, None)
        if pixels is None:
            self._ended = True
            self.timeline.add_cuts(*self._cuts(count, None))
            self.timeline.complete()
            return
        self._shape = self._shape or pixels.shape
        if pixels.shape != self._shape:
            raise VideoError(
                f"the frames differ in size: {pixels.shape} after {self._shape}",
                f"frame {count}",
                "give frames of one size",
            )
        frame = Frame(count, count, 1, resize_picture(pixels, self.size))
        self.sources.add(frame)
        self.timeline.add_cuts(*self._cuts(count, frame))


class _Painter:
    """Paints a stream on a thread of its own."""

    def __init__(
        self,
        stream: _Stream,
        pictures: tuple[StylePicture, ...],
        tools: Tools,
        flow: FlowMethod,
        folder: Path,
        report: Report,
    ) -> None:
        self._stream = stream
        self._pictures = pictures
        self._folder = folder
        self._tools = tools
        self._pairs = FlowPairs(
            flow,
            stream.sources.load,
            first=stream.settings.start_frame,
            keep=pairs_kept(stream.size, stream.settings.sweeps + 1),
            device=tools.device,
            cancel=stream.cancel,
        )
        self._largest_pass = tools.largest_pass(stream.settings, stream.size, report)
        context = EngineContext(
            stream.settings,
            tools.device,
            tools.network,
            tools.style_loss,
            report,
            stream.cancel,
            self._largest_pass,
        )
        frames = Frames(stream.timeline, stream.sources, stream.painted)
        self._executor = InlineExecutor(Workplace(frames, tools.engine, self._pairs, context))
        self._thread = threading.Thread(target=self._work, name="paint", daemon=True)
        self._failure: BaseException | None = None
        self.ended = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Stop, wherever it is, and wait."""
        self._stream.cancel.cancel()
        self._stream.timeline.stop()
        self._thread.join()
        self._pairs.close()

    def result(self) -> None:
        """Raise what ended the painting, if it was not the last frame.

        Raises:
            Interrupted: cancelled.
            BaseException: whatever prevented a frame.
        """
        if isinstance(self._failure, Cancelled):
            signum = self._stream.cancel.signum or 0
            raise Interrupted(signum, self._failure, "paint the frames again from the start")
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        try:
            settings, size = self._stream.settings, self._stream.size
            with (
                reproducible(self._tools.device),
                memory_explained(self._tools, settings, size),
                memory_for(self._largest_pass),
            ):
                paint_clip(self._executor, self._job, self._stream.timeline)
        except BaseException as error:  # handed to the thread that asks for the results
            self._failure = error
        finally:
            self.ended = True
            self._stream.timeline.wake()

    def _job(self, first: int, last: int | None) -> ShotJob:
        settings = self._stream.settings
        return ShotJob(self._folder, first, last, settings, settings.seed, self._pictures)
