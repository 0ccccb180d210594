"""``flowstyle run CLIP STYLE``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from flowstyle.cli import options
from flowstyle.cli.eval import print_figures
from flowstyle.cli.options import LOOK, LOSSES, RESULT, WORK
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Notice
from flowstyle.core.signals import StopFlag
from flowstyle.settings import load_settings, option_of
from flowstyle.settings.effects import idle_options

DEGRADED = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    clip: Annotated[
        Path, typer.Argument(help="A video file or a folder of frames.", readable=False)
    ],
    style: Annotated[
        list[Path], typer.Argument(help="The picture (several are blended).", readable=False)
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Result; CLIP_STYLE.mp4 by default."),
    ] = None,
    preset: options.Preset = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="A TOML file with settings.")
    ] = None,
    width: options.Width = None,
    frames: options.FrameCount = None,
    start_frame: options.StartFrame = None,
    content_weight: options.ContentWeight = None,
    style_weight: options.StyleWeight = None,
    temporal_weight: options.TemporalWeight = None,
    tv_weight: options.TvWeight = None,
    content_layers: options.ContentLayers = None,
    style_layers: options.StyleLayers = None,
    style_scale: options.StyleScale = None,
    stability: Annotated[
        float | None,
        typer.Option(help="0 boils frame by frame, 1 is locked.", rich_help_panel=LOSSES),
    ] = None,
    style_loss: options.StyleLoss = None,
    long_term: Annotated[
        str | None,
        typer.Option(
            help="Distances of earlier frames that pull, e.g. 1,10,20.", rich_help_panel=LOSSES
        ),
    ] = None,
    temporal_loss: Annotated[
        str | None, typer.Option(help="mse or smoothl1.", rich_help_panel=LOSSES)
    ] = None,
    normalize_gradients: Annotated[
        bool | None,
        typer.Option(
            "--normalize-gradients/--plain-gradients",
            help="Scale each term's gradient to its weight.",
            rich_help_panel=LOSSES,
        ),
    ] = None,
    original_colors: options.OriginalColors = None,
    match_colors: options.MatchColors = None,
    iterations: options.Iterations = None,
    first_iterations: Annotated[
        int | None,
        typer.Option(help="Iterations at each size of a first frame.", rich_help_panel=WORK),
    ] = None,
    effort: Annotated[
        float | None, typer.Option(help="Factor on all iterations.", rich_help_panel=WORK)
    ] = None,
    sweeps: Annotated[
        int | None,
        typer.Option(help="Further sweeps over a shot, there and back.", rich_help_panel=WORK),
    ] = None,
    optimizer: options.Optimizer = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Step of a first frame.", rich_help_panel=WORK)
    ] = None,
    seed: options.Seed = None,
    device: options.Device = None,
    precision: options.Precision = None,
    flow: options.FlowChoice = None,
    features: options.Features = None,
    weights: options.Weights = None,
    pooling: options.Pooling = None,
    missed: Annotated[
        float | None, typer.Option(help="Distrust of occlusions, 0-1.", rich_help_panel=LOSSES)
    ] = None,
    overshoot: Annotated[
        float | None, typer.Option(help="Distrust off the frame, 0-1.", rich_help_panel=LOSSES)
    ] = None,
    edges: Annotated[
        float | None, typer.Option(help="Distrust of motion edges, 0-1.", rich_help_panel=LOSSES)
    ] = None,
    dilate: Annotated[
        int | None, typer.Option(help="Pixels by which distrust grows.", rich_help_panel=LOSSES)
    ] = None,
    blur: Annotated[
        float | None, typer.Option(help="Softness of the masks, pixels.", rich_help_panel=LOSSES)
    ] = None,
    soften: Annotated[
        float | None, typer.Option(help="Least trust anywhere, 0-1.", rich_help_panel=LOSSES)
    ] = None,
    shots: Annotated[
        Path | None,
        typer.Option(help="File that lists the first frames of shots.", rich_help_panel=LOOK),
    ] = None,
    codec: Annotated[
        str | None,
        typer.Option(help="h264, hevc, av1, vp9, prores, ffv1.", rich_help_panel=RESULT),
    ] = None,
    pix_fmt: Annotated[
        str | None, typer.Option(help="E.g. yuv420p10le.", rich_help_panel=RESULT)
    ] = None,
    quality: Annotated[
        int | None, typer.Option(help="Constant quality (CRF).", rich_help_panel=RESULT)
    ] = None,
    on_corrupt: Annotated[
        str, typer.Option(help="Damaged frames: stop or repeat.", rich_help_panel=RESULT)
    ] = "stop",
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Set earlier work aside.", rich_help_panel=RESULT),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", help="Write flow, masks, warps of each frame made.", rich_help_panel=RESULT
        ),
    ] = False,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure/--no-measure",
            help="Stability and style figures at the end, also in --json.",
            rich_help_panel=RESULT,
        ),
    ] = True,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Paint a clip in the style of a picture.

    The same command again goes on where it stopped.
    """
    given: dict[str, Any] = {
        "width": width,
        "frames": frames,
        "start_frame": start_frame,
        "content_weight": content_weight,
        "style_weight": style_weight,
        "temporal_weight": temporal_weight,
        "tv_weight": tv_weight,
        "content_layers": options.layers(content_layers),
        "style_layers": options.layers(style_layers),
        "style_scale": style_scale,
        "stability": stability,
        "temporal_loss": temporal_loss,
        "normalize_gradients": normalize_gradients,
        "original_colors": original_colors,
        "iterations": iterations,
        "first_iterations": first_iterations,
        "effort": effort,
        "sweeps": sweeps,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "seed": seed,
        "device": device,
        "precision": precision,
        "flow": flow,
        "features": features,
        "weights": weights,
        "pooling": pooling,
        "missed": missed,
        "overshoot": overshoot,
        "edges": edges,
        "mask_dilate": dilate,
        "mask_blur": blur,
        "mask_soften": soften,
        "style_loss": style_loss,
        "long_term": options.numbers(long_term, "--long-term"),
        "match_colors": match_colors,
        "shots": shots,
    }
    if on_corrupt not in ("stop", "repeat"):
        raise UsageError(
            f"damaged frames cannot be treated by {on_corrupt!r}", "--on-corrupt", "stop or repeat"
        )
    settings = load_settings(given, preset=preset, file=settings_file)

    from flowstyle.pipeline import stylize_video  # torch: only once the options are right
    from flowstyle.render.result import Output

    with StopFlag() as stop, Display(quiet) as display:
        asked = [name for name, value in given.items() if value is not None]
        for name, reason in idle_options(settings, asked).items():
            display(Notice(f"{option_of(name)} has no effect here: {reason}"))
        rendered = stylize_video(
            clip,
            style,
            settings,
            Output(
                path=output,
                codec=codec,
                pixel_format=pix_fmt,
                quality=quality,
                overwrite=overwrite,
                restart=restart,
                debug=debug,
                measure=measure and (json or not quiet),
                on_corrupt="repeat" if on_corrupt == "repeat" else "stop",
            ),
            report=display,
            stop_signal=lambda: stop.signum,
        )
    if json:
        print_json(rendered.as_dict())
    elif not quiet:
        if rendered.figures is not None:
            print_figures(rendered.figures, rendered.features)
        print(rendered.summary())
    if quiet and settings.features == "vgg19" and rendered.features == "compact":
        print(
            "flowstyle: VGG19's weights could not be had: painted with the compact features",
            file=sys.stderr,
        )
    if rendered.repeated and quiet:
        listed = ", ".join(map(str, rendered.repeated))
        print(f"flowstyle: damaged frames repeated: {listed}", file=sys.stderr)
    if rendered.unmeasured:
        stop.raise_if_set(
            "measuring; the clip is complete",
            "nothing; the same command with --overwrite measures it",
        )
    if rendered.repeated:
        raise typer.Exit(DEGRADED)
