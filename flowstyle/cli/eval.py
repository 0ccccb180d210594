"""``flowstyle eval``: how stable, sharp and well styled a clip is, beside its source."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowstyle.cli import options
from flowstyle.cli.figures import Verbose, print_figures
from flowstyle.cli.frame_rate import Fps, read_rate
from flowstyle.cli.options import As, Given, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.events import Notice, Report
from flowstyle.metrics.summary import ClipFigures
from flowstyle.networks.card import is_trained
from flowstyle.networks.names import as_network, located

if TYPE_CHECKING:
    from flowstyle.metrics.evaluation import MatchedClips

FIELDS = (
    "style_scale",
    As("start_frame", help="First frame to measure, counted from 0."),
    As("frames", help="Measure so many frames.", least=1),
    *("features", "weights", "device"),
)
"""Settings that have an option here."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval")(evaluate_clip)


@with_settings(*FIELDS)
def evaluate_clip(
    source: Annotated[Path, typer.Argument(help="The clip before: a video or a picture folder.")],
    styled: Annotated[Path, typer.Argument(help="The clip after, made by any tool.")],
    given: Given,
    style: Annotated[
        Path | None,
        typer.Option(
            help="The style picture, or a trained network with it, to measure the style distance."
        ),
    ] = None,
    judge: Annotated[
        str, typer.Option(help="Flow that judges: auto (= tvl1), farneback, raft or dis.")
    ] = "auto",
    fps: Fps = None,
    stream: options.Stream = None,
    report: options.WriteReport = True,
    verbose: Verbose = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Measure a styled clip against its source: warp error, flicker, drift, sharpness, style.

    The source is the floor of every figure: it stands beside the result's. Style and content
    distances are those of the feature network; compare figures of one network only.
    """
    rate = read_rate(fps)
    style = style and as_network(style)
    if style is not None and is_trained(style):
        style = located(style)
    start = given.get("start_frame", 0)
    # Loaded here: torch takes seconds, and `--help` needs none of it.
    from flowstyle.core.device import find_device
    from flowstyle.features.select import select_features
    from flowstyle.metrics.evaluation import evaluate, matched_clips

    with Display(quiet or as_json) as display:
        where = find_device(given.get("device") or "auto")
        weights = given.get("weights")
        network = select_features(
            given.get("features") or ("vgg19" if weights else "compact"),
            weights=weights,
            device=where,
            report=display,
        )
        figures = evaluate(
            source,
            styled,
            style=_picture_of(style),
            style_scale=given.get("style_scale") or 1.0,
            network=network,
            judge=judge,
            start=start,
            count=given.get("frames"),
            rate=rate,
            stream=stream,
            device=where,
            report=display,
        )
        page = None
        if report:
            clips = matched_clips(
                source,
                styled,
                start=start,
                count=given.get("frames"),
                rate=rate,
                stream=stream,
            )
            page = _report(clips, figures, style, network.name, str(where), display)
    if as_json:
        measured = {**figures.as_dict(), "features": network.name}
        print_json({**measured, "page": None if page is None else str(page)})
    else:
        print_figures(figures, network.name, start=start, verbose=verbose)


def _report(
    clips: MatchedClips,
    figures: ClipFigures,
    style: Path | None,
    features: str,
    device: str,
    report: Report,
) -> Path | None:
    """The page about it; where none can be written that is said, and the figures stay."""
    from flowstyle.report.html.evaluation import write_evaluation
    from flowstyle.report.html.folder import why_not_written

    try:
        return write_evaluation(
            clips,
            figures,
            style=style,
            features=features,
            device=device,
            command=shlex.join(["flowstyle", *sys.argv[1:]]),
            report=report,
        )
    except Exception as error:  # of whatever kind: what was asked for is measured
        report(Notice(f"no report: {why_not_written(error)}"))
        return None


def _picture_of(style: Path | None) -> Any:
    """What a style is measured by: a picture's path, or the picture inside of a trained network.

    Raises:
        WeightsError: the network is missing or refused.
    """
    if style is None or not is_trained(style):
        return style
    from flowstyle.networks.file import load_trained  # torch

    return load_trained(style).picture
