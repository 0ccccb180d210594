"""The report of a render: what is noted of it, and the page.

Whatever goes wrong here, the clip is complete: it is said, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flowstyle.core.errors import Interrupted
from flowstyle.core.events import Decision, Notice, Report
from flowstyle.core.told import Told
from flowstyle.metrics.summary import ClipFigures
from flowstyle.render.session import Session, Written
from flowstyle.report.html.folder import report_folder, why_not_written
from flowstyle.report.html.provenance import digests_of, used_settings, versions
from flowstyle.report.html.record import Record
from flowstyle.report.html.view_pictures import NAMES, has_views
from flowstyle.report.html.work import RECORD, moments_of
from flowstyle.storage.archive import kept_fingerprint
from flowstyle.temporal.frames import RESULT

UNEVEN = 0.1
"""Of a frame's duration by which times may be off before a clip counts as unevenly timed."""


def begin_record(session: Session, told: Told) -> None:
    """Note what is known before the first frame, so that a stopped run has a report too.

    Args:
        session: just opened.
        told: what was decided so far.
    """
    try:
        _keep(_begun(session, told), session.workdir.path)
    except Exception as error:  # of whatever kind: it is no reason not to paint
        session.report(Notice(f"nothing is noted for a report: {why_not_written(error)}"))


def finish_report(
    session: Session,
    told: Told,
    written: Written,
    figures: ClipFigures | None,
    unmeasured: str,
) -> Path | None:
    """Note what came of a render and, where it was asked for, write its page.

    Args:
        session: all painted, written and measured.
        told: what was decided and noticed.
        written: the result.
        figures: None where there are none.
        unmeasured: why there are none.

    Returns:
        The page; None where there is none.
    """
    try:
        record = _finished(session, told, written, figures, unmeasured)
        _keep(record, session.workdir.path)
        if not session.plan.output.report:
            return None

        def check() -> None:
            if session.cancel.cancelled:
                raise Interrupted(session.cancel.signum or 0, "writing the report")

        return write_report(record, session.workdir.path, session.report, check)
    except Exception as error:  # of whatever kind: the clip is complete
        session.report(Notice(f"no report: {why_not_written(error)}"))
        return None


def write_report(
    record: Record, folder: Path, report: Report, check: Callable[[], None] = lambda: None
) -> Path:
    """Write the page of a work folder beside its result.

    Args:
        record: of the run.
        folder: the work folder.
        report: told where the page is.
        check: called before each frame; raises to end it.

    Raises:
        OutputError: its place is taken, or cannot be written.
        StorageError: the disk is full or broken, or a frame is damaged.
    """
    from flowstyle.report.html.page import write_page  # jinja2: only where a page is written

    moments = moments_of(folder, record, check)
    page = write_page(record, moments, report_folder(Path(record.result)), report)
    report(Decision("report", str(page)))
    return page


def _keep(record: Record, folder: Path) -> None:
    """Note the record in the work folder, whole or not at all."""
    path = folder / RECORD
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(record.as_json(), "ascii")
    partial.replace(path)


def _finished(
    session: Session,
    told: Told,
    written: Written,
    figures: ClipFigures | None,
    unmeasured: str,
) -> Record:
    """The whole record."""
    workdir, timeline, plan = session.workdir, session.timeline, session.plan
    seconds, iterations = (workdir.noted(RESULT, name) for name in ("seconds", "iterations"))
    every = range(written.frames)
    return replace(
        _begun(session, told),
        frames=written.frames,
        times=_times(session, written.frames),
        cuts=tuple(timeline.cuts),
        repeated=tuple(timeline.repeated()),
        complete=True,
        seconds=written.seconds,
        pace=written.pace,
        iterations=tuple(iterations.get(index) for index in every),
        frame_seconds=tuple(seconds.get(index) for index in every),
        figures=None if figures is None else figures.as_dict(),
        unmeasured=unmeasured or ("" if plan.output.measure else "it was not asked for"),
        views=NAMES if has_views(workdir.path) else (),
    )


def _times(session: Session, frames: int) -> tuple[float, ...]:
    """Seconds at which frames are shown; none where each is shown for as long as the others."""
    clip, timeline = session.plan.clip, session.timeline
    first = timeline.times(0).pts
    times = [float((timeline.times(i).pts - first) * clip.time_base) for i in range(frames)]
    rate = float(clip.rate)
    even = rate > 0 and all(abs(t * rate - i) <= UNEVEN for i, t in enumerate(times))
    return () if even else tuple(times)


def _begun(session: Session, told: Told) -> Record:
    plan = session.plan
    return Record(
        kind="run",
        source=os.fspath(plan.clip.path),
        result=os.fspath(plan.path.absolute()),
        styles=tuple(str(style.path or style.name or "a picture") for style in plan.styles),
        command=plan.output.command or "(made by the Python library)",
        folder=os.fspath(Path.cwd()),
        written=datetime.now().astimezone().isoformat(timespec="seconds"),
        size=plan.size,
        start=plan.settings.start_frame,
        frames=plan.total or 0,
        rate=str(plan.clip.rate),
        pixel_shape=float(plan.clip.sample_aspect or 1),
        complete=False,
        features=plan.tools.network.name,
        decisions=tuple(told.decisions),
        notices=tuple(told.notices),
        settings=used_settings(plan.settings),
        original_colors=plan.settings.original_colors,
        versions=versions(str(plan.tools.device)),
        digests=digests_of(kept_fingerprint(session.workdir.path) or {}),
    )
