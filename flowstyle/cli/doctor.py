"""``flowstyle doctor``: what this machine offers, and what to do about what it lacks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flowstyle.cli import options
from flowstyle.cli.progress import print_json

DEGRADED = 3
MARKS = {"ok": "[green]ok[/]    ", "lack": "[yellow]lacks[/] ", "broken": "[red]broken[/]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    folder: Annotated[
        Path, typer.Argument(help="Where results would be written.", show_default="here")
    ] = Path(),
    json: options.Json = False,
) -> None:
    """Say what this machine offers, and what to do about what it lacks.

    Ends with 3 if something that every run needs is broken.
    """
    from flowstyle.report.doctor import examine  # torch: only once the command is known

    findings = examine(folder)
    healthy = all(finding.state != "broken" for finding in findings)
    if json:
        print_json({"ok": healthy, "findings": [asdict(finding) for finding in findings]})
    else:
        console = Console(highlight=False, soft_wrap=True)
        for finding in findings:
            console.print(MARKS[finding.state], f"{finding.topic:<9}", end=" ")
            console.print(finding.text, markup=False)
            if finding.advice:
                console.print(f"                 → {finding.advice}", markup=False)
    if not healthy:
        raise typer.Exit(DEGRADED)
