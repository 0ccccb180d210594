"""``flowstyle report RUN_FOLDER``: the page of a run, written afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options
from flowstyle.cli.figures import Verbose, print_figures
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.plain import one_line


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    run: Annotated[
        Path,
        typer.Argument(
            help="The folder OUT.flowstyle of a run, or its result OUT.", readable=False
        ),
    ],
    verbose: Verbose = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Write the report of a run into OUT.report, and print its verdicts; nothing is rendered.

    Also of a run that was stopped: of the frames that are painted by then.
    """
    from flowstyle.render.report_afterwards import report_of  # torch: takes seconds

    with Display(quiet) as display:
        made = report_of(run, display)
    if json:
        figures = None if made.figures is None else made.figures.as_dict()
        print_json({"page": str(made.page), "figures": figures})
    elif not quiet:
        if made.figures is not None:
            print_figures(made.figures, made.features, start=made.start, verbose=verbose)
        print(one_line(made.page))
