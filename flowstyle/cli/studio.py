"""``flowstyle studio``: a page to work in, served on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options
from flowstyle.cli.help_page import EVERYDAY
from flowstyle.cli.progress import Display
from flowstyle.cli.run import FIELDS
from flowstyle.settings.catalogue import fields


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("studio")(studio)


def studio(
    folder: Annotated[
        list[Path] | None,
        typer.Option(help="With clips and pictures to choose; may be repeated. Here by default."),
    ] = None,
    port: Annotated[int, typer.Option(help="On which it listens.", min=1, max=65535)] = 8765,
    address: Annotated[
        str, typer.Option(help="On which it listens; another than this needs --token.")
    ] = "127.0.0.1",
    token: Annotated[str, typer.Option(help="A word that everybody must know who comes.")] = "",
    quiet: options.Quiet = False,
) -> None:
    """Serve a page to work in: choose a clip and pictures, look, render, download.

    It is reached from this machine alone, and reaches nothing outside the folders that are opened.
    """
    from flowstyle.studio.server import Studio, serve  # torch: only once the options are right

    with Display(quiet) as display:
        serve(Studio(dials(), folder or [Path()], address, port, token), display)


def dials() -> list[str]:
    """The settings that the help of ``run`` shows first, in that order."""
    by_option = {fields()[name].option: name for name in FIELDS}
    return [by_option[option] for option in EVERYDAY["run"] if option in by_option]
