"""``flowstyle train STYLE… -o NAME.safetensors``: a network that paints a style in one pass."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import options
from flowstyle.cli.options import Given, numbers, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.plain import one_line
from flowstyle.core.signals import StopFlag
from flowstyle.settings import load_settings

Minutes = Annotated[float, typer.Option(help="Minutes of training.", min=0.1, max=100_000)]
Steps = Annotated[
    int | None,
    typer.Option(help="Steps in place of minutes: the same network each time.", min=1),
]
Pictures = Annotated[
    Path | None,
    typer.Option(
        help="Folder with photographs, or a clip, to be trained on; drawn pictures without it.",
        exists=True,
    ),
]
Start = Annotated[
    Path | None,
    typer.Option(
        help="Network to begin with, a file or a name; without it the one that is there for the "
        "picture, or else the bundled candy."
    ),
]
Preview = Annotated[
    bool,
    typer.Option(
        "--preview/--no-preview", help="Write NAME.preview.png, the present look, as it learns."
    ),
]
Restart = Annotated[bool, typer.Option("--restart", help="Begin anew what was ended before.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train")(train)


@with_settings("seed", "device", "features", "weights")
def train(
    style: Annotated[list[Path], typer.Argument(help="The picture (several are blended).")],
    given: Given,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Result; STYLE.safetensors by default."),
    ] = None,
    minutes: Minutes = 10.0,
    steps: Steps = None,
    pictures: Pictures = None,
    start: Start = None,
    preview: Preview = True,
    blend: options.Blend = None,
    restart: Restart = False,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Train a network for a picture: it paints clips some ten times faster.

    Ctrl-C keeps what was learned so far; the same command again goes on.
    """
    settings = load_settings(given)
    shares = None if blend is None else numbers(blend, "--blend", float)

    # torch: only once the options are right
    from flowstyle.render.train_style import TrainingPlan, train_style

    path = output or Path("_".join(one.stem for one in style) + ".safetensors")
    plan = TrainingPlan(path, minutes, steps, pictures, preview, overwrite, restart, start)
    with StopFlag() as stop, Display(quiet) as display:
        trained = train_style(
            style, plan, settings, blend=shares, report=display, cancel=stop.token
        )
    card = trained.card
    if json:
        print_json({"path": path, **card.model_dump(mode="json")})
    elif not quiet:
        print(f"{one_line(path)}: {card.steps} steps in {card.minutes:g} min")
        print(f"flowstyle run CLIP {one_line(path)}")
