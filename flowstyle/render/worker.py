"""What a worker does with a job: the same as this process would, into a folder of the job's own."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from flowstyle.core.device import find_device, reproducible
from flowstyle.core.errors import FlowstyleError
from flowstyle.core.events import Event, FrameReady, Notice, ignore
from flowstyle.engines.protocol import EngineContext
from flowstyle.execution.job import ShotJob
from flowstyle.execution.parts import sweeps_over_flow
from flowstyle.execution.protocol import Workplace
from flowstyle.execution.shot_pass import paint_shot
from flowstyle.flow.pairs import FlowPairs, pairs_at_once, pairs_kept
from flowstyle.flow.protocol import FlowMethod
from flowstyle.guides.styles import StylePicture
from flowstyle.render.passes import memory_for
from flowstyle.render.prepare import Parts, Plan, Tools, choose_flow, choose_tools
from flowstyle.report.debug_pictures import DebugPictures
from flowstyle.settings import Settings
from flowstyle.storage.jobs import NOTICE, JobDir
from flowstyle.storage.painted import PaintedFrames
from flowstyle.storage.reader import FolderReader
from flowstyle.storage.sources import FollowedSources
from flowstyle.storage.timeline import Timeline
from flowstyle.storage.workdir import WorkDir
from flowstyle.temporal.frames import Frames

log = logging.getLogger("flowstyle.worker")


@dataclass(frozen=True, eq=False)
class RenderRecipe:
    """All from which another process makes what this one would paint with, as plain data.

    Args:
        folder: the render's work folder.
        settings: the render's.
        styles: the pictures.
        parts: of the caller's own.
        size: (width, height) of the frames.
        largest_pass: of the network, see :mod:`flowstyle.render.passes`.
        debug: whether debug pictures are written.
        pixel_shape: width of a pixel over its height, for these pictures.
        identity: of what paints, by which a worker knows that it has found the same.
    """

    folder: Path
    settings: Settings
    styles: tuple[StylePicture, ...]
    parts: Parts
    size: tuple[int, int]
    largest_pass: int | None
    debug: bool
    pixel_shape: float
    identity: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan, folder: Path) -> RenderRecipe:
        """The recipe of a render that is planned here."""
        return cls(
            folder,
            plan.settings,
            plan.styles,
            plan.parts,
            plan.size,
            plan.largest_pass,
            plan.output.debug,
            float(plan.clip.sample_aspect or 1),
            _identity(plan.tools, plan.flow),
        )

    def bench(self, device: str, folder: FolderReader | None = None) -> RenderBench:
        """See :class:`flowstyle.execution.crew.Recipe`."""
        return RenderBench(self, device, folder or FolderReader(self.folder))


class RenderBench:
    """See :class:`flowstyle.execution.crew.Bench`.

    Args:
        recipe: of a render.
        device: where this process computes.
        folder: reads the render's work folder.
    """

    def __init__(self, recipe: RenderRecipe, device: str, folder: FolderReader) -> None:
        self._recipe = recipe
        self._device = find_device(device)
        settings = recipe.settings
        self._tools = choose_tools(settings, recipe.parts, self._device, ignore, recipe.styles)
        flow = choose_flow(settings, recipe.parts, self._device, ignore)
        found = _identity(self._tools, flow)
        if found != recipe.identity:
            raise FlowstyleError(
                f"a worker has found {', '.join(found)} in place of {', '.join(recipe.identity)}",
                device,
                "name features and flow, such as --features vgg19 --flow dis",
            )
        self._flow = flow
        self._folder = folder
        self._clip: _Clip | None = None  # made for the first job; all of a render have the same
        self._job: WorkDir | None = None
        self._context = EngineContext(
            settings,
            self._device,
            self._tools.network,
            self._tools.style_loss,
            self._report,
            largest_pass=recipe.largest_pass,
        )

    def paint(self, job: ShotJob, folder: Path) -> None:
        """See :class:`flowstyle.execution.crew.Bench`."""
        log.info("%s in %s", job.described, folder)
        with ExitStack() as stack:
            stack.enter_context(reproducible(self._device))
            stack.enter_context(memory_for(self._recipe.largest_pass))
            own = stack.enter_context(WorkDir.open(folder, {}))
            self._job = own
            paint_shot(job, self._workplace(job, own))

    def _workplace(self, job: ShotJob, own: WorkDir) -> Workplace:
        recipe, clip = self._recipe, self._clip_of(job)
        painted = PaintedFrames(JobDir(own, self._folder), clip.timeline)
        watch = None
        if recipe.debug:
            watch = DebugPictures(recipe.folder, clip.sources, recipe.settings, recipe.pixel_shape)
        return Workplace(
            Frames(clip.timeline, clip.sources, painted),
            self._tools.engine,
            clip.pairs,
            self._context,
            clip.timeline.count,
            watch,
        )

    def _clip_of(self, job: ShotJob) -> _Clip:
        if job.survey is None:
            raise ValueError("a worker must be told all shots")
        if self._clip is None:
            settings, size = self._recipe.settings, self._recipe.size
            timeline = Timeline.of(job.survey)
            ahead = pairs_at_once(self._flow, self._device)
            sources = FollowedSources(self._folder, ahead)
            pairs = FlowPairs(
                self._flow,
                sources.load,
                first=settings.start_frame,
                keep=pairs_kept(size, sweeps_over_flow(settings)),
                device=self._device,
            )
            self._clip = _Clip(timeline, sources, pairs)
        return self._clip

    def _report(self, event: Event) -> None:
        """Keep what is to be told: the process that takes over the frames tells it."""
        if isinstance(event, FrameReady):
            what = "" if event.final else f", sweep {event.sweep}"
            log.info("frame %d%s: %.2f s", event.frame, what, event.seconds)
        elif isinstance(event, Notice) and self._job is not None:
            self._job.note({"type": NOTICE, "text": event.text})


@dataclass(frozen=True, eq=False)
class _Clip:
    """The render's clip, as a worker sees it."""

    timeline: Timeline
    sources: FollowedSources
    pairs: FlowPairs


def _identity(tools: Tools, flow: FlowMethod) -> tuple[str, ...]:
    """Names and digests of all that paints."""
    parts = (tools.network, tools.style_loss, tools.engine, flow)
    return tuple(f"{part.name} {part.digest}".strip() for part in parts)
