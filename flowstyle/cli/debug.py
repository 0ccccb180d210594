"""``flowstyle debug RUN_FOLDER --frame N``: the debug sheet of a frame that is painted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.errors import UsageError
from flowstyle.core.plain import one_line


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("debug")(debug)


def debug(
    folder: Annotated[
        Path, typer.Argument(help="The work folder OUT.flowstyle, or its result OUT.")
    ],
    frame: Annotated[
        int | None,
        typer.Option(help="Number of the frame, as the clip counts; needed.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Picture; OUT_debug_N.png by default.")
    ] = None,
    radius: Annotated[
        float | None,
        typer.Option(help="Motion that the colour wheel's rim stands for (pixels)."),
    ] = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Draw a painted frame's flow, masks, warp error and what its paint came from.

    The render goes on or stays as it is: nothing in its folder is changed.
    """
    # torch: only once the options are right
    from flowstyle.media.pictures import check_picture_output, write_picture
    from flowstyle.report.past_frame import PastRender, past_sheet

    if frame is None:
        advice = f"give --frame N: {PastRender.at(folder).painted_ones()}"
        raise UsageError("no frame was named", "--frame", advice)
    named = folder.name.removesuffix(".flowstyle")
    path = output or Path(f"{Path(named).stem}_debug_{frame:06d}.png")
    check_picture_output(path, overwrite)
    with Display(quiet or json) as display:
        sheet = past_sheet(folder, frame, radius=radius, report=display)
        write_picture(path, sheet, overwrite)
    if json:
        print_json({"path": path, "width": sheet.shape[1], "height": sheet.shape[0]})
    elif not quiet:
        print(f"{one_line(path)}: {sheet.shape[1]}×{sheet.shape[0]}")
