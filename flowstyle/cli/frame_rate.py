"""``--fps``: how fast a folder of frames is shown."""

from __future__ import annotations

from typing import Annotated

import typer

from flowstyle.cli.options import RESULT
from flowstyle.core.amounts import read_rate

__all__ = ["Fps", "read_rate"]

Fps = Annotated[
    str | None,
    typer.Option(
        "--fps",
        help="Frames a second of a folder of frames, 24 by default; e.g. 30 or 30000/1001.",
        rich_help_panel=RESULT,
    ),
]
