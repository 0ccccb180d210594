"""Paints the jobs of a file one after the other; what one does reaches no other."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from flowstyle.batch.book import Book
from flowstyle.batch.check import Checked, State, check_batch
from flowstyle.batch.file import Batch, read_batch
from flowstyle.batch.job import Job
from flowstyle.batch.places import folders_made, is_there
from flowstyle.batch.result import JobResult, of_done, of_failed, of_rendered
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import FlowstyleError, Interrupted, OutOfMemoryError
from flowstyle.core.events import Decision, Notice, Progress, Report, Stage, ignore
from flowstyle.core.memory import is_out_of_memory
from flowstyle.media.output import work_folder
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Rendered
from flowstyle.settings.effects import without_effect
from flowstyle.storage.archive import kept_fingerprint


def stylize_batch(
    file: str | Path, *, report: Report = ignore, cancel: CancelToken | None = None
) -> Iterator[JobResult]:
    """Paint all that a file of jobs asks for (docs/batch.md).

    All jobs are checked before the first is painted, when the first result is asked for. One that
    fails does not keep the others from being painted. The same call goes on where an earlier one
    was ended, and passes over what is done.

    Args:
        file: TOML; paths in it count from its folder.
        report: progress, decisions, notices of all jobs.
        cancel: asked before every iteration; what is finished stays.

    Yields:
        What came of each job, in order, as soon as it ends.

    Raises:
        FlowstyleError: the file, or something that it names, will not do; nothing was painted.
        Interrupted: cancelled; the results so far were given before.
    """
    yield from paint_batch(read_batch(Path(file)), report=report, cancel=cancel or CancelToken())


def paint_batch(batch: Batch, *, report: Report, cancel: CancelToken) -> Iterator[JobResult]:
    """Check and paint a batch that was read; see :func:`stylize_batch`."""
    with folders_made(batch) as made, Book(batch.file) as book:
        jobs = check_batch(batch, book.notes, cancel)
        made.clear()  # they are needed from now on
        counts = ", ".join(
            f"{count} {state}"
            for state in State
            if (count := sum(one.state is state for one in jobs))
        )
        report(Decision("batch", f"{len(jobs)} jobs: {counts}"))
        _tell_of_reports(jobs, report)
        yield from _painted(jobs, book, report, cancel)


def _tell_of_reports(jobs: Sequence[Checked], report: Report) -> None:
    """Say how many results get no page about them; ``run`` writes one unless told not to."""
    none = sum(not one.job.output.report for one in jobs)
    if none:
        which = "no job" if none == len(jobs) else f"{len(jobs) - none} of {len(jobs)} jobs"
        text = f"{which} writes one; report = true in [defaults] has all of them written"
        report(Decision("report", text))


def _painted(
    jobs: Sequence[Checked], book: Book, report: Report, cancel: CancelToken
) -> Iterator[JobResult]:
    """Paint job after job."""
    for ended, checked in enumerate(jobs):
        job = checked.job
        if checked.state is State.DONE:
            yield of_done(checked)
            continue
        if cancel.cancelled:
            raise _interrupted(job, jobs, cancel.signum or 0, "before its beginning")
        report(Progress(Stage.JOBS, ended, len(jobs), "jobs"))
        report(Decision("job", f"{job.number} of {len(jobs)}: {job.name} → {job.path}"))
        try:
            result = _result(checked, book, report, cancel)
        except Interrupted as error:
            raise _interrupted(job, jobs, error.signum, error.where) from None
        if result.error is not None:
            report(Notice(f"job {job.number} failed: {result.error.what}"))
        yield result
    report(Progress(Stage.JOBS, len(jobs), len(jobs), "jobs"))


def _interrupted(job: Job, jobs: Sequence[Checked], signum: int, where: str) -> Interrupted:
    """Say how far a batch came that was told to stop."""
    return Interrupted(
        signum,
        f"job {job.number} of {len(jobs)}, {job.name}: {where}",
        "run the same command again: what is done is passed over, and this job goes on",
    )


def _result(checked: Checked, book: Book, report: Report, cancel: CancelToken) -> JobResult:
    """Paint a job, whatever becomes of it.

    Raises:
        Interrupted: cancelled.
    """
    job = checked.job
    try:
        result = of_rendered(checked, _render(job, book, report, cancel))
        book.note_done(job, kept_fingerprint(work_folder(job.path)) or {}, result.facts())
        return result
    except Interrupted:
        raise
    except Exception as error:
        return of_failed(checked, _explained(error, job, book.folder))


def _render(job: Job, book: Book, report: Report, cancel: CancelToken) -> Rendered:
    """Paint a job as ``flowstyle run`` would."""
    for name, reason in without_effect(job.settings, job.given).items():
        report(Notice(f"{name} has no effect here: {reason}"))
    if not is_there(job) and not book.notes.begun(job):
        book.note_begun(job)
    return stylize_video(
        job.clip,
        job.styles,
        job.settings,
        replace(job.output, path=job.path),
        blend=job.blend,
        budget=job.budget,
        report=report,
        cancel=cancel,
    )


def _explained(error: Exception, job: Job, folder: Path) -> FlowstyleError:
    """Why a job failed, without the frames of the stack and all that they would keep in memory."""
    if isinstance(error, FlowstyleError):
        explained = error
    elif is_out_of_memory(error):
        explained = OutOfMemoryError(
            "the memory does not suffice", job.path, "give the job a smaller width"
        )
    else:
        log = folder / f"job-{job.number}.txt"
        with suppress(OSError):
            told = "".join(traceback.format_exception(error))
            log.write_bytes(told.encode("utf-8", "backslashreplace"))
        explained = FlowstyleError(
            f"a mistake in flowstyle itself: {type(error).__name__}: {error}",
            log,
            "please report it, with this file and what flowstyle doctor prints",
        )
    explained.__cause__ = explained.__context__ = None
    return explained.with_traceback(None)
