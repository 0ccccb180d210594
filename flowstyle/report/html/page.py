"""Writes the folder of a report: page, media, data, and the library that draws its charts."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from fractions import Fraction
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Progress, Report, Stage, ignore
from flowstyle.media.proxy import playable_rate
from flowstyle.metrics.summary import lines
from flowstyle.report.annotations import length
from flowstyle.report.html.charts import Chart, charts_of, rounded
from flowstyle.report.html.film import FilmWriter, Moment, Shape, shape_of
from flowstyle.report.html.folder import CHARTS, DATA, MEDIA, PAGE, SCRIPTS, STYLES, fresh_folder
from flowstyle.report.html.record import Record
from flowstyle.report.html.view_pictures import WHEEL_PART
from flowstyle.report.html.words import cards_of
from flowstyle.report.html.worst import WorstFrame, WorstFrames
from flowstyle.report.overlays import ERROR_SCALE, MASK_LEGEND

FILM = f"{MEDIA}/players.mp4"
FILES = Path(__file__).parent / "files"

COMPACT: dict[str, Any] = {"separators": (",", ":")}

VIEWS = {
    "source": "source",
    "styled": "result",
    "flow": "flow to the frame before",
    "masks": "distrusted flow",
    "error": "warp error of the source",
}
"""What the players can show, in order, and what it is called."""

PICTURES = {
    "painted": ("The frame", "Frame {}, painted"),
    "error": (
        "Where its paint differs from the frame before, along the motion",
        "Where the paint of frame {} differs from that of the frame before, along the motion",
    ),
    "source_error": (
        "The same of the source",
        "Where the source's frame {} differs from the one before, along the motion",
    ),
    "mask": (
        "Left out by the judge (orange)",
        "Frame {} of the source, what the judge leaves out in orange",
    ),
}
"""What is shown of a worst frame: what it is called beside the others, and by itself."""


def write_page(
    record: Record, moments: Iterable[Moment], folder: Path, report: Report = ignore
) -> Path:
    """Write the report of a render or an evaluation.

    Args:
        record: what it says.
        moments: its frames, in order.
        folder: where it goes; an earlier report there is replaced.
        report: told of progress.

    Returns:
        The page, ``index.html`` in the folder.

    Raises:
        OutputError: the folder holds something else, or cannot be written.
        StorageError: the disk is full or broken.
        UsageError: there is no frame.
    """
    shape = shape_of(record.size, record.pixel_shape)
    with fresh_folder(folder) as partial:
        (partial / MEDIA).mkdir()
        worst = _media(record, moments, partial, shape, report)
        charts = charts_of(record)
        library = _library()
        if charts and library is not None:
            shutil.copyfile(library, partial / CHARTS)
        for name in (*SCRIPTS, *STYLES):
            shutil.copyfile(FILES / name, partial / name)
        data = _data(record, shape, charts, worst, drawn=library is not None)
        text = _page(record, data, charts, worst)
        # Names of files may hold bytes that are no text.
        (partial / PAGE).write_bytes(text.encode("utf-8", "replace"))
        facts = _facts_of(record) | {"data": data}
        (partial / DATA).write_text(json.dumps(facts, default=str, **COMPACT), "ascii")
    return folder / PAGE


def _media(
    record: Record, moments: Iterable[Moment], partial: Path, shape: Shape, report: Report
) -> list[WorstFrame]:
    """Write the film and the pictures of the worst frames, in one pass over the frames."""
    names = [name for name in VIEWS if name in ("source", "styled", *record.views)]
    rate = playable_rate(Fraction(record.rate))
    worst = WorstFrames(partial / MEDIA, record.measured, record.size, record.pixel_shape)
    done = 0
    with FilmWriter(partial / FILM, rate, shape, names) as film:
        for done, moment in enumerate(moments, start=1):
            film.write(moment)
            worst.look(done - 1, moment)
            report(Progress(Stage.REPORT, done, record.frames))
    if not done:
        raise UsageError("there is no frame to show", record.source, "let the run go on first")
    return worst.found()


def _library() -> Path | None:
    """The script that draws charts, from its Python package; None where that is missing."""
    spec = find_spec("plotly")
    places = spec.submodule_search_locations if spec else None
    found = [Path(place) / "package_data" / CHARTS for place in places or ()]
    return next((path for path in found if path.is_file()), None)


def _data(
    record: Record, shape: Shape, charts: list[Chart], worst: list[WorstFrame], *, drawn: bool
) -> dict[str, Any]:
    """What the page's scripts work with."""
    rate = playable_rate(Fraction(record.rate))
    names = [name for name in VIEWS if name in ("source", "styled", *record.views)]
    return {
        "film": FILM,
        "frames": record.frames,
        "start": record.start,
        "rate": [rate.numerator, rate.denominator],
        "times": [round(time, 3) for time in record.times],
        "cuts": list(record.cuts),
        "worst": [one.index for one in worst],
        "shape": {"width": shape.width, "height": shape.height, "step": shape.step},
        "views": names,
        "inside": _inside(record),
        "library": CHARTS if drawn else None,
        "charts": [
            {
                "id": chart.id,
                "title": chart.title,
                "unit": chart.unit,
                "zero": chart.zero,
                "lines": [asdict(line) for line in chart.lines],
            }
            for chart in charts
        ],
    }


def _inside(record: Record) -> str:
    """The command that draws the debug sheet of a frame, but for its number; "" without a render.

    It is to be typed where the render was started, like the command that makes it again.
    """
    return shlex.join(("flowstyle", "debug", record.result)) if record.kind == "run" else ""


def _facts_of(record: Record) -> dict[str, Any]:
    """The record but for what is said of single frames, which stands in the data of the page."""
    facts = asdict(record)
    for name in ("times", "iterations", "frame_seconds"):
        del facts[name]
    if record.figures is not None:
        facts["figures"] = {k: v for k, v in record.figures.items() if k != "profile"}
    return facts


def _page(
    record: Record, data: dict[str, Any], charts: list[Chart], worst: list[WorstFrame]
) -> str:
    loader = PackageLoader("flowstyle.report.html", "files")
    # Names of clips and styles may be anything: all that is put into the page is escaped.
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = COMPACT
    figures = record.measured
    groups = groupby(record.settings, key=lambda setting: setting.panel)
    return environment.get_template("page.html").render(
        record=record,
        data=data,
        title=title_of(record),
        facts=list(_facts(record)),
        cards=cards_of(figures) if figures else [],
        table=lines(figures) if figures else [],
        views=[(name, VIEWS[name]) for name in data["views"]],
        charts=charts,
        worst=[_shown(one, record) for one in worst],
        scale=round(255 * ERROR_SCALE),
        rim=length(WHEEL_PART * record.size[0]),
        mask_parts=MASK_LEGEND,
        panels=[(panel, list(settings)) for panel, settings in groups],
        scripts=SCRIPTS,
        styles=STYLES,
    )


def title_of(record: Record) -> str:
    """What the page is called: the clip, and the styles it is painted in."""
    styles = " + ".join(Path(style).name for style in record.styles)
    name = Path(record.source).name
    return f"{name} in the style of {styles}" if styles else f"{Path(record.result).name}"


def _facts(record: Record) -> Iterator[str]:
    """What stands below the title."""
    rate = float(Fraction(record.rate))
    yield f"{record.frames} frames" + ("" if record.complete else " so far: the run has not ended")
    yield f"{record.size[0]}×{record.size[1]}"
    if rate > 0:
        yield f"{rate:.4g} frames a second"
        yield f"{record.frames / rate:.1f} s"
    if record.seconds is not None:
        resumed = any(notice.startswith("resuming") for notice in record.notices)
        took = "resumed, the last run took" if resumed else "took"
        yield f"{took} {_duration(record.seconds)}"
    if record.pace is not None:
        yield f"painting {record.pace:.1f} s a frame"
    if record.cuts:
        yield f"{len(record.cuts) + 1} shots"
    yield datetime.fromisoformat(record.written).strftime("%d %B %Y, %H:%M").lstrip("0")


def _duration(seconds: float) -> str:
    """``3 min 12 s``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "min"), (rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


@dataclass(frozen=True)
class Shown:
    """A worst frame as the page lists it."""

    index: int
    number: int
    text: str
    pictures: tuple[tuple[str, str, str], ...]


def _shown(one: WorstFrame, record: Record) -> Shown:
    number = record.start + one.index
    ratio = f", {one.error / one.source_error:.1f} × the source's own" if one.source_error else ""
    pictures = tuple(
        (f"{MEDIA}/{file}", PICTURES[name][0], PICTURES[name][1].format(number))
        for name, file in one.pictures
    )
    return Shown(one.index, number, f"warp error {rounded(1e4 * one.error)} ×10⁻⁴{ratio}", pictures)
