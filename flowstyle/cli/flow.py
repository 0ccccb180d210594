"""``flowstyle flow CLIP``: flow, masks and warp error as a video."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options
from flowstyle.cli.frame_rate import Fps, read_rate
from flowstyle.cli.options import RESULT, Given, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.signals import StopFlag

FIELDS = ("width", "frames", "start_frame", "flow")
"""Settings that have an option here."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("flow")(flow)


@with_settings(*FIELDS)
def flow(
    clip: Annotated[Path, typer.Argument(help="A video file or a folder of frames.")],
    given: Given,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Video or folder; CLIP_flow.mp4 by default."),
    ] = None,
    fps: Fps = None,
    write_flo: Annotated[
        Path | None,
        typer.Option(help="Write .flo files of both directions there.", rich_help_panel=RESULT),
    ] = None,
    stream: options.Stream = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Show a clip's flow, trust masks, warped frames and warp error as a video."""
    from flowstyle.report.flow_view import view_flow  # torch: only once the options are right

    with StopFlag() as stop, Display(quiet or json) as display:
        view = view_flow(
            clip,
            output,
            start=given.get("start_frame", 0),
            count=given.get("frames"),
            width=given.get("width"),
            rate=read_rate(fps),
            stream=stream,
            flow=given.get("flow") or "auto",
            write_flo=write_flo,
            overwrite=overwrite,
            report=display,
            cancel=stop.token,
        )
    if json:
        print_json(view.as_dict())
    elif not quiet:
        print(view.summary())
