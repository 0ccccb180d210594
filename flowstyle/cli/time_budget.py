"""``--budget``: in what time a render is to end."""

from __future__ import annotations

from typing import Annotated

import typer

from flowstyle.cli.options import RESULT
from flowstyle.core.amounts import read_budget

__all__ = ["Budget", "read_budget"]

Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="End in so long (30m, 1h30m): effort, then width are chosen.",
        rich_help_panel=RESULT,
    ),
]
