"""``flowstyle image PHOTO STYLE…``: the same engine on a still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from flowstyle.cli import completion, options
from flowstyle.cli.defaults import NoDefaults, SettingsOption, own_defaults, results_of, tell
from flowstyle.cli.options import LOOK, LOSSES, As, Given, brought_by, idle_options, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.core.errors import UsageError
from flowstyle.core.plain import one_line
from flowstyle.core.signals import StopFlag
from flowstyle.networks.card import is_trained
from flowstyle.networks.names import as_network, result_name
from flowstyle.settings import load_settings
from flowstyle.settings.files import read_settings

STILL = "still"
"""The preset of a picture, where no other is asked for."""

RATIO = "gatys"
"""The preset in whose units ``content_weight`` is Gatys' ratio α/β."""

FIELDS = (
    As(
        "width",
        help="Width of the result in pixels; the height follows. Without it the photograph's own "
        "size, a large one's made smaller.",
    ),
    *(
        "content_weight",
        "style_weight",
        "palette_weight",
        "tv_weight",
        "content_layers",
        "style_layers",
    ),
    *("style_scale", "style_loss", "normalize_gradients"),
    As("original_colors", help="Keep the photograph's colours; the picture gives brightness only."),
    *("match_colors", "first_start", "noise"),
    As("first_iterations", flag="--iterations", help="Iterations at each size."),
    *(
        "effort",
        "optimizer",
        "learning_rate",
        "seed",
        "device",
        "precision",
        "memory",
        "engine",
        "refine",
        "features",
        "weights",
        "pooling",
    ),
)
"""Settings that have an option here."""


Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="Result; PHOTO_STYLE.png by default, PHOTO_STYLE_sweep.png of --sweep.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("image")(image)


@with_settings(*FIELDS)
def image(
    photo: Annotated[Path, typer.Argument(help="The photograph.")],
    given: Given,
    style: Annotated[
        list[Path] | None,
        typer.Argument(
            help="The picture (several are blended), or a network's name.",
            autocompletion=completion.styles,
        ),
    ] = None,
    output: Output = None,
    preset: options.Preset = None,
    sweep: Annotated[
        bool,
        typer.Option(
            "--sweep",
            help="Contact sheet over the ratio, 1e-4 to 1e-1.",
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
    alpha_beta: Annotated[
        float | None,
        typer.Option(
            help="Gatys' ratio of content to style, 1e-4 (style) to 1e-1 (content).",
            rich_help_panel=LOSSES,
        ),
    ] = None,
    settings_file: SettingsOption = None,
    no_defaults: NoDefaults = False,
    blend: options.Blend = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Paint a photograph in the style of one or several pictures."""
    in_ratio = alpha_beta is not None or sweep
    styles = [as_network(one) for one in style or []]
    _check(given, alpha_beta, sweep, reconstruct, styles)
    typed = frozenset(given)
    given |= brought_by(styles, given)
    if alpha_beta is not None:
        given["content_weight"] = alpha_beta
    if reconstruct:
        # The gradient of maxima is a comb, and shows in what a layer alone decides.
        given.setdefault("pooling", "average")
    file = None if settings_file is None else read_settings(settings_file)
    own = own_defaults(no_defaults, file)
    pictures = own and replace(own, preset=None)  # the preset in it is for clips
    on_top = RATIO if in_ratio else None
    settings = load_settings(
        given, preset=preset, usual=STILL, file=file, own=pictures, on_top=on_top
    )

    # torch: only once the options are right
    from flowstyle.render.photograph import Painting, paint_photograph

    path = output or _usual_path(photo, styles, sweep=sweep, layer=reconstruct)
    shares = options.shares(results_of({"blend": blend}, file, own)["blend"])
    painting = Painting(path, shares, sweep, reconstruct, overwrite)
    with StopFlag() as stop, Display(quiet) as display:
        for event in (*tell(own, file, preset), *idle_options(settings, typed, FIELDS)):
            display(event)
        size = paint_photograph(
            photo, styles, settings, painting, report=display, cancel=stop.token
        )
    _tell(path, size, json=json, quiet=quiet)


def _tell(path: Path, size: tuple[int, int], *, json: bool, quiet: bool) -> None:
    """Print what was written."""
    if json:
        print_json({"path": path, "width": size[0], "height": size[1]})
    elif not quiet:
        print(f"{one_line(path)}: {size[0]}×{size[1]}")


def _usual_path(photo: Path, styles: list[Path], *, sweep: bool, layer: str | None) -> Path:
    """Where a result goes that was given no name: no contact sheet takes a painting's."""
    shown = [styles[0] if styles else photo] if layer else [photo, *styles]
    kind = layer or ("sweep" if sweep else "")
    return Path("_".join(filter(None, [*map(result_name, shown), kind])) + ".png")


def _check(
    given: Given,
    alpha_beta: float | None,
    sweep: bool,
    reconstruct: str | None,
    styles: Sequence[Path],
) -> None:
    """Refuse what excludes each other.

    Raises:
        UsageError: a ratio beside weights, for a trained network or not above 0, a sweep of
            reconstructions.
    """
    if alpha_beta is not None and any(map(is_trained, styles)) and not given.get("refine"):
        raise UsageError(
            "a trained network has its ratio of content to style from its training",
            "--alpha-beta",
            "give the picture itself as the style, add --refine, or leave --alpha-beta out",
        )
    in_ratio = alpha_beta is not None or sweep
    if in_ratio and given.keys() & {"content_weight", "style_weight"}:
        raise UsageError(
            "a ratio was given beside weights",
            "--alpha-beta, --sweep",
            "give the ratio alone, or --content-weight and --style-weight",
        )
    if sweep and reconstruct:
        raise UsageError("--sweep and --reconstruct exclude each other", "", "give one of them")
    if alpha_beta is not None and not alpha_beta > 0:
        raise UsageError(f"the ratio {alpha_beta:g} is not above 0", "--alpha-beta", "try 1e-2")
