"""``flowstyle run CLIP STYLE``: the main job."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowstyle.cli import completion, options
from flowstyle.cli.defaults import NoDefaults, SettingsOption, own_defaults, results_of, tell
from flowstyle.cli.figures import Verbose, print_figures
from flowstyle.cli.frame_rate import Fps
from flowstyle.cli.options import RESULT, WORK, Given, brought_by, idle_options, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.cli.time_budget import Budget, Tune, read_budget, read_tuning
from flowstyle.cli.writing import writing
from flowstyle.core.events import Notice
from flowstyle.core.signals import StopFlag
from flowstyle.networks.names import as_network
from flowstyle.settings import Settings, load_settings
from flowstyle.settings.files import read_settings

if TYPE_CHECKING:
    from flowstyle.render.result import Output, Rendered

DEGRADED = 3

FIELDS = (
    *("width", "frames", "start_frame", "shots", "part", "paint_bars"),
    *("content_weight", "style_weight", "palette_weight", "temporal_weight", "tv_weight"),
    *("content_layers", "style_layers", "style_scale", "stability", "style_loss", "long_term"),
    *("temporal_loss", "normalize_gradients", "original_colors", "match_colors"),
    *("missed", "overshoot", "edges", "mask_dilate", "mask_blur", "mask_soften"),
    *("iterations", "first_iterations", "effort", "sweeps", "optimizer", "learning_rate"),
    *("seed", "device", "precision", "memory", "engine", "refine", "flow", "features", "weights"),
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
    str | None,
    typer.Option(help="Damaged frames: stop (usual) or repeat.", rich_help_panel=RESULT),
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
Executor = Annotated[
    str | None,
    typer.Option(help="What has shots painted: inline, local or ray.", rich_help_panel=WORK),
]
Address = Annotated[
    str | None,
    typer.Option(help="Of a Ray cluster, HOST:PORT or auto.", rich_help_panel=WORK),
]
CpusPerJob = Annotated[
    int | None, typer.Option(help="Cores of each job of Ray.", min=1, rich_help_panel=WORK)
]
GpusPerJob = Annotated[
    float | None, typer.Option(help="GPUs of each job of Ray, e.g. 0.5.", rich_help_panel=WORK)
]
NoSharedDisk = Annotated[
    bool,
    typer.Option("--no-shared-disk", help="Send frames to and from Ray.", rich_help_panel=WORK),
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
        list[Path],
        typer.Argument(
            help="The picture (several are blended), or a trained network's name.",
            readable=False,
            autocompletion=completion.styles,
        ),
    ],
    given: Given,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Result; CLIP_STYLE.mp4 by default, CLIP_NAME-network.mp4 of a network.",
        ),
    ] = None,
    preset: options.Preset = None,
    settings_file: SettingsOption = None,
    no_defaults: NoDefaults = False,
    blend: options.Blend = None,
    fps: Fps = None,
    codec: Codec = None,
    pix_fmt: PixelFormat = None,
    quality: Quality = None,
    audio: Audio = None,
    on_corrupt: OnCorrupt = None,
    stream: options.Stream = None,
    workers: Workers = None,
    devices: Devices = None,
    executor: Executor = None,
    address: Address = None,
    cpus_per_job: CpusPerJob = None,
    gpus_per_job: GpusPerJob = None,
    no_shared_disk: NoSharedDisk = False,
    budget: Budget = None,
    tune: Tune = None,
    estimate: Estimate = False,
    restart: Restart = False,
    debug: Debug = False,
    measure: Measure = True,
    report: options.WriteReport = True,
    overwrite: options.Overwrite = False,
    verbose: Verbose = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Paint a clip in the style of a picture.

    The same command again goes on where it stopped.
    """
    file = None if settings_file is None else read_settings(settings_file)
    own = own_defaults(no_defaults, file)
    wished = {"blend": blend, "codec": codec, "pix_fmt": pix_fmt, "quality": quality}
    wished |= {"audio": audio, "on_corrupt": on_corrupt, "fps": fps, "stream": stream}
    result = results_of(wished, file, own)
    style = [as_network(one) for one in style]
    ways = writing(result) | {"path": output, "overwrite": overwrite, "restart": restart}
    ways |= {"debug": debug, "report": report, "measure": measure and (json or report or not quiet)}
    ways |= {"workers": workers, "devices": options.names(devices), "executor": executor}
    ways |= {"address": address, "cpus_per_job": cpus_per_job, "gpus_per_job": gpus_per_job}
    ways |= {"shared_disk": not no_shared_disk}
    how: dict[str, Any] = {"blend": options.shares(result["blend"]), "budget": read_budget(budget)}
    tuning = read_tuning(tune)
    given |= brought_by(style, given)
    settings = load_settings(given, preset=preset, file=file, own=own)
    job = _Job(clip, style, settings, ways, how)
    with StopFlag() as stop, Display(quiet) as display:
        for event in (*tell(own, file, preset), *idle_options(settings, given)):
            display(event)
        if estimate:
            _estimate(job, tune, display, stop, json=json)
            return
        rendered = _render(job, tuning, display, stop)
    _tell(rendered, settings, json=json, quiet=quiet, verbose=verbose)
    _end(rendered, stop, report=report)


@dataclass(frozen=True)
class _Job:
    """What is painted, with arguments of :class:`Output` and of the functions of the pipeline."""

    clip: Path
    styles: list[Path]
    settings: Settings
    ways: dict[str, Any]
    how: dict[str, Any]

    @property
    def output(self) -> Output:
        """How the result is written."""
        from flowstyle.render.result import Output

        return Output(**self.ways, command=shlex.join(["flowstyle", *sys.argv[1:]]))


def _estimate(job: _Job, tune: str | None, display: Display, stop: StopFlag, *, json: bool) -> None:
    """Print what a render would take; it is all that was asked for, whatever is quiet."""
    from flowstyle import pipeline  # torch: only once the options are right

    if tune is not None:
        display(Notice(f"--tune takes {tune} more"))
    found = pipeline.estimate_video(
        job.clip, job.styles, job.settings, job.output, **job.how, report=display, cancel=stop.token
    )
    if json:
        print_json(found.as_dict())
    else:
        print(found.summary())


def _render(job: _Job, tune: float | None, display: Display, stop: StopFlag) -> Rendered:
    """Paint."""
    from flowstyle import pipeline  # torch: only once the options are right

    how = {**job.how, "tune": tune, "report": display, "cancel": stop.token}
    return pipeline.stylize_video(job.clip, job.styles, job.settings, job.output, **how)


def _end(rendered: Rendered, stop: StopFlag, *, report: bool) -> None:
    """End with what is not as it was asked for."""
    if rendered.unmeasured or (report and rendered.page is None):
        stop.raise_if_set(
            "measuring; the clip is complete",
            f"nothing; flowstyle report {shlex.quote(str(rendered.path))} measures it and writes "
            "the report",
        )
    if rendered.repeated:
        raise typer.Exit(DEGRADED)


def _tell(
    rendered: Rendered, settings: Settings, *, json: bool, quiet: bool, verbose: bool
) -> None:
    """Print the result; what is not as asked for is said even if nothing else is.

    Args:
        rendered: the result.
        settings: that were asked for.
        json: as JSON.
        quiet: nothing, where all is as asked for.
        verbose: all figures.
    """
    if json:
        print_json(rendered.as_dict())
    elif not quiet:
        if rendered.figures is not None:
            start = settings.start_frame
            print_figures(rendered.figures, rendered.features, start=start, verbose=verbose)
        print(rendered.summary())
    if quiet and settings.features == "vgg19" and rendered.features == "compact":
        print(
            "flowstyle: VGG19's weights could not be had: painted with the compact features",
            file=sys.stderr,
        )
    if quiet and rendered.repeated:
        listed = ", ".join(map(str, rendered.repeated))
        print(f"flowstyle: damaged frames repeated: {listed}", file=sys.stderr)
