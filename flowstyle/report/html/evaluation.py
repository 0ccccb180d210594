"""The report of an evaluation: two clips that fit, beside each other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from flowstyle.core.events import Decision, Report, ignore
from flowstyle.core.images import eight_bits
from flowstyle.metrics.evaluation import MatchedClips
from flowstyle.metrics.summary import ClipFigures
from flowstyle.report.html.film import Moment
from flowstyle.report.html.folder import DATA, report_folder
from flowstyle.report.html.page import write_page
from flowstyle.report.html.provenance import versions
from flowstyle.report.html.record import Record
from flowstyle.storage.fingerprint import file_identity


def write_evaluation(
    clips: MatchedClips,
    figures: ClipFigures,
    *,
    style: Path | None = None,
    features: str = "",
    device: str = "cpu",
    command: str = "",
    report: Report = ignore,
) -> Path:
    """Write the report of an evaluation beside the styled clip.

    Args:
        clips: that were compared; they are read once more.
        figures: of them.
        style: the style picture.
        features: the network that measured style and content.
        device: where that was done.
        command: what the user typed.
        report: told of progress, and where the page is.

    Returns:
        The page.

    Raises:
        OutputError: its place is taken, or cannot be written.
        StorageError: the disk is full or broken.
        VideoError: a clip cannot be read any more.
    """
    source, styled = clips.source, clips.styled
    inputs = {"source": source.pictures or source.path, "result": styled.pictures or styled.path}
    if style is not None:
        inputs["style"] = style
    record = Record(
        kind="eval",
        source=os.fspath(source.path),
        result=os.fspath(styled.path),
        styles=() if style is None else (os.fspath(style),),
        command=command,
        folder=os.fspath(Path.cwd()),
        written=datetime.now().astimezone().isoformat(timespec="seconds"),
        size=(styled.width, styled.height),
        start=clips.source_start,
        frames=figures.frames,
        rate=str(source.rate),
        pixel_shape=float(styled.sample_aspect or 1),
        cuts=figures.cuts,
        figures=figures.as_dict(),
        features=features,
        versions=versions(device),
        digests={name: file_identity(paths)["sha256"] for name, paths in inputs.items()},
    )
    page = write_page(record, _moments(clips), evaluation_folder(styled.path), report)
    report(Decision("report", str(page)))
    return page


def evaluation_folder(styled: Path) -> Path:
    """Where the report goes: ``OUT.report``, or ``OUT.eval.report`` beside that of a run.

    Args:
        styled: the styled clip.
    """
    folder = report_folder(styled)
    with suppress(OSError, ValueError, AttributeError):
        if json.loads((folder / DATA).read_bytes()).get("kind") == "run":
            return folder.with_name(folder.name.removesuffix(".report") + ".eval.report")
    return folder


def _moments(clips: MatchedClips) -> Iterator[Moment]:
    for source, styled in clips.pairs():
        yield Moment(eight_bits(source), eight_bits(styled))
