"""``flowstyle preview CLIP STYLE…``: what renders will look like, in some twenty seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowstyle.cli import completion, options
from flowstyle.cli.frame_rate import Fps
from flowstyle.cli.options import RESULT, Given, brought_by, with_settings
from flowstyle.cli.progress import Display, print_json
from flowstyle.cli.run import FIELDS, Audio, Codec, OnCorrupt, PixelFormat, Quality
from flowstyle.cli.writing import writing
from flowstyle.core.errors import UsageError
from flowstyle.core.plain import one_line
from flowstyle.core.process import seconds_since_start
from flowstyle.core.signals import StopFlag
from flowstyle.networks.card import is_trained
from flowstyle.networks.names import as_network, result_name
from flowstyle.settings import Settings, load_settings
from flowstyle.settings.typed import typed

if TYPE_CHECKING:
    from flowstyle.render.preview.result import Preview
    from flowstyle.render.result import Output

SECONDS = 20.0
FURTHER = 12.0
"""Seconds more for each further look: in a third of the time a picture gets too small, and too few
iterations, to show its colours."""
LEAST_SECONDS = 5.0
"""For painting anything at all; the program itself takes two of them to load."""
TIME = "In which it ends, 20 and 12 more for each further look; the longer, the larger it is."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("preview")(preview)


@with_settings(*FIELDS)
def preview(
    clip: Annotated[
        Path, typer.Argument(help="A video file or a folder of frames.", readable=False)
    ],
    style: Annotated[
        list[Path],
        typer.Argument(
            help="The picture, or a trained network's name (several: beside each other).",
            readable=False,
            autocompletion=completion.styles,
        ),
    ],
    given: Given,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The sheet; CLIP_STYLE.preview.png by default."),
    ] = None,
    preset: options.Preset = None,
    presets: Annotated[
        str | None,
        typer.Option(help="Several presets beside each other, e.g. draft,default."),
    ] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", help="A TOML file with settings.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(help=TIME, rich_help_panel=RESULT)] = None,
    fps: Fps = None,
    codec: Codec = None,
    pix_fmt: PixelFormat = None,
    quality: Quality = None,
    audio: Audio = None,
    on_corrupt: OnCorrupt = None,
    stream: options.Stream = None,
    overwrite: options.Overwrite = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:
    """Show in twenty seconds what a render will look like and take.

    First frame, the one of most motion, the last one, and a short moving piece beside them; several
    styles or presets make a grid.
    """
    _check(seconds)
    result = {"fps": fps, "codec": codec, "pix_fmt": pix_fmt, "quality": quality}
    result |= {"audio": audio, "on_corrupt": on_corrupt, "stream": stream}
    ways = writing(result)
    typed_as = {as_network(one): one for one in style}
    style = [as_network(one) for one in style]
    names = _presets(preset, presets)
    looks = [
        (one, name, _settings(one, given, name, settings_file)) for one in style for name in names
    ]

    # torch: only once the options are right
    from flowstyle.render.preview.make import preview_video
    from flowstyle.render.preview.result import Look
    from flowstyle.render.preview.sheet import write_preview
    from flowstyle.render.result import Output

    asked = Output(**ways)
    _check_inputs(clip, style, asked)
    sheet = output or asked.path_for(clip, style).with_suffix(".preview.png")
    _check_sheet(sheet, (clip, *style), overwrite=overwrite)
    with StopFlag() as stop, Display(quiet) as display:
        made = preview_video(
            clip,
            [Look(_label(one, name, style, names), [one], s) for one, name, s in looks],
            asked,
            seconds=max(1.0, _seconds(seconds, len(looks)) - seconds_since_start()),
            report=display,
            cancel=stop.token,
        )
        moving = write_preview(made, sheet, overwrite=overwrite)
    others = _others(settings_file, result)
    several = len(names) > 1
    commands = [_full_render(clip, one, typed_as, given, others, several=several) for one in looks]
    _tell(made, sheet, moving, commands, json=json, quiet=quiet)


def _seconds(asked: float | None, looks: int) -> float:
    """In which a preview of so many looks is to end.

    Example:
        >>> _seconds(None, 1), _seconds(None, 3), _seconds(30.0, 3)
        (20.0, 44.0, 30.0)
    """
    return SECONDS + FURTHER * (looks - 1) if asked is None else asked


def _check(seconds: float | None) -> None:
    """Refuse a time in which nothing can be painted.

    Raises:
        UsageError: it is too short.
    """
    if seconds is not None and not seconds >= LEAST_SECONDS:
        raise UsageError(
            f"a preview takes more than {seconds:g} seconds",
            "--seconds",
            f"give {LEAST_SECONDS:g} or more",
        )


def _check_inputs(clip: Path, styles: list[Path], asked: Output) -> None:
    """Refuse what is missing, before what is there already.

    Raises:
        FlowstyleError: the clip cannot be read, or a picture is not there.
    """
    from flowstyle.media.pictures import require_picture
    from flowstyle.media.probe import probe

    probe(clip, rate=asked.rate, stream=asked.stream)
    for style in styles:
        if not is_trained(style):
            require_picture(style)


def _check_sheet(sheet: Path, sources: tuple[Path, ...], *, overwrite: bool) -> None:
    """Refuse places in which sheet and moving piece cannot be written.

    Raises:
        OutputError: one is there already, is a source, or cannot be written.
    """
    from flowstyle.media.output import check_output
    from flowstyle.media.pictures import check_picture_output
    from flowstyle.render.preview.sheet import moving_path

    check_picture_output(sheet, overwrite, sources=sources)
    check_output(moving_path(sheet), overwrite=overwrite, sources=sources)


def _presets(preset: str | None, presets: str | None) -> list[str | None]:
    """Names of the presets that are shown; None for the one that is taken anyway."""
    if presets is None:
        return [preset]
    names = [name.strip() for name in presets.split(",") if name.strip()]
    if preset is not None:
        raise UsageError(
            "--preset and --presets exclude each other", "--preset", "name it among --presets"
        )
    if not names:
        raise UsageError("no preset is named", "--presets", "for instance draft,default")
    return list(dict.fromkeys(names))


def _settings(style: Path, given: Given, preset: str | None, file: Path | None) -> Settings:
    return load_settings(given | brought_by([style], given), preset=preset, file=file)


def _label(style: Path, preset: str | None, styles: list[Path], presets: list[str | None]) -> str:
    """What tells one look from the others."""
    parts = [result_name(style)] if len(styles) > 1 or len(presets) == 1 else []
    return ", ".join([*parts, preset] if preset is not None else parts)


def _others(settings_file: Path | None, result: dict[str, Any]) -> dict[str, Any]:
    """Options beside the settings, as they are typed."""
    typed_ones = {f"--{name.replace('_', '-')}": value for name, value in result.items()}
    return {"--settings": settings_file, **typed_ones}


def _full_render(
    clip: Path,
    look: tuple[Path, str | None, Settings],
    typed_as: dict[Path, Path],
    given: Given,
    others: dict[str, Any],
    *,
    several: bool,
) -> str:
    """The command that makes the render of a look, with the style as the user typed it.

    Of several presets each has its own result.
    """
    style, preset, _ = look
    chosen: dict[str, Any] = {"--preset": preset}
    if several:
        chosen["-o"] = f"{clip.stem or clip.name}_{result_name(style)}_{preset}.mp4"
    return typed("run", [clip, typed_as[style]], given, chosen | others)


def _tell(
    made: Preview, sheet: Path, moving: Path, commands: list[str], *, json: bool, quiet: bool
) -> None:
    """Print what the renders take, what differs, and the commands that make them."""
    if json:
        told = made.as_dict()
        for look, command in zip(told["looks"], commands, strict=True):
            look["command"] = command
        print_json(told | {"path": str(sheet), "moving": str(moving)})
        return
    if quiet:
        return
    from flowstyle.render.preview.sheet import taken

    print(f"{one_line(sheet)}, {one_line(moving)}: {made.seconds:.0f} s")
    for line in made.differs:
        print(f"  {line}")
    for look, command in zip(made.looks, commands, strict=True):
        print(f"{look.label}: {taken(look.estimate)}\n  {one_line(command)}")
