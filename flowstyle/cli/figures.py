"""Figures of a clip on the terminal: verdicts in one screen, the table where it is asked for."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flowstyle.cli.options import RESULT
from flowstyle.cli.tables import columns, rows_of
from flowstyle.metrics.profile import worst_frames
from flowstyle.metrics.summary import ClipFigures, lines
from flowstyle.metrics.verdicts import verdicts

Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", help="Print all figures, not only what they mean.", rich_help_panel=RESULT
    ),
]


def print_figures(figures: ClipFigures, features: str, *, start: int = 0, verbose: bool) -> None:
    """Print on stdout what was measured.

    Args:
        figures: of a clip.
        features: name of the network that measured style and content.
        start: first frame that was measured; frames are named as the clip counts them.
        verbose: the table of all figures too.
    """
    if verbose:
        _print_table(figures, features)
    rows = [(one.name, one.verdict, one.why) for one in verdicts(figures)]
    print("\n".join(rows_of(rows, width=columns())))
    print(f"measured along the flow of {figures.judge}; eval --judge chooses another")
    worst = worst_frames(figures.profile)
    if worst:
        listed = ", ".join(str(start + index) for index in worst)
        print(f"least stable frames, counted from 0: {listed}")


def _print_table(figures: ClipFigures, features: str) -> None:
    table = Table(
        title=f"{figures.frames} frames, judged by {figures.judge} flow and {features} features"
    )
    table.add_column("metric")
    for name in ("value", "source's own", "ratio"):
        table.add_column(name, justify="right")
    table.add_column("meaning")
    for line in lines(figures):
        table.add_row(line.metric, line.value, line.source, line.ratio, line.meaning)
    Console(highlight=False).print(table)
