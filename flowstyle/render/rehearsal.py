"""A few seconds of measuring before a render: a small piece is painted, and thrown away."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import torch

from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import Event, FrameReady, Progress, Report, Stage
from flowstyle.core.images import to_uint16
from flowstyle.core.types import fitted
from flowstyle.engines.protocol import EngineContext, ShotOpening
from flowstyle.flow.registry import make_flow
from flowstyle.guides.styles import ConstantStyles
from flowstyle.media.carried import Carried
from flowstyle.media.output import is_pictures
from flowstyle.media.reader import read_frames
from flowstyle.render.encode import finished
from flowstyle.render.estimate import Line, Measuring, PerPixel, Step
from flowstyle.render.ingest import cut_finder
from flowstyle.render.measuring import timed_measuring
from flowstyle.render.preflight import step_of
from flowstyle.render.prepare import Plan
from flowstyle.render.session import Session, open_session
from flowstyle.render.size import narrowest
from flowstyle.render.stopwatch import Pace, Stopwatch
from flowstyle.temporal.task import FrameTask

SMALL = 320 * 180
"""Pixels of a frame of the piece; a render whose frames have fewer is rehearsed as it is."""
LARGE = 1024 * 576
"""Pixels of the larger pass of the network: from there on its time grows with the pixels."""
FRAMES = 6
"""Of the piece: a first frame, and enough later ones for a mean."""
LOOK = 3.0
"""Seconds in which cuts are looked for; what is not seen is taken to be like what is."""


@dataclass(frozen=True)
class Piece:
    """What painting the piece took.

    Args:
        pace: seconds of its frames.
        figures: seconds of measuring; None where none is asked for.
        result: bytes of the result, a pixel and frame.
    """

    pace: Pace
    figures: Measuring | None
    result: float


def small_width(plan: Plan) -> int:
    """Width of the piece: that of the render, or less, where its frames stay large enough."""
    width = plan.whole[0]
    if plan.size[0] * plan.size[1] <= SMALL:
        return width
    small = 2 * round(width * _shrink(plan.size, SMALL) / 2)
    return min(width, max(small, narrowest(plan.clip)))


def rehearse(plan: Plan, effort: float, report: Report, cancel: CancelToken) -> Piece:
    """Paint some frames small, write and measure them as the render would, and delete them.

    Args:
        plan: of the render.
        effort: of the piece.
        report: told the progress, and nothing else.
        cancel: asked before every iteration.

    Raises:
        Interrupted: cancelled.
        FlowstyleError: whatever would prevent the render too.
    """
    with tempfile.TemporaryDirectory(prefix="flowstyle-") as folder:
        small = _small(plan, effort, Path(folder))
        watch = _Watch(report, small.total)
        with open_session(small, watch, cancel) as session:
            pace = session.paint()
            watch.watch.over(small.settings.sweeps, watch.ready)
            session.written(pace)
            figures = _measuring(session) if small.output.measure else None
        pixels = small.size[0] * small.size[1]
        written = sum(file.stat().st_size for file in _files(small.path))
        return Piece(watch.watch.pace(), figures, written / watch.ready / pixels)


def _measuring(session: Session) -> Measuring:
    """The time of measuring, by the frames of the piece."""
    sources, painted = session.sources, session.painted
    pairs = []
    for index in range(session.timeline.count):
        styled = finished(sources, painted, index, session.plan.settings.original_colors)
        pairs.append((to_uint16(sources.load(index)), to_uint16(styled)))
    return timed_measuring(pairs, session.plan)


def _small(plan: Plan, effort: float, folder: Path) -> Plan:
    """The piece: from a third of the clip, where it is most itself."""
    total = plan.total or FRAMES
    count = min(FRAMES, total)
    settings = plan.settings.changed(
        width=small_width(plan),
        start_frame=plan.settings.start_frame + min((total - count) // 3, 200),
        frames=count,
        effort=effort,
        shots=None,  # whose numbers are the clip's
        part=0,
    )
    path = folder / ("frames" if is_pictures(plan.path) else f"piece{plan.path.suffix}")
    flow = plan.flow
    if flow.reach == "files":  # which have the render's size
        flow = make_flow("auto", plan.tools.device, settings.flow_quality)
    return replace(
        plan,
        settings=settings,
        output=replace(plan.output, path=path, restart=False, debug=False),
        shares=replace(plan.shares, executor="inline", workers=1),  # as one of them would
        path=path,
        size=fitted(plan.clip, settings.width),
        around=None,  # bars take no time
        total=count,
        flow=flow,
        carried=Carried(),
    )


class _Watch:
    """Takes the time of frames; of all events only the progress goes on."""

    def __init__(self, report: Report, total: int | None) -> None:
        self._report, self._total = report, total
        self.watch = Stopwatch()
        self.ready = 0
        self.watch.begin()

    def __call__(self, event: Event) -> None:
        self.watch(event)
        if isinstance(event, FrameReady) and event.sweep == 1:
            self.ready += 1
            self._report(Progress(Stage.REHEARSAL, self.ready, self._total))


def _files(path: Path) -> list[Path]:
    return [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]


@dataclass(frozen=True)
class Pass:
    """A pass of what paints: pixels, seconds, bytes held at most."""

    pixels: int
    seconds: float
    memory: float


def passes(plan: Plan, tries: tuple[int, int] = (3, 3)) -> tuple[Pass, Pass]:
    """A small pass and a larger one, at most at the render's own size.

    A pass goes through the feature network and back; for an engine that does not optimise it
    paints a picture.

    Args:
        plan: of the render.
        tries: of the small one and of the larger one; the quickest counts. The first of all also
            finds memory and kernels.
    """
    small, large = (
        pass_at(plan, _within(plan.size, pixels), count)
        for pixels, count in zip((SMALL, LARGE), tries, strict=True)
    )
    return small, large


def scale_of(small: Pass, large: Pass, device: torch.device) -> Step:
    """Seconds of a pass over its pixels.

    A CPU's time grows with them; a GPU is not filled by few, so that a line tells it better.

    Args:
        small: a pass.
        large: a larger one.
        device: that they were made on.
    """
    points = (small.pixels, small.seconds), (large.pixels, large.seconds)
    return PerPixel(*points) if device.type == "cpu" else Line(*points)


def pass_at(plan: Plan, size: tuple[int, int], tries: int) -> Pass:
    """A pass at some size, the quickest of some tries.

    Args:
        plan: of the render.
        size: (width, height).
        tries: 1 or more.
    """
    device = plan.tools.device
    step = _step(plan)
    times = []
    with held_at_most(device) as held:
        for _ in range(tries):
            began = time.perf_counter()
            step(size[1], size[0])
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            times.append(time.perf_counter() - began)
    return Pass(size[0] * size[1], min(times), held[0])


def _step(plan: Plan) -> Callable[[int, int], object]:
    """What is done in a pass of a given height and width."""
    tools, settings = plan.tools, plan.settings
    if tools.optimises:
        loss = step_of(tools.network, settings, tools.device)
        return lambda height, width: loss(height, width).backward()  # type: ignore[no-untyped-call]
    context = EngineContext(settings, tools.device, tools.network, tools.style_loss)
    styles = ConstantStyles.of(plan.styles, tools.device)

    def paint(height: int, width: int) -> object:
        content = torch.rand(1, 3, height, width, device=tools.device)
        painter = tools.engine.open(ShotOpening(0, content), styles, context)
        return painter.paint(FrameTask(0, 0, Stage.PICTURE, content))

    return paint


@contextmanager
def held_at_most(device: torch.device) -> Iterator[list[float]]:
    """Gives a list of one number: bytes of memory held at most in the block, once it has ended.

    On the CPU it is looked at a hundred times a second.
    """
    held = [0.0]
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        yield held
        held[0] = float(torch.cuda.max_memory_allocated(device))
        return
    process, over = psutil.Process(), threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            held[0] = max(held[0], float(process.memory_info().rss))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield held
    finally:
        over.set()
        looking.join()
        held[0] = max(held[0], float(process.memory_info().rss))


def count_shots(plan: Plan, cancel: CancelToken, look: float = LOOK) -> tuple[int, int]:
    """Frames and shots of a render; shots by looking for cuts for some seconds.

    Args:
        plan: of the render.
        cancel: asked before every frame.
        look: for how many.

    Raises:
        VideoError: the clip cannot be read.
        Cancelled: the caller asked for an end.
    """
    find, seen, cuts = cut_finder(plan.settings), 0, set[int]()
    small = _within(plan.size, SMALL)
    end = time.monotonic() + look
    frames = read_frames(
        plan.clip,
        start=plan.settings.start_frame,
        count=plan.settings.frames,
        size=small,
        on_corrupt=plan.output.on_corrupt,
    )
    for frame in frames:
        cancel.check("looking for cuts")
        cuts.update(find(seen, frame)[0])
        seen += 1
        if plan.total is not None and time.monotonic() > end:
            break  # where the clip does not say how long it is, all is looked at
    cuts.update(find(seen, None)[0])
    total = seen if plan.total is None else plan.total
    found = len([cut for cut in cuts if cut < total])
    listed = plan.settings.shots is not None  # then all are known at once
    return total, 1 + (found if listed else round(found * total / max(1, seen)))


def _within(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """A size of the same shape with at most so many pixels."""
    scale = _shrink(size, pixels)
    if scale == 1:
        return size
    return max(16, round(size[0] * scale)), max(16, round(size[1] * scale))


def _shrink(size: tuple[int, int], pixels: int) -> float:
    return min(1.0, float((pixels / (size[0] * size[1])) ** 0.5))
