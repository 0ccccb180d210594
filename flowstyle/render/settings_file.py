"""The settings file beside a result, ``OUT.toml``: ``--settings`` makes the result again."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from flowstyle.core.events import Decision, Notice, Report
from flowstyle.core.files import temporary_name
from flowstyle.media.output import work_folder
from flowstyle.render.prepare import Plan
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
    """Write the settings of a finished result; what prevents that is said, and nothing is lost.

    Args:
        plan: of the render.
        report: told where they are, or why they are not.
    """
    path = settings_path(plan.path)
    try:
        if _is_the_users(path):
            report(Notice(f"settings are not kept: {path} is there, and is not of a result"))
            return
        # Whole or not at all; it is no part of the work, which is not gone on with by it.
        making = temporary_name(path)
        making.write_bytes(_text(plan, path).encode("utf-8"))
        making.replace(path)
    except (OSError, UnicodeError) as error:
        report(Notice(f"settings are not kept: {error}"))
        return
    report(Decision("settings", f"{path}, which --settings takes back"))


def _is_the_users(path: Path) -> bool:
    """Whether something else lies there than such a file."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        return file.read(len(SIGN)) != SIGN.encode("utf-8")


def _text(plan: Plan, path: Path) -> str:
    """The file's text: the same render gives the same."""
    settings = plan.settings.model_dump(mode="json")
    for name in ("shots", "weights"):
        if settings[name] is not None:
            settings[name] = os.path.abspath(settings[name])  # noqa: PTH100 - links stay
    if plan.flow.reach == "files":
        settings["flow"] = os.path.abspath(settings["flow"])  # noqa: PTH100
    values = {"preset": settings.pop("preset"), **settings}
    return as_text(values, result_options(plan), _about(plan, path), complete=True)


def result_options(plan: Plan) -> dict[str, Any]:
    """How the result was written, as far as it was asked for."""
    output, weights = plan.output, [style.weight for style in plan.styles]
    return {
        "blend": weights if len(set(weights)) > 1 else None,
        "codec": output.codec,
        "pix_fmt": output.pixel_format,
        "quality": output.quality,
        "audio": output.audio,
        "on_corrupt": None if output.on_corrupt == "stop" else output.on_corrupt,
        "fps": None if output.rate is None else str(output.rate),
        "stream": output.stream,
    }


def _about(plan: Plan, path: Path) -> str:
    """The head of the file: what it is of, and the command that makes the result again."""
    styles = [str(style.path or style.name or "STYLE") for style in plan.styles]
    words = ("flowstyle", "run", str(plan.clip.path), *styles, "--settings", path.name)
    printable = "".join(c if c.isprintable() else "?" for c in shlex.join(words))
    return f"{SIGN.removeprefix('# ')} {__version__}. The result again:\n{printable}"
