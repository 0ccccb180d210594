"""A render under way: the work folder, and what reads, paints and writes beside each other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.device import reproducible
from flowstyle.core.errors import Interrupted
from flowstyle.core.events import Decision, Notice, Report
from flowstyle.engines.protocol import EngineContext
from flowstyle.execution.clip import paint_clip, paint_shots
from flowstyle.execution.crew import Crew
from flowstyle.execution.job import ShotJob
from flowstyle.execution.parts import jobs_of, part_length, sweeps_over_flow
from flowstyle.execution.protocol import Executor, Watch, Workplace
from flowstyle.execution.registry import EXECUTORS
from flowstyle.flow.pairs import FlowPairs, pairs_at_once, pairs_kept
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.frame_writer import FrameWriter
from flowstyle.media.output import work_folder
from flowstyle.media.preview import PreviewWriter
from flowstyle.metrics.summary import ClipFigures
from flowstyle.render.encode import Encoder
from flowstyle.render.failures import memory_explained
from flowstyle.render.fingerprint import fingerprint
from flowstyle.render.ingest import Ingest
from flowstyle.render.passes import memory_for
from flowstyle.render.preflight import warn_of_a_full_disk
from flowstyle.render.prepare import Plan
from flowstyle.render.result import Rendered
from flowstyle.render.size import whole_clip
from flowstyle.render.whole_shots import whole_shots
from flowstyle.render.worker import RenderRecipe
from flowstyle.report.debug_pictures import DebugPictures
from flowstyle.report.html.view_pictures import ViewPictures
from flowstyle.storage.jobs import take_over_all
from flowstyle.storage.painted import PaintedFrames
from flowstyle.storage.sources import SourceFrames
from flowstyle.storage.timeline import Timeline
from flowstyle.storage.workdir import WorkDir
from flowstyle.temporal.frames import RESULT, Frames
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Painted

PREVIEW = "preview.mp4"


@dataclass(frozen=True)
class Written:
    """A result that is in place.

    Args:
        frames: how many.
        seconds: that it took, without measuring.
        pace: seconds that painting took for each frame of this run; None where it painted none.
        cuts: first frames of shots but for the render's first, as the clip counts.
        repeated: frames that stand in for damaged ones, as the clip counts.
    """

    frames: int
    seconds: float
    pace: float | None
    cuts: list[int]
    repeated: list[int]


@dataclass(frozen=True, eq=False)
class Session:
    """A render between its beginning and its end; see :func:`open_session`."""

    plan: Plan
    report: Report
    cancel: CancelToken
    workdir: WorkDir
    timeline: Timeline
    sources: SourceFrames
    painted: PaintedFrames
    encoder: Encoder
    executor: Executor

    def paint(self) -> float | None:
        """Paint all shots.

        Returns:
            Seconds that each frame took that was painted now; None where none was.

        Raises:
            Interrupted: the caller asked for an end; what is committed stays.
            OutOfMemoryError: with the size that would fit.
            FlowstyleError: whatever prevents a frame, or the writing of the result.
        """
        began, before = time.monotonic(), len(self.workdir.verified(RESULT))
        try:
            with (
                memory_explained(self.plan.tools, self.plan.settings, self.plan.size),
                memory_for(self.plan.largest_pass),
            ):
                self._paint()
        except Cancelled as cancelled:
            self.timeline.stop()
            self.workdir.flush()
            self.encoder.result()  # raises why, if it was the writing that failed
            raise Interrupted(self.cancel.signum or 0, str(cancelled)) from None
        painted = len(self.workdir.verified(RESULT)) - before
        return (time.monotonic() - began) / painted if painted else None

    def _paint(self) -> None:
        """All shots, as the executor wants them."""
        length = part_length(self.plan.settings)
        if self.executor.whole_shots or length:
            survey = whole_shots(self.plan, self.workdir, self.report, self.cancel)
            common = self._job(0, None)
            jobs = [job for shot in survey.shots for job in jobs_of(shot, survey, common, length)]
            self._tell_of_idle_workers(len(jobs), len(survey.shots))
            paint_shots(self.executor, jobs)
        else:
            paint_clip(self.executor, self._job, self.timeline)

    def written(self, pace: float | None) -> Written:
        """Wait until the result is written, verified and in place; say which shots it has.

        Args:
            pace: from :meth:`paint`.

        Raises:
            FlowstyleError: it could not be written.
        """
        frames = self.encoder.result()
        seconds = time.monotonic() - self.plan.began
        cuts = self._numbers(self.timeline.cuts)
        listed = ", ".join(map(str, cuts))
        found = f"cuts before frames {listed}" if cuts else "one, no cuts found"
        self.report(Decision("shots", found))
        return Written(frames, seconds, pace, cuts, self._numbers(self.timeline.repeated()))

    def rendered(
        self,
        written: Written,
        figures: ClipFigures | None,
        unmeasured: str,
        page: Path | None = None,
    ) -> Rendered:
        """The result for the caller.

        Args:
            written: what is in place.
            figures: of its measuring.
            unmeasured: why there are none.
            page: of the report.
        """
        return Rendered(
            self.plan.path,
            written.frames,
            self.plan.whole,
            written.seconds,
            written.pace,
            written.cuts,
            written.repeated,
            self.plan.tools.network.name,
            [int(count) for count in self.workdir.noted(RESULT, "iterations").values()],
            figures,
            unmeasured,
            page,
        )

    def _numbers(self, indices: list[int]) -> list[int]:
        """Frames as the clip counts them."""
        return [self.plan.settings.start_frame + index for index in indices]

    def _tell_of_idle_workers(self, jobs: int, count: int) -> None:
        """Say if there is not work for all workers."""
        workers = self.plan.shares.workers
        if jobs >= workers:
            return
        shots = "one shot" if count == 1 else f"{count} shots"
        told = f"{jobs} of {workers} workers have work: the clip has {shots}"
        if not self.plan.settings.part:
            told += "; --part 48 cuts long ones, to other pictures"
        self.report(Notice(told))

    def _job(self, first: int, last: int | None) -> ShotJob:
        settings = self.plan.settings
        return ShotJob(self.workdir.path, first, last, settings, settings.seed, self.plan.styles)


@contextmanager
def open_session(plan: Plan, report: Report, cancel: CancelToken) -> Iterator[Session]:
    """Take up the work folder, and begin to read and to write.

    However the block ends, reading and writing are stopped and waited for before what they use is
    closed.

    Args:
        plan: from :func:`flowstyle.render.prepare.prepare`.
        report: progress, decisions, notices.
        cancel: asked before every iteration; what is finished stays committed.

    Raises:
        FlowstyleError: the work folder cannot be used, or belongs to another run.
    """
    with ExitStack() as stack:
        stack.enter_context(reproducible(plan.tools.device))
        stack.enter_context(plan.shares.threads.used())
        workdir = stack.enter_context(
            WorkDir.open(
                work_folder(plan.path),
                fingerprint(plan),
                restart=plan.output.restart,
                report=report,
                result=RESULT,
            )
        )
        take_over_all(workdir, report)
        warn_of_a_full_disk(workdir.path, plan.total, plan.size, plan.settings, report)
        report(Decision("preview", f"{workdir.path / PREVIEW}, playable while it grows"))
        cancel = CancelToken(cancel)  # of this render: writing that fails cancels it alone
        timeline = Timeline()
        ahead = pairs_at_once(plan.flow, plan.tools.device)
        sources = SourceFrames(workdir, timeline, ahead)
        painted = PaintedFrames(workdir, timeline)
        pairs = _flow_pairs(plan, sources, cancel)
        stack.callback(pairs.close)
        watch = _watch(plan, workdir, sources, report) if plan.output.debug else None
        frames = Frames(timeline, sources, painted)
        workplace = _workplace(plan, frames, pairs, report, cancel, watch)
        shares, recipe = plan.shares, RenderRecipe.of(plan, workdir.path)
        crew = Crew(
            shares.workers,
            shares.devices,
            shares.threads,
            recipe,
            workdir,
            timeline,
            shares.cluster,
        )
        executor = EXECUTORS.get(shares.executor)(replace(workplace, crew=crew))
        stack.callback(executor.close)
        preview = stack.enter_context(PreviewWriter(workdir.path / PREVIEW, plan.clip))
        encoder = Encoder(
            plan, timeline, sources, painted, lambda: _open_writer(plan, report), preview, cancel
        )
        ingest = Ingest(plan, sources, timeline, report)
        ingest.start()
        encoder.start()
        stack.callback(encoder.join)
        stack.callback(ingest.join)
        stack.callback(timeline.stop)
        stack.callback(cancel.cancel)  # first of all: no shot is to take this for the clip's end
        yield Session(plan, report, cancel, workdir, timeline, sources, painted, encoder, executor)


def _flow_pairs(plan: Plan, sources: SourceFrames, cancel: CancelToken) -> FlowPairs:
    return FlowPairs(
        plan.flow,
        sources.load,
        first=plan.settings.start_frame,
        keep=pairs_kept(plan.size, sweeps_over_flow(plan.settings)),
        device=plan.tools.device,
        cancel=cancel,
    )


def _watch(plan: Plan, workdir: WorkDir, sources: SourceFrames, report: Report) -> Watch:
    """Debug pictures to look at one by one, and those that the report plays."""
    pixel_shape = float(plan.clip.sample_aspect or 1)
    sheets = DebugPictures(workdir.path, sources, plan.settings, pixel_shape)
    report(Decision("debug", f"{sheets.folder}, a sheet of flow, masks, warps for each frame made"))
    views = ViewPictures(workdir.path, sources, plan.settings, pixel_shape)

    def watch(visit: Visit, task: FrameTask, painted: Painted) -> None:
        sheets(visit, task, painted)
        views(visit, task, painted)

    return watch


def _workplace(
    plan: Plan,
    frames: Frames,
    pairs: FlowPairs,
    report: Report,
    cancel: CancelToken,
    watch: Watch | None,
) -> Workplace:
    tools = plan.tools
    context = EngineContext(
        plan.settings,
        tools.device,
        tools.network,
        tools.style_loss,
        report,
        cancel,
        plan.largest_pass,
    )
    return Workplace(frames, tools.engine, pairs, context, plan.total, watch)


def _open_writer(plan: Plan, report: Report) -> FrameWriter:
    return open_writer(
        plan.path,
        plan.clip,
        codec=plan.output.codec,
        pixel_format=plan.output.pixel_format,
        quality=plan.output.quality,
        audio="all" if whole_clip(plan.settings) else "window",
        carried=plan.carried,
        overwrite=plan.output.overwrite,
        report=report,
    )
