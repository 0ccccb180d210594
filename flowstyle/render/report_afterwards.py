"""The report of a run that has ended, or of what a stopped one has painted; nothing is rendered."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.core.events import Report, ignore
from flowstyle.core.images import to_tensor
from flowstyle.features.compact import load_compact
from flowstyle.media.output import work_folder
from flowstyle.metrics.evaluation import evaluate_frames
from flowstyle.metrics.summary import ClipFigures
from flowstyle.render.report import write_report
from flowstyle.render.style_pictures import read_styles
from flowstyle.report.html.record import Record
from flowstyle.report.html.view_pictures import NAMES, has_views
from flowstyle.report.html.work import RECORD, moments_of, record_in
from flowstyle.storage.looking import FolderView
from flowstyle.temporal.frames import RESULT

SUFFIX = ".flowstyle"


@dataclass(frozen=True)
class Reported:
    """A page that is written.

    Args:
        page: the page.
        figures: that it shows, None where nothing could be measured.
        features: name of the network that measured style and content.
        start: the clip's frame that the run begins with.
    """

    page: Path
    figures: ClipFigures | None
    features: str
    start: int


def report_of(place: Path, report: Report = ignore) -> Reported:
    """Write the report of a run from its work folder; what was not measured is measured.

    Args:
        place: the work folder, or the result that it stands beside.
        report: told of progress, and where the page is.

    Raises:
        UsageError: there is no work folder, nothing is noted in it, or no frame is there yet.
        OutputError: the report's place is taken, or cannot be written.
        StorageError: the disk is full or broken, or a frame is damaged.
    """
    folder = _work_folder(place)
    record, view = record_in(folder), FolderView(folder)
    count = view.count(RESULT)
    if not count:
        raise UsageError("no frame is painted yet", folder, "let the run go on first")
    record = replace(
        record,
        frames=count,
        result=str(folder.with_name(folder.name.removesuffix(SUFFIX))),
        times=record.times if len(record.times) == count else (),
        iterations=tuple(view.noted(RESULT, "iterations", count)),
        frame_seconds=tuple(view.noted(RESULT, "seconds", count)),
        views=NAMES if has_views(folder) else (),
    )
    if record.figures is None:
        record = _measured(record, folder, report)
    page = write_report(record, folder, report)
    return Reported(page, record.measured, record.features, record.start)


def _work_folder(place: Path) -> Path:
    """The work folder itself, or the one beside a result.

    Raises:
        UsageError: there is neither.
    """
    if (place / RECORD).is_file() or place.name.endswith(SUFFIX):
        return place.absolute()
    beside = work_folder(place)
    if not beside.is_dir():
        raise UsageError(
            "there is no work folder of a run here",
            beside,
            "give the folder OUT.flowstyle; flowstyle eval CLIP RESULT makes a report without one",
        )
    return beside


def _measured(record: Record, folder: Path, report: Report) -> Record:
    """The record with figures as a render gives them, by the features that are always there."""
    settings = {one.name: one.value for one in record.settings}
    network = load_compact()
    figures = evaluate_frames(
        ((moment.source, moment.styled) for moment in moments_of(folder, record)),
        style=_style(record, recoloured=bool(settings.get("match_colors"))),
        style_scale=float(settings.get("style_scale") or 1.0),
        network=network,
        judge="farneback",
        total=record.frames,
        cuts=record.cuts,
        report=report,
    )
    return replace(record, figures=figures.as_dict(), features=network.name, unmeasured="")


def _style(record: Record, *, recoloured: bool) -> torch.Tensor | None:
    """The style picture where the result is meant to have its statistics, and it can be read.

    Of a trained network it is the one in its file. A relative path counts from where the run was
    started, which need not be the present folder.
    """
    if len(record.styles) != 1 or recoloured or record.original_colors:
        return None
    with suppress(FlowstyleError):
        return to_tensor(read_styles([Path(record.folder) / record.styles[0]])[0].pixels)
    return None
