"""Clips that are folders of pictures: listing in natural order, and their size on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import cast

from flowstyle.core import disk
from flowstyle.core.errors import VideoError
from flowstyle.media import avif
from flowstyle.media.colour import Picture
from flowstyle.media.foreign import is_moving

SUFFIXES = (".png", ".jpg", ".jpeg", ".ppm", ".bmp", ".tif", ".tiff", ".webp")
"""Of pictures that are read and written."""
READ = (*SUFFIXES, avif.SUFFIX)
"""Of those that are read; see :func:`is_picture`."""

_VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".ts", ".wmv", ".gif")

_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")

_COUNTER = re.compile(r"%0?(\d*)d")


def is_picture(path: Path) -> bool:
    """Whether a name is a picture's that is read here.

    Args:
        path: one that ends in ``.avif`` is a picture where there is a decoder for it; a file of
            that name may be a clip, and is looked into.
    """
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (suffix in READ and avif.is_read() and not is_moving(path))


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that puts ``frame_9`` before ``frame_10``."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(p), p) if p.isdecimal() else (1, 0, p.casefold()) for p in parts if p]


def below_zero(paths: Iterable[Path]) -> set[Path]:
    """Frames that a program has numbered from below 0 on: ``-0001.png`` beside ``0000.png``.

    A ``-`` parts words elsewhere, as in ``shot-0001.png``. It counts as a sign where names without
    it are there too.

    Args:
        paths: of the frames.
    """
    found = {path: _LAST_NUMBER.fullmatch(path.stem) for path in paths}
    ways = {path: (match[1], match[3], path.suffix) for path, match in found.items() if match}
    unsigned = set(ways.values())
    return {
        path
        for path, (before, *after) in ways.items()
        if before.endswith("-") and (before[:-1], *after) in unsigned
    }


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Frames as they are shown: in natural order, those below 0 before those from 0 on."""
    paths = list(paths)
    signed = below_zero(paths)
    return sorted(
        paths, key=lambda path: _signed_key(path) if path in signed else natural_key(path)
    )


def _signed_key(path: Path) -> list[tuple[int, int, str]]:
    """The key of the name without its sign, with the number below 0."""
    match = _LAST_NUMBER.fullmatch(path.stem)
    if match is None:
        return natural_key(path)
    before, number, after = match.groups()
    ahead = natural_key(Path(before[:-1])) if before[:-1] else []
    behind = natural_key(Path(after + path.suffix)) if after + path.suffix else []
    return [*ahead, (0, -int(number), f"-{number}"), *behind]


def is_pattern(path: Path) -> bool:
    """True for ``frames/%04d.png`` where no file has literally that name."""
    return is_picture(path) and bool(_COUNTER.search(path.name)) and disk.why_missing(path) != ""


def counters(name: str) -> list[int]:
    """Least number of digits of each counter in a pattern's name; 0 for ``%d``."""
    return [int(digits.lstrip("0")[:4] or 0) for digits in _COUNTER.findall(name)]


def numbered(name: str, number: int) -> str:
    """Put a number in the place of a pattern's first counter.

    Args:
        name: for instance ``"100%_%04d.png"``; all but the counter stays as it is.
        number: ≥ 0.

    Returns:
        For instance ``"100%_0007.png"``.
    """
    return _COUNTER.sub(lambda counter: f"{number:0{counter[1] or 1}d}", name, count=1)


def list_pictures(path: Path) -> tuple[Path, ...]:
    """List the pictures of a folder, of a pattern, or a single one.

    Args:
        path: a folder, a pattern such as ``frames/%04d.png``, or a picture.

    Returns:
        Paths in natural order; hidden files are left out.

    Raises:
        VideoError: there are none.
    """
    if disk.is_folder(path):
        found = [
            p
            for p in path.iterdir()
            if is_picture(p) and p.is_file() and not p.name.startswith(".")
        ]
    elif is_pattern(path):
        before, _, after = _COUNTER.split(path.name, maxsplit=1)
        name = re.compile(re.escape(before) + r"\d+" + re.escape(after))
        folder = path.parent
        names = folder.iterdir() if disk.is_folder(folder) else iter(())
        found = [p for p in names if name.fullmatch(p.name) and p.is_file()]
    else:
        found = [path]
    if not found:
        usual = (
            f"pictures end in {', '.join(READ if avif.is_read() else SUFFIXES)}; check the folder"
        )
        meant = what_is_in(path) if disk.is_folder(path) else _other_names(path)
        raise VideoError("no pictures found", path, meant or usual)
    return tuple(in_order(found))


def _other_names(pattern: Path) -> str:
    """What may have been meant by a pattern that nothing fits, as advice; "" if nothing near it."""
    folder = pattern.parent
    there = [path for path in _names(folder) if is_picture(path)]
    if not there:
        return "" if disk.is_folder(folder) else f"the folder {folder} does not exist"
    first = min(there, key=natural_key)
    return (
        f"no name there fits it, the first is {first.name}; to take all, give the folder {folder}"
    )


def what_is_in(folder: Path) -> str:
    """What may have been meant by a folder without frames, as advice; "" if nothing in it."""
    if not disk.is_folder(folder):
        return ""
    inside = sorted((p for p in _names(folder) if not p.name.startswith(".")), key=natural_key)
    videos = [p for p in inside if p.suffix.lower() in _VIDEOS and p.is_file()]
    if videos:
        return f"it holds videos: give one of them, for instance {videos[0]}"
    folders = (p for p in inside if p.is_dir())
    full = [f for f in folders if any(map(is_picture, _names(f)))]
    return f"give the folder in it that holds the pictures: {full[0]}" if full else ""


def _names(folder: Path) -> list[Path]:
    """What a folder holds; nothing where it may not be looked into."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def square_size(size: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """(width, height) of a picture when its pixels become square: none is lost, some are added.

    Args:
        size: (width, height) of the picture.
        aspect: shape of its pixels, width over height.
    """
    width, height = size
    return (round(width * aspect), height) if aspect >= 1 else (width, round(height / aspect))


def resize_picture(image: Picture, size: tuple[int, int]) -> Picture:
    """Resize with area averaging downwards and Lanczos upwards.

    Args:
        image: H×W or H×W×C.
        size: (width, height) wanted.

    Returns:
        The resized picture, same type.
    """
    import cv2

    if (image.shape[1], image.shape[0]) == size:
        return image
    shrinks = size[0] <= image.shape[1] and size[1] <= image.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    return cast("Picture", cv2.resize(image, size, interpolation=method))
