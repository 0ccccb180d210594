"""``--budget`` and ``--tune``: in what time a render is to end, how long a network is tuned."""

from __future__ import annotations

from typing import Annotated

import typer

from flowstyle.cli.options import RESULT
from flowstyle.core.amounts import read_budget, read_tuning

__all__ = ["Budget", "Tune", "read_budget", "read_tuning"]

Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="End in so long (30m, 1h30m): effort, then width are chosen.",
        rich_help_panel=RESULT,
    ),
]
Tune = Annotated[
    str | None,
    typer.Option(
        "--tune",
        help="Fit a trained network to the clip first, for so long (5m).",
        rich_help_panel=RESULT,
    ),
]
