"""The settings file beside a result, ``OUT.toml``: ``--settings`` makes the result again."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from flowstyle.core.events import Decision, Notice, Report
from flowstyle.core.files import temporary_name
from flowstyle.guides.styles import StylePicture
from flowstyle.media.output import work_folder
from flowstyle.render.prepare import Plan
from flowstyle.settings import Settings
from flowstyle.settings.files import as_text
from flowstyle.version import __version__

SIGN = "# Settings of a result, written by flowstyle"
"""How such a file begins: only one that begins so is replaced."""


def settings_path(output: Path) -> Path:
    """Where the settings of an output are kept, as an absolute path.

    Args:
        output: the output file, folder or pattern.

    Example:
        >>> settings_path(Path("in/beach.mp4")).name, settings_path(Path("o/%06d.png")).name
        ('beach.mp4.toml', 'o.toml')
    """
    return work_folder(output).with_suffix(".toml")


def keep_settings(plan: Plan, report: Report) -> None:
    """Write the settings of a finished clip; what prevents that is said, and nothing is lost.

    Args:
        plan: of the render.
        report: told where they are, or why they are not.
    """
    path = settings_path(plan.path)
    values = _values(plan.settings)
    if plan.flow.reach == "files":
        values["flow"] = os.path.abspath(values["flow"])  # noqa: PTH100 - links stay
    about = _about("run", plan.clip.path, plan.styles, path)
    _keep(path, as_text(values, result_options(plan), about, complete=True), report)


def keep_picture_settings(
    picture: Path,
    photo: Path,
    styles: Sequence[StylePicture],
    settings: Settings,
    report: Report,
) -> None:
    """As :func:`keep_settings`, of a finished picture.

    Args:
        picture: the result.
        photo: that was painted.
        styles: the pictures.
        settings: with which.
        report: see there.
    """
    path = settings_path(picture)
    about = _about("image", photo, styles, path)
    text = as_text(_values(settings), {"blend": _blend(styles)}, about, complete=True)
    _keep(path, text, report)


def forget_settings(output: Path) -> None:
    """Delete the settings of a result whose place another one has taken that has none.

    Args:
        output: the result.
    """
    path = settings_path(output)
    with suppress(OSError):
        if path.exists() and not _is_the_users(path):
            path.unlink()


def _keep(path: Path, text: str, report: Report) -> None:
    """Write the file, or say why not."""
    try:
        if _is_the_users(path):
            report(Notice(f"settings are not kept: {path} is there, and is not of a result"))
            return
        # Whole or not at all; it is no part of the work, which is not gone on with by it.
        making = temporary_name(path)
        making.write_bytes(text.encode("utf-8"))
        making.replace(path)
    except (OSError, UnicodeError) as error:
        no_text = "the name of a file in them is no text, which TOML cannot hold"
        why = no_text if isinstance(error, UnicodeError) else error
        report(Notice(f"settings are not kept: {why}"))
        return
    report(Decision("settings", f"{path}, which --settings takes back"))


def _is_the_users(path: Path) -> bool:
    """Whether something else lies there than such a file."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return file.read(len(SIGN)) != SIGN.encode("utf-8")


def _values(settings: Settings) -> dict[str, Any]:
    """All fields, the preset first; the same render gives the same."""
    found = settings.model_dump(mode="json")
    for name in ("shots", "weights"):
        if found[name] is not None:
            found[name] = os.path.abspath(found[name])  # noqa: PTH100 - links stay
    return {"preset": found.pop("preset"), **found}


def _blend(styles: Sequence[StylePicture]) -> list[float] | None:
    """Weights of the styles, where they differ."""
    weights = [style.weight for style in styles]
    return weights if len(set(weights)) > 1 else None


def result_options(plan: Plan) -> dict[str, Any]:
    """How the result was written, as far as it was asked for."""
    output = plan.output
    return {
        "blend": _blend(plan.styles),
        "codec": output.codec,
        "pix_fmt": output.pixel_format,
        "quality": output.quality,
        "audio": output.audio,
        "on_corrupt": None if output.on_corrupt == "stop" else output.on_corrupt,
        "fps": None if output.rate is None else str(output.rate),
        "stream": output.stream,
    }


def _about(command: str, source: Path, styles: Sequence[StylePicture], path: Path) -> str:
    """The head of the file: what it is of, and the command that makes the result again."""
    named = [str(style.path or style.name or "STYLE") for style in styles]
    words = ("flowstyle", command, str(source), *named, "--settings", path.name)
    printable = "".join(c if c.isprintable() else "?" for c in shlex.join(words))
    return f"{SIGN.removeprefix('# ')} {__version__}. The result again:\n{printable}"
