"""What the names of a folder's pictures tell: numbers that are missing, other things among them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.errors import UsageError
from flowstyle.media.picture_folder import (
    READ,
    below_zero,
    in_order,
    list_pictures,
    what_is_in,
)

SHOWN = 3
"""Examples in one remark."""

_NUMBER = re.compile(r"\d+")


def kind_of(path: Path) -> str:
    """A name with ``#`` for each number.

    Example:
        >>> kind_of(Path("in/Frame_012.PNG"))
        'frame_#.png'
    """
    return _NUMBER.sub("#", path.name).casefold()


def remarks(pictures: Sequence[Path]) -> list[str]:
    """What is odd about the names of a clip's frames, which the user may not know.

    Args:
        pictures: in the order in which they are shown.

    Returns:
        Sentences; none where all is well.
    """
    below = below_zero(pictures)
    kinds: dict[str, list[Path]] = {}
    for path in pictures:
        if path in below:
            continue
        kinds.setdefault(kind_of(path), []).append(path)
    found = [_several(kinds)] if len(kinds) > 1 and any("#" in kind for kind in kinds) else []
    largest = max(kinds.values(), key=len, default=[])
    ordered = [path for path in in_order(pictures) if path in below]
    signed = [_signs(ordered)] if below else []
    return [*signed, *found, *filter(None, (_doubled(largest), _gaps(largest)))]


def _signs(below: list[Path]) -> str:
    """Say that numbers are taken for ones below 0."""
    return (
        f"the - of {below[0].name} is taken for a sign, since names without it are there too: "
        f"numbers below 0 ({len(below)}) are shown first"
    )


def _several(kinds: dict[str, list[Path]]) -> str:
    """Say that names of several kinds are mixed."""
    by_size = sorted(kinds.items(), key=lambda item: -len(item[1]))
    listed = ", ".join(f"{kind} ({len(paths)})" for kind, paths in by_size[:SHOWN])
    more = ", …" if len(by_size) > SHOWN else ""
    return (
        f"the folder holds names of {len(kinds)} kinds: {listed}{more}; all are shown as frames, "
        f"in the order of their names; to take one kind, {_take(by_size[0][1])}"
    )


def _take(paths: list[Path]) -> str:
    """How one kind of names is taken alone."""
    place = _counter_of(paths)
    if place is None:
        return "move the others away"
    name = paths[0].name
    first, last = list(_NUMBER.finditer(name))[place].span()
    digits = {len(_NUMBER.findall(path.name)[place]) for path in paths}
    counter = f"%0{min(digits)}d" if len(digits) == 1 and min(digits) > 1 else "%d"
    return f"give {paths[0].with_name(name[:first] + counter + name[last:])}"


def _counter_of(paths: Sequence[Path]) -> int | None:
    """Which of the numbers in the names counts: the only one that changes; None if unsure."""
    numbers = [_NUMBER.findall(path.name) for path in paths]
    if not numbers or not numbers[0]:
        return None
    changing = [i for i, column in enumerate(zip(*numbers, strict=True)) if len(set(column)) > 1]
    if len(paths) == 1:
        return len(numbers[0]) - 1
    return changing[0] if len(changing) == 1 else None


def _numbered(paths: Sequence[Path]) -> list[tuple[int, Path]]:
    """The names' numbers in order, with the names; none where it is unsure which number counts."""
    place = _counter_of(paths)
    if place is None:
        return []
    return sorted((int(_NUMBER.findall(path.name)[place]), path) for path in paths)


def _doubled(paths: Sequence[Path]) -> str:
    """Say that pictures share a number, "" if none do."""
    same = [(a, b) for (i, a), (k, b) in pairwise(_numbered(paths)) if i == k]
    if not same:
        return ""
    listed = ", ".join(f"{a.name} and {b.name}" for a, b in same[:SHOWN])
    more = ", …" if len(same) > SHOWN else ""
    return f"pictures have the same number: {listed}{more}; each is a frame of its own"


def _gaps(paths: Sequence[Path]) -> str:
    """Say that numbers are missing, "" if none are.

    Frames may be numbered by twos or by time: the usual step is the one that most of them have.
    """
    numbered = _numbered(paths)
    steps = [later - earlier for (earlier, _), (later, _) in pairwise(numbered) if later > earlier]
    if len(steps) < 2:
        return ""
    counts = Counter(steps)
    usual = min(counts, key=lambda step: (-counts[step], step))
    if 2 * counts[usual] < len(steps):
        return ""
    gaps = [
        (a, b, round((later - earlier) / usual) - 1)
        for (earlier, a), (later, b) in pairwise(numbered)
        if round((later - earlier) / usual) > 1
    ]
    if not gaps:
        return ""
    missing = sum(count for _, _, count in gaps)
    listed = ", ".join(f"{a.name} and {b.name}" for a, b, _ in gaps[:SHOWN])
    more = ", …" if len(gaps) > SHOWN else ""
    return (
        f"numbers of frames are missing ({missing}), between {listed}{more}; what is there is "
        "shown without a pause, so the clip jumps there"
    )


def row_with(first: Path, others: Sequence[object]) -> list[Path]:
    """Those pictures that stand in one row with a first: the same folder, the same kind of name.

    Args:
        first: a picture's path.
        others: paths, and other things, which never do.

    Example:
        >>> [path.name for path in row_with(Path("f/1.png"), [Path("f/2.png"), Path("a.png")])]
        ['2.png']
    """
    if first.suffix.lower() not in READ or "#" not in kind_of(first):
        return []
    return [
        each
        for each in others
        if isinstance(each, Path)
        and each.parent == first.parent
        and each.name != first.name
        and kind_of(each) == kind_of(first)
    ]


def has_neighbours(picture: Path) -> bool:
    """Whether a picture may be a frame: others of its folder have names of the same kind."""
    try:
        return bool(row_with(picture, list(picture.parent.iterdir())))
    except OSError:
        return False


def refuse_row(clip: Path, styles: Sequence[object]) -> None:
    """Refuse frames in the place of a clip and its styles: a shell wrote out ``frames/*.png``.

    Args:
        clip: what is to be painted.
        styles: pictures; only paths are looked at.

    Raises:
        UsageError: the clip is one picture, and styles are its neighbours.
    """
    row = row_with(clip, styles)
    if row:
        alone = [str(style) for style in styles if isinstance(style, Path) and style not in row]
        folder = str(clip.parent)
        raise UsageError(
            f"{1 + len(row)} frames of one folder were given, of which {len(row)} would be styles",
            f"{clip} … {row[-1].name}",
            f"give the folder of the frames: flowstyle run {folder} {' '.join(alone) or 'STYLE'}",
        )


def refuse_style_among(clip: Path, styles: Sequence[object]) -> None:
    """Refuse a style that would be painted as one of the frames.

    A frame itself may be a style: its name is of the same kind as the others.

    Args:
        clip: what is to be painted; only folders are looked at.
        styles: pictures; only paths are looked at.

    Raises:
        UsageError: the folder of the frames holds a style too.
    """
    inside = [each for each in styles if isinstance(each, Path) and _holds(clip, each)]
    if not inside:
        return
    names = {style.name for style in inside}
    kinds = {kind_of(path) for path in list_pictures(clip) if path.name not in names}
    other = "put the style elsewhere, or the frames into a folder of their own"
    for style in inside:
        if not kinds:
            raise UsageError(
                "the folder holds no frames but the style", clip, what_is_in(clip) or other
            )
        if kind_of(style) not in kinds:
            raise UsageError(
                "the style lies among the frames and would be painted as one", style, other
            )


def _holds(folder: Path, file: Path) -> bool:
    """Whether a file lies in a folder, however the two are written."""
    there = disk.is_folder(folder) and not disk.why_missing(file)
    return there and folder.samefile(file.parent)
