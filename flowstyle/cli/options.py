"""Options that several commands share, under one name and with one meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.core.errors import UsageError

LOOK, LOSSES, WORK, RESULT = "Piece and size", "Losses", "How it is computed", "Result"

Width = Annotated[
    int | None,
    typer.Option(help="Width of the render in pixels; the height follows.", rich_help_panel=LOOK),
]
FrameCount = Annotated[
    int | None, typer.Option("--frames", help="Render so many frames.", rich_help_panel=LOOK)
]
StartFrame = Annotated[
    int | None,
    typer.Option(help="First frame to render, counted from 0.", rich_help_panel=LOOK),
]
Preset = Annotated[
    str | None,
    typer.Option(help="Where the other values start from: draft, default, independent, ..."),
]
ContentWeight = Annotated[float | None, typer.Option(rich_help_panel=LOSSES)]
StyleWeight = Annotated[float | None, typer.Option(rich_help_panel=LOSSES)]
TemporalWeight = Annotated[float | None, typer.Option(rich_help_panel=LOSSES)]
TvWeight = Annotated[
    float | None, typer.Option(help="Total variation: smoothness.", rich_help_panel=LOSSES)
]
ContentLayers = Annotated[
    str | None, typer.Option(help="Comma-separated, e.g. relu4_2.", rich_help_panel=LOSSES)
]
StyleLayers = Annotated[
    str | None,
    typer.Option(help="Comma-separated, e.g. relu1_1,relu2_1,relu3_1.", rich_help_panel=LOSSES),
]
StyleScale = Annotated[
    float | None,
    typer.Option(help="Size of the brushwork: 1 fits style to frame.", rich_help_panel=LOSSES),
]
Iterations = Annotated[int | None, typer.Option(help="Iterations a frame.", rich_help_panel=WORK)]
Optimizer = Annotated[str | None, typer.Option(help="adam or lbfgs.", rich_help_panel=WORK)]
Seed = Annotated[int | None, typer.Option(rich_help_panel=WORK)]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda, cuda:1.", rich_help_panel=WORK)]
Precision = Annotated[str | None, typer.Option(help="auto, fp32 or bf16.", rich_help_panel=WORK)]
FlowChoice = Annotated[
    str | None,
    typer.Option("--flow", help="auto, dis, raft or a folder of .flo files.", rich_help_panel=WORK),
]
Features = Annotated[str | None, typer.Option(help="auto, vgg19 or compact.", rich_help_panel=WORK)]
Weights = Annotated[
    Path | None,
    typer.Option(help="VGG19 weights, .pth or .safetensors.", rich_help_panel=WORK),
]
OriginalColors = Annotated[
    bool | None,
    typer.Option(
        "--original-colors/--style-colors", help="Keep the clip's colours.", rich_help_panel=LOSSES
    ),
]
MatchColors = Annotated[
    bool | None,
    typer.Option(
        "--match-colors/--no-match-colors",
        help="Give the style the colours of the photograph, or of each shot's first frame.",
        rich_help_panel=LOSSES,
    ),
]
StyleLoss = Annotated[
    str | None, typer.Option(help="gram, wasserstein or sliced.", rich_help_panel=LOSSES)
]
Pooling = Annotated[str | None, typer.Option(help="max or average.", rich_help_panel=WORK)]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an existing output.", rich_help_panel=RESULT)
]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print errors only.", rich_help_panel=RESULT)]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON.", rich_help_panel=RESULT)
]


def layers(text: str | None) -> tuple[str, ...] | None:
    """Split a comma-separated list of layer names; None stays None."""
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def numbers(text: str | None, option: str) -> tuple[int, ...] | None:
    """Split a comma-separated list of whole numbers; None stays None.

    Raises:
        UsageError: one of them is not a whole number.
    """
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            f"{text!r} is not a list of whole numbers", option, "for instance 1,10,20"
        ) from None
