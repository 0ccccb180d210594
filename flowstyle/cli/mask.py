"""``flowstyle mask FLOW REVERSE -o MASK.png``: where a flow can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mask")(mask)


def mask(
    flow: Annotated[Path, typer.Argument(help="Flow, target to source (.flo or KITTI .png).")],
    reverse: Annotated[Path, typer.Argument(help="Flow, source to target.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Mask, .png.")],
    overwrite: options.Overwrite = False,
) -> None:
    """Write the trust mask of a flow by the rule of Ruder et al. (white = trust).

    FLOW stands on the target frame's pixels and points into the source; REVERSE stands on the
    source's. The mask stands on the target's pixels.
    """
    from flowstyle.report.flow_view import write_mask  # torch: only once the options are right

    write_mask(flow, reverse, output, overwrite=overwrite)
