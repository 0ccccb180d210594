"""``flowstyle compare A B…``: clips beside each other, or one wiped over the other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options
from flowstyle.cli.frame_rate import Fps, read_rate
from flowstyle.cli.options import LOOK
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.signals import StopFlag


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(
    clips: Annotated[
        list[Path],
        typer.Argument(help="Videos or folders of frames, the source first.", readable=False),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Video or folder.")],
    labels: Annotated[
        str | None, typer.Option(help="Names shown, e.g. clip,candy; else those of the files.")
    ] = None,
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Two clips: a line goes to and fro between them.")
    ] = False,
    width: Annotated[
        int | None, typer.Option(help="Of each picture (pixels).", rich_help_panel=LOOK)
    ] = None,
    fps: Fps = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Show clips beside each other in one video, frame by frame."""
    rate = read_rate(fps)
    names = [] if labels is None else [name.strip() for name in labels.split(",")]
    from flowstyle.report.compare import compare_clips  # torch: only once the options are right

    with StopFlag() as stop, Display(quiet or json) as display:
        made = compare_clips(
            clips,
            output,
            labels=names,
            wipe=wipe,
            width=width,
            rate=rate,
            overwrite=overwrite,
            report=display,
            cancel=stop.token,
        )
    if json:
        print_json(made.as_dict())
    elif not quiet:
        print(made.summary())
