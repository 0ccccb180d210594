"""``flowstyle run CLIP STYLE``: the main job."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowstyle.cli import options
from flowstyle.cli.eval import print_figures
from flowstyle.cli.frame_rate import Fps, read_rate
from flowstyle.cli.options import RESULT, WORK, Given, brought_by, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.cli.time_budget import Budget, read_budget
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Notice
from flowstyle.core.signals import StopFlag
from flowstyle.media.sound_plan import sound_asked
from flowstyle.settings import load_settings, option_of
from flowstyle.settings.effects import without_effect

if TYPE_CHECKING:
    from flowstyle.render.estimate import Estimate as Found
    from flowstyle.render.result import Rendered

DEGRADED = 3

FIELDS = (
    *("width", "frames", "start_frame", "shots", "part"),
    *("content_weight", "style_weight", "temporal_weight", "tv_weight"),
    *("content_layers", "style_layers", "style_scale", "stability", "style_loss", "long_term"),
    *("temporal_loss", "normalize_gradients", "original_colors", "match_colors"),
    *("missed", "overshoot", "edges", "mask_dilate", "mask_blur", "mask_soften"),
    *("iterations", "first_iterations", "effort", "sweeps", "optimizer", "learning_rate"),
    *("seed", "device", "precision", "memory", "engine", "flow", "features", "weights"),
    "pooling",
)
"""Settings that have an option here."""

Codec = Annotated[
    str | None, typer.Option(help="h264, hevc, av1, vp9, prores, ffv1.", rich_help_panel=RESULT)
]
PixelFormat = Annotated[str | None, typer.Option(help="E.g. yuv420p10le.", rich_help_panel=RESULT)]
Quality = Annotated[
    int | None, typer.Option(help="Constant quality (CRF).", rich_help_panel=RESULT)
]
Audio = Annotated[
    str | None,
    typer.Option(
        help="Sound: copy, encode or none; copied by default, encoded where it does not fit.",
        rich_help_panel=RESULT,
    ),
]
OnCorrupt = Annotated[
    str, typer.Option(help="Damaged frames: stop or repeat.", rich_help_panel=RESULT)
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Set earlier work aside.", rich_help_panel=RESULT)
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug", help="Write flow, masks, warps of each frame made.", rich_help_panel=RESULT
    ),
]
Estimate = Annotated[
    bool,
    typer.Option(
        "--estimate", help="Say what time, memory and disk it will take.", rich_help_panel=RESULT
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(help="Processes that paint, each some shots.", min=1, rich_help_panel=WORK),
]
Devices = Annotated[
    str | None,
    typer.Option(help="A worker on each, e.g. cuda:0,cuda:1.", rich_help_panel=WORK),
]
Measure = Annotated[
    bool,
    typer.Option(
        "--measure/--no-measure",
        help="Stability and style figures at the end, also in --json.",
        rich_help_panel=RESULT,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


@with_settings(*FIELDS)
def run(
    clip: Annotated[
        Path, typer.Argument(help="A video file or a folder of frames.", readable=False)
    ],
    style: Annotated[
        list[Path], typer.Argument(help="The picture (several are blended).", readable=False)
    ],
    given: Given,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Result; CLIP_STYLE.mp4 by default."),
    ] = None,
    preset: options.Preset = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="A TOML file with settings.")
    ] = None,
    blend: options.Blend = None,
    fps: Fps = None,
    codec: Codec = None,
    pix_fmt: PixelFormat = None,
    quality: Quality = None,
    audio: Audio = None,
    on_corrupt: OnCorrupt = "stop",
    stream: options.Stream = None,
    workers: Workers = None,
    devices: Devices = None,
    budget: Budget = None,
    estimate: Estimate = False,
    restart: Restart = False,
    debug: Debug = False,
    measure: Measure = True,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Paint a clip in the style of a picture.

    The same command again goes on where it stopped.
    """
    if on_corrupt not in ("stop", "repeat"):
        what = f"damaged frames cannot be treated by {on_corrupt!r}"
        raise UsageError(what, "--on-corrupt", "stop or repeat")
    rate = read_rate(fps)
    seconds = read_budget(budget)
    sound_asked(audio)
    given |= brought_by(style, given)
    settings = load_settings(given, preset=preset, file=settings_file)
    shares = None if blend is None else options.numbers(blend, "--blend", float)

    from flowstyle import pipeline  # torch: only once the options are right
    from flowstyle.render.result import Output

    asked = Output(
        path=output,
        rate=rate,
        codec=codec,
        pixel_format=pix_fmt,
        quality=quality,
        audio=audio,
        overwrite=overwrite,
        restart=restart,
        debug=debug,
        measure=measure and (json or not quiet),
        stream=stream,
        workers=workers,
        devices=options.names(devices),
        on_corrupt="repeat" if on_corrupt == "repeat" else "stop",
    )
    with StopFlag() as stop, Display(quiet) as display:
        for name, reason in without_effect(settings, given).items():
            display(Notice(f"{option_of(name)} has no effect here: {reason}"))
        how: dict[str, Any] = dict(blend=shares, budget=seconds, report=display, cancel=stop.token)
        if estimate:
            _tell_estimate(pipeline.estimate_video(clip, style, settings, asked, **how), json=json)
            return
        rendered = pipeline.stylize_video(clip, style, settings, asked, **how)
    _tell(rendered, json=json, quiet=quiet, wanted=settings.features)
    if rendered.unmeasured:
        stop.raise_if_set(
            "measuring; the clip is complete",
            "nothing; the same command with --overwrite measures it",
        )
    if rendered.repeated:
        raise typer.Exit(DEGRADED)


def _tell_estimate(found: Found, *, json: bool) -> None:
    """Print what a render would take; it is all that was asked for, whatever is quiet."""
    if json:
        print_json(found.as_dict())
    else:
        print(found.summary())


def _tell(rendered: Rendered, *, json: bool, quiet: bool, wanted: str) -> None:
    """Print the result; what is not as asked for is said even if nothing else is.

    Args:
        rendered: the result.
        json: as JSON.
        quiet: nothing, where all is as asked for.
        wanted: the features asked for.
    """
    if json:
        print_json(rendered.as_dict())
    elif not quiet:
        if rendered.figures is not None:
            print_figures(rendered.figures, rendered.features)
        print(rendered.summary())
    if quiet and wanted == "vgg19" and rendered.features == "compact":
        print(
            "flowstyle: VGG19's weights could not be had: painted with the compact features",
            file=sys.stderr,
        )
    if quiet and rendered.repeated:
        listed = ", ".join(map(str, rendered.repeated))
        print(f"flowstyle: damaged frames repeated: {listed}", file=sys.stderr)
