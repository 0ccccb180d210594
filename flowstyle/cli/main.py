"""The command line: commands are registered here, errors become exit codes here."""

from __future__ import annotations

import io
import sys
from importlib import import_module
from typing import Annotated

import typer

from flowstyle.cli.progress import print_error
from flowstyle.core.errors import FlowstyleError, Interrupted, OutOfMemoryError
from flowstyle.core.signals import die_of, end_at_interrupt
from flowstyle.version import __version__

COMMANDS = ("run", "image", "flow", "mask", "eval", "doctor")

app = typer.Typer(
    name="flowstyle",
    help="Paints a video in the style of a picture, without flicker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"flowstyle {__version__}")
        raise typer.Exit


@app.callback()
def _flowstyle(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Paints a video in the style of a picture, without flicker."""


for _command in COMMANDS:
    import_module(f"flowstyle.cli.{_command}").register(app)


def main() -> None:
    """Entry point of the ``flowstyle`` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # × and → in a terminal that knows neither
            stream.reconfigure(errors="replace")
    end_at_interrupt()
    try:
        app()
    except Interrupted as error:
        print_error(error)
        die_of(error.signum)
    except FlowstyleError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except Exception as error:
        from flowstyle.core.memory import is_out_of_memory  # torch: only where it is loaded already

        if not is_out_of_memory(error):
            raise
        full = OutOfMemoryError(
            "the memory does not suffice",
            str(error).strip().splitlines()[0] if str(error).strip() else "this machine",
            "close other programs, or use a smaller --width and smaller pictures",
        )
        print_error(full)
        sys.exit(full.exit_code)
