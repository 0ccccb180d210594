"""What was probably meant by a path at which nothing is found."""

from __future__ import annotations

import re
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

QUOTES = "'\"`´‘’‚“”„«»"
DASHES = "‐‑‒–—―−"
"""What word processors and web pages make of a hyphen."""

MOST_NAMES = 20_000
"""Of a folder, that are compared."""

CLOSE = 0.75
"""Least likeness of two names, from 0 to 1."""

_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/{1,2}[^/]")


def advice_for(path: Path, usual: str) -> str:
    """Say what to do about a path at which nothing is found.

    Args:
        path: what the user gave.
        usual: advice where nothing better is known.

    Returns:
        What was probably meant, or ``usual``.

    Example:
        >>> advice_for(Path("clip.mov"), "check the name")
        'did you mean clip.mp4?'
    """
    text = str(path)
    return _lost(path) or _miswritten(text) or _meant(path) or usual


def unfilled_home(folder: Path) -> str:
    """What to do about a folder in whose path a ``~`` is left that the shell did not fill in.

    Args:
        folder: that does not exist.

    Returns:
        The path that was meant, as advice; "" where there is no such ``~``.
    """
    parts = folder.parts
    if "~" not in parts or _exists(str(Path(*parts[: parts.index("~") + 1]))):
        return ""
    meant = Path.home().joinpath(*parts[parts.index("~") + 1 :])
    return f"the shell leaves ~ as it is inside quotes and behind =: give {meant}"


def path_alone(text: str) -> str:
    """What to give in place of an address of this machine's own files; "" if it is none.

    Example:
        >>> path_alone("file:///home/me/my%20clip.mp4")
        'give the path alone: /home/me/my clip.mp4'
    """
    head = re.match(r"file:/+(localhost/)?", text, re.IGNORECASE)
    return f"give the path alone: /{unquote(text[head.end() :])}" if head else ""


def _lost(path: Path) -> str:
    """Where a link leads at whose end nothing is, "" if it is none."""
    if _exists(str(path)):
        return ""
    try:
        return f"it is a link to {path.readlink()}, where nothing is"
    except (OSError, ValueError):
        return ""


def _miswritten(text: str) -> str:
    """What is wrong with how a path is written, "" if nothing is."""
    bare = text.strip().strip(QUOTES).strip()
    if text == "-":
        return "the standard input is not read: give a file"
    if _ADDRESS.match(text):  # Path has made one slash of two
        download = "addresses are not opened: download it first and give the file's path"
        return path_alone(text) or download
    if text[:1] in DASHES and len(text) > 1:
        return f"options begin with plain hyphens: --{text.lstrip(DASHES + '-')}"
    if bare != text and _exists(bare):
        return f"leave out the quotes and blanks around the name: {bare}"
    if text.startswith("~/"):
        return f"inside quotes the shell leaves ~ as it is: {Path.home() / text[2:]}"
    if "\\" in text and _exists(text.replace("\\", "/")):
        return f"did you mean {text.replace(chr(92), '/')}?"
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and all(map(_exists, parts)):
        return f"put blanks between several names, no commas: {' '.join(parts)}"
    if any(sign in text for sign in "*?["):
        return _unfilled(Path(text))
    if re.search(r"#{2,}|\$F\d|@{2,}", text):
        return _counted(Path(text))
    return ""


def _unfilled(pattern: Path) -> str:
    """What to do about a pattern that the shell has not filled in."""
    folder = pattern.parent
    if not _exists(str(folder)):
        return f"the folder {folder} does not exist"
    if any(sign in str(folder) for sign in "*?[") or not any(folder.glob(pattern.name)):
        return "no file has such a name: look with ls"
    return f"leave out the quotes, for the shell to fill it in; for frames give the folder {folder}"


def _counted(pattern: Path) -> str:
    """How the counter in the names of frames is written here: other programs have their own."""

    def counter(found: re.Match[str]) -> str:
        digits = found[1] or str(len(found[0]))
        return f"%0{digits}d"

    name = re.sub(r"#{2,}|@{2,}|\$F(\d)", counter, pattern.name)
    return f"the counter of frames is written {pattern.with_name(name)}"


def _meant(path: Path) -> str:
    """The file or folder with the nearest name, as advice; "" if none is near or it is there."""
    if _exists(str(path)):  # it is of the wrong kind, and the nearest name would be its own
        return ""
    missing, inner = path, Path()
    while not _exists(str(missing.parent)) and missing.parent != missing:
        inner = missing.name / inner
        missing = missing.parent
    near = nearest(missing.name, _names(missing.parent))
    if near:
        meant = missing.with_name(near) / inner
        if inner == Path() or _exists(str(meant)):
            return f"did you mean {meant}?"
    return f"there is no folder {missing}" if inner != Path() else ""


def nearest(name: str, names: list[str], cutoff: float = CLOSE) -> str:
    """The name that was probably meant, "" if none is near.

    Args:
        name: as it was given.
        names: those that there are.
        cutoff: least likeness, from 0 to 1.

    Example:
        >>> nearest("clip.mov", ["style.png", "clip.mp4"]), nearest("a", ["b"])
        ('clip.mp4', '')
    """
    wanted = name.casefold()
    if wanted in ("", ".", ".."):
        return ""
    stem = wanted.rpartition(".")[0] or wanted
    same = [each for each in names if each.casefold() == wanted]
    same += [each for each in names if (each.casefold().rpartition(".")[0] or each) == stem]
    if same:
        return same[0]
    folded = {each.casefold(): each for each in names}
    close = get_close_matches(wanted, folded, n=1, cutoff=cutoff)
    if not close or _differ_in_number(wanted, close[0]):
        return ""
    return folded[close[0]]


def _differ_in_number(one: str, other: str) -> bool:
    """Whether only numbers differ: ``frame_9.png`` does not mean ``frame_8.png``."""
    digits = re.compile(r"\d+")
    return one != other and digits.sub("#", one) == digits.sub("#", other)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in islice(folder.iterdir(), MOST_NAMES))
    except OSError:
        return []


def _exists(text: str) -> bool:
    """Whether something is at a path; every text is taken."""
    try:
        Path(text).stat()
    except (OSError, ValueError):
        return False
    return bool(text)
