"""Clips and styles that a file of jobs names: one, several, or all that match a pattern."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from flowstyle.core import disk
from flowstyle.core.errors import UsageError
from flowstyle.media.picture_folder import natural_key
from flowstyle.networks.card import is_trained
from flowstyle.networks.names import as_network

WORK = ".flowstyle"
"""End of the names of work folders, in which no pattern finds anything."""


def placed(base: Path, text: str) -> Path:
    """A path that is meant from the folder of the file of jobs on."""
    return base / _spelt_out(text)


def _spelt_out(text: str) -> Path:
    """A path with the name of the home folder, where it begins there."""
    return Path(text).expanduser() if text.startswith("~/") else Path(text)


def is_glob(base: Path, text: str) -> bool:
    """Whether a name is a pattern, and not that of a file with such a sign in its name."""
    return any(sign in text for sign in "*?[") and disk.why_missing(placed(base, text)) != ""


def read_clips(value: Any, base: Path, place: str) -> list[Path]:
    """The clips of a job, in order.

    Args:
        value: a path, a pattern, or a list of them.
        base: folder of the file of jobs.
        place: of the table, for messages.

    Raises:
        UsageError: it is something else, or a pattern finds nothing.
    """
    given = value if isinstance(value, list) else [value]
    return [path for one in given for path in _matching(one, "clip", base, place)]


def read_styles(value: Any, base: Path, place: str) -> list[tuple[Path, ...]]:
    """The styles of a job, in order, each of one picture or of several that are blended.

    Args:
        value: a path, a pattern, a trained network's name, or a list of them; a list in the list
            is a blend.
        base: folder of the file of jobs.
        place: of the table, for messages.

    Raises:
        UsageError: it is something else, or a pattern finds nothing.
    """
    styles: list[tuple[Path, ...]] = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, list) and one:
            styles.append(tuple(p for each in one for p in _matching(each, "style", base, place)))
        else:
            styles += [(path,) for path in _matching(one, "style", base, place)]
    return styles


def globs(value: Any, base: Path) -> list[str]:
    """The patterns in what a job says of its clips or styles, as paths."""
    if isinstance(value, list):
        return [found for one in value for found in globs(one, base)]
    if not isinstance(value, str) or not is_glob(base, value):
        return []
    path = _spelt_out(value)
    return [str(path if path.is_absolute() else Path(glob.escape(str(base))) / path)]


def would_find(pattern: str, path: Path) -> bool:
    """Whether a pattern of :func:`globs` finds a path once something is there.

    Example:
        >>> would_find("in/*.mp4", Path("in/a.mp4")), would_find("in/*.mp4", Path("in/out/a.mp4"))
        (True, False)
        >>> would_find("in/**/*.mp4", Path("in/out/a.mp4"))
        True
    """
    if "**" in pattern:
        return fnmatch(str(path), pattern.replace("**/", "*"))
    return len(path.parts) == len(Path(pattern).parts) and path.match(pattern)


def _matching(text: Any, what: str, base: Path, place: str) -> Sequence[Path]:
    """What one name stands for."""
    if not isinstance(text, str) or not text.strip():
        raise UsageError(
            f"{what} = {text!r} is no path",
            place,
            f'write {what} = "PATH", or several: {what} = ["PATH", "PATH"]',
        )
    if not is_glob(base, text):
        name = as_network(Path(text), base) if what == "style" else Path(text)
        plain = is_trained(name) and name.name == str(name)
        # A network that is not there is looked for among those of this machine, by its plain name.
        return [name if plain and disk.why_missing(base / name) else placed(base, str(name))]
    names = glob.glob(str(_spelt_out(text)), root_dir=base, recursive=True)  # noqa: PTH207
    found = [base / name for name in names]  # Path.glob takes no absolute patterns
    found = [path for path in found if not any(part.endswith(WORK) for part in path.parts)]
    if not found:
        raise UsageError(
            f"no {what} matches {text!r}",
            place,
            "patterns count from the folder of this file; look with ls",
        )
    return sorted(found, key=lambda path: (str(path.parent), natural_key(path)))
