"""``flowstyle image PHOTO STYLE…``: the same engine on a still."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flowstyle.cli import options
from flowstyle.cli.options import LOOK, LOSSES, WORK
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.errors import UsageError
from flowstyle.core.signals import StopFlag
from flowstyle.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("image")(image)


def image(
    photo: Annotated[Path, typer.Argument(help="The photograph.")],
    style: Annotated[
        list[Path] | None, typer.Argument(help="The picture (several are blended).")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Result; PHOTO_STYLE.png by default.")
    ] = None,
    preset: options.Preset = None,
    width: options.Width = None,
    alpha_beta: Annotated[
        float | None,
        typer.Option(
            help="Gatys' ratio of content to style, 1e-4 (style) to 1e-1 (content).",
            rich_help_panel=LOSSES,
        ),
    ] = None,
    content_weight: options.ContentWeight = None,
    style_weight: options.StyleWeight = None,
    tv_weight: options.TvWeight = None,
    content_layers: options.ContentLayers = None,
    style_layers: options.StyleLayers = None,
    style_scale: options.StyleScale = None,
    style_loss: options.StyleLoss = None,
    blend: Annotated[
        str | None,
        typer.Option(help="Weight of each style, e.g. 0.7,0.3.", rich_help_panel=LOSSES),
    ] = None,
    original_colors: options.OriginalColors = None,
    match_colors: options.MatchColors = None,
    start: Annotated[
        str | None, typer.Option(help="content or noise.", rich_help_panel=WORK)
    ] = None,
    sweep: Annotated[
        bool,
        typer.Option(
            "--sweep",
            help="Contact sheet over the ratio, 1e-4 to 1e-1, from noise.",
            rich_help_panel=LOOK,
        ),
    ] = False,
    reconstruct: Annotated[
        str | None,
        typer.Option(
            help="Show what a layer keeps of the photograph, or of the style if one is given.",
            metavar="LAYER",
            rich_help_panel=LOOK,
        ),
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(help="Iterations at each size.", rich_help_panel=WORK)
    ] = None,
    optimizer: options.Optimizer = None,
    seed: options.Seed = None,
    device: options.Device = None,
    precision: options.Precision = None,
    features: options.Features = None,
    weights: options.Weights = None,
    pooling: options.Pooling = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Paint a photograph in the style of one or several pictures."""
    from flowstyle.engines.optimised.still import DEFAULTS, RATIO
    from flowstyle.render.still import (  # torch: only for a command that needs it
        Painting,
        stylize_image,
    )

    in_ratio = alpha_beta is not None or sweep
    if in_ratio and (content_weight is not None or style_weight is not None):
        raise UsageError(
            "a ratio was given beside weights",
            "--alpha-beta, --sweep",
            "give the ratio alone, or --content-weight and --style-weight",
        )
    if sweep and reconstruct:
        raise UsageError("--sweep and --reconstruct exclude each other", "", "give one of them")
    if alpha_beta is not None and not alpha_beta > 0:
        raise UsageError(f"the ratio {alpha_beta:g} is not above 0", "--alpha-beta", "try 1e-2")
    given: dict[str, Any] = {
        "width": width,
        "content_weight": alpha_beta if in_ratio else content_weight,
        "style_weight": style_weight,
        "tv_weight": tv_weight,
        "content_layers": options.layers(content_layers),
        "style_layers": options.layers(style_layers),
        "style_scale": style_scale,
        "style_loss": style_loss,
        "original_colors": original_colors,
        "match_colors": match_colors,
        "first_start": start or ("noise" if sweep else None),
        "first_iterations": iterations,
        "optimizer": optimizer,
        "seed": seed,
        "device": device,
        "precision": precision,
        "features": features,
        "weights": weights,
        # The gradient of maxima is a comb, and shows in what a layer alone decides.
        "pooling": pooling or ("average" if reconstruct else None),
    }
    usual = preset in (None, "default") or in_ratio
    base = {**DEFAULTS, **(RATIO if in_ratio else {})} if usual else {}
    settings = load_settings(
        {**base, **{name: value for name, value in given.items() if value is not None}},
        preset=preset,
    )
    styles = style or []
    path = output or Path("_".join([photo.stem, *(p.stem for p in styles)]) + ".png")
    if output is None and reconstruct:
        path = Path(f"{(styles[0] if styles else photo).stem}_{reconstruct}.png")
    painting = Painting(path, _numbers(blend), sweep, reconstruct, overwrite)
    with StopFlag() as stop, Display(quiet) as display:
        size = stylize_image(
            photo, styles, settings, painting, report=display, stop_signal=lambda: stop.signum
        )
    if json:
        print_json({"path": path, "width": size[0], "height": size[1]})
    elif not quiet:
        print(f"{path}: {size[0]}×{size[1]}")


def _numbers(text: str | None) -> tuple[float, ...] | None:
    """Split comma-separated weights."""
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"'{text}' is not a list of numbers", "--blend", "write for instance 0.7,0.3"
        ) from error
