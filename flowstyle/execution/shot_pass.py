"""The way of a shot: sweeps over its frames, each gathered, painted, settled, committed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from flowstyle.core.cancel import Cancelled
from flowstyle.core.events import FrameReady, Progress, Stage
from flowstyle.core.images import to_device
from flowstyle.core.memory import retry_on_gpu
from flowstyle.engines.answer import checked
from flowstyle.engines.protocol import ShotOpening, ShotPainter
from flowstyle.execution.job import Piece, ShotJob, ShotResult
from flowstyle.execution.protocol import Workplace
from flowstyle.guides.styles import ConstantStyles
from flowstyle.temporal.frames import RESULT
from flowstyle.temporal.gather import Gatherer
from flowstyle.temporal.settle import Settler
from flowstyle.temporal.sweeps import Visit, plan_sweeps
from flowstyle.temporal.task import FrameTask, Painted


def paint_shot(job: ShotJob, workplace: Workplace) -> ShotResult:
    """Paint a shot; frames that are committed already are left as they are.

    Args:
        job: which shot, in which style.
        workplace: what this process paints with.

    Returns:
        Where the shot ends.

    Raises:
        FlowstyleError: whatever prevents a frame; those before it are committed.
        Cancelled: the caller asked for an end.
    """
    return _ShotPass(job, workplace).run()


class _ShotPass:
    """The sweeps over one shot."""

    def __init__(self, job: ShotJob, workplace: Workplace) -> None:
        self._job = job
        self._workplace = workplace
        self._frames = workplace.frames
        self._sweeps = plan_sweeps(job.settings)
        context = workplace.context
        painter = _open(job, workplace, job.opening)
        self._paint = painter.paint
        self._gatherer = Gatherer(
            self._frames,
            workplace.pairs,
            job.settings,
            context.device,
            painter.paint,
            lambda first: _open(job, workplace, first).paint,
        )
        self._settler = Settler(self._frames, job.settings, context.device)

    def run(self) -> ShotResult:
        """Do all sweeps."""
        if self._job.piece is not None:
            return self._part(self._job.piece)
        first = last = self._job.first
        for index in self._until_cut():
            self._visit(Visit(self._sweeps[0], index, first, self._job.last, len(self._sweeps)))
            last = index
        for sweep in self._sweeps[1:]:
            order = range(first, last + 1) if sweep.forward else range(last, first - 1, -1)
            for index in order:
                self._visit(Visit(sweep, index, first, last, len(self._sweeps)))
            if sweep.number > 2:
                # The sweep before stays: a damaged frame of this one can be made again from it.
                visit = Visit(sweep, first, first, last, len(self._sweeps))
                self._frames.painted.discard(visit.kind_of(sweep.number - 2))
        return ShotResult(first, last)

    def _part(self, piece: Piece) -> ShotResult:
        """A part of a shot that gets one sweep: its keyframes, or what is between two of them."""
        frames, sweep = self._job.frames, self._sweeps[0]
        first, last = frames[0], frames[-1] if piece.towards is None else piece.towards
        step = frames[1] - frames[0] if piece.keys else 1
        for index in frames:
            self._workplace.context.cancel.check("between two frames")
            self._visit(Visit(sweep, index, first, last, 1, step, piece.towards, piece.shot))
        return ShotResult(frames[0], frames[-1])

    def _until_cut(self) -> Iterator[int]:
        """The shot's frames; where its end is not known, up to the next cut.

        Raises:
            Cancelled: the clip seems to end only because the render was told to; what follows the
                last frame of a shot must not be done to a part of it.
        """
        index, last, timeline = self._job.first, self._job.last, self._frames.timeline
        while last is None or index <= last:
            exists = timeline.exists(index)
            if timeline.stopped:
                raise Cancelled("between two frames")
            if not exists or (
                last is None and index > self._job.first and timeline.begins_shot(index)
            ):
                return
            yield index
            index += 1

    def _visit(self, visit: Visit) -> None:
        """One frame of one sweep, unless it is done."""
        terms: Mapping[str, float] = {}
        self._workplace.context.cancel.check("between two frames")
        is_done = self._frames.painted.is_done
        if not self._superseded(visit) and not is_done(visit.kind, visit.index):
            began = time.monotonic()
            device = str(self._workplace.context.device)
            task, painted = retry_on_gpu(partial(self._frame, visit), device)
            terms = painted.terms
            self._commit(visit, task, painted, time.monotonic() - began)
        self._tell(visit, terms)

    def _frame(self, visit: Visit) -> tuple[FrameTask, Painted]:
        """Gather, paint, settle."""
        task = self._gatherer.task(visit)
        painted = checked(self._paint(task), task.content)
        return task, replace(painted, image=self._settler.settle(visit, task, painted.image))

    def _commit(self, visit: Visit, task: FrameTask, painted: Painted, seconds: float) -> None:
        noted = {"seconds": round(seconds, 3)}
        if "iterations" in painted.terms:  # engines of one pass have none
            noted["iterations"] = painted.terms["iterations"]
        kept = self._frames.painted.commit(visit.kind, visit.index, painted.image, noted)
        number = self._job.settings.start_frame
        self._workplace.context.report(
            FrameReady(
                number + visit.index,
                number + visit.opening,
                visit.sweep.number,
                visit.kind == RESULT,
                seconds,
                kept,
            )
        )
        if self._workplace.watch is not None:
            self._workplace.watch(visit, task, painted)

    def _superseded(self, visit: Visit) -> bool:
        """Whether a frame of an earlier sweep is needed no more: its results are all there."""
        if visit.sweep.number == len(self._sweeps):
            return False
        around = [i for i in (visit.index - 1, visit.index, visit.index + 1) if i >= visit.first]
        if visit.last is not None:
            around = [i for i in around if i <= visit.last]
        exists, is_done = self._frames.timeline.exists, self._frames.painted.is_done
        return all(is_done(RESULT, i) for i in around if exists(i))

    def _tell(self, visit: Visit, terms: Mapping[str, float]) -> None:
        """Report how much of the render is done, all sweeps of the shots before included."""
        sweeps, number = len(self._sweeps), self._job.settings.start_frame
        if visit.step > 1:
            self._tell_keyframe(visit)
            return
        if visit.sweep.number == 1:
            done = visit.index - visit.first + 1
        else:
            length = (visit.last or visit.index) - visit.first + 1
            forward = visit.index - visit.first
            place = forward if visit.sweep.forward else length - 1 - forward
            done = (visit.sweep.number - 1) * length + place + 1
        total = self._workplace.total
        self._workplace.context.report(
            Progress(
                Stage.STYLISE,
                visit.first * sweeps + done,
                None if total is None else total * sweeps,
                "frames" if sweeps == 1 else f"frames in {sweeps} sweeps",
                terms,
                number + visit.index,
                number + visit.opening,
            )
        )

    def _tell_keyframe(self, visit: Visit) -> None:
        """Report how many of the keyframes between which parts are painted are done."""
        number, keys = self._job.settings.start_frame, self._job.frames
        done = 1 + (visit.index - visit.first) // visit.step
        shown, shot = number + visit.index, number + visit.opening
        self._workplace.context.report(
            Progress(Stage.KEYFRAMES, done, len(keys), "keyframes", {}, shown, shot)
        )


def _open(job: ShotJob, workplace: Workplace, first: int) -> ShotPainter:
    """The engine, prepared for a shot: the job's, or the one that it melts into."""
    context = workplace.context
    content = to_device(workplace.frames.sources.load(first), context.device)
    styles = ConstantStyles.of(job.styles, context.device)
    if job.settings.match_colors:
        styles = styles.matched_to(content)
    return workplace.engine.open(ShotOpening(first, content), styles, context)
