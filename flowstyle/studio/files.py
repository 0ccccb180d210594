"""Which files a page may reach: those in the folders that were opened, and one's own uploads."""

from __future__ import annotations

import filecmp
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from flowstyle.core.errors import LimitError, UsageError
from flowstyle.media.picture_folder import READ as PICTURES
from flowstyle.networks.card import SUFFIX
from flowstyle.networks.names import network_names

CLIPS = (
    *(".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
    *(".wmv", ".flv", ".3gp", ".ogv", ".mxf", ".nut", ".y4m", ".gif"),
)
"""Endings of what is offered as a clip; others can still be typed."""
MOST = 500
"""Files that are offered."""
DEPTH = 3
"""Folders below an opened one in which files are looked for."""
LARGEST = 4 * 1024**3
"""Bytes of one upload."""
LONGEST = 100
"""Letters of the name of an upload, its ending apart."""

_UNSAFE = re.compile(r"[^\w.\- ]+")


class OpenFolders:
    """Folders that may be read, and nothing outside them.

    Args:
        folders: opened ones; links in their own names are followed once, here.
        own: a folder that only one user may read.
        closed: a folder that nobody may read but for ``own`` in it, even where it lies in an opened
            one: it holds what others uploaded and made.

    Raises:
        UsageError: one of them is no folder.
    """

    def __init__(
        self, folders: Sequence[Path], own: Path | None = None, closed: Path | None = None
    ) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise UsageError("this is no folder", folder, "give a folder that exists")
        self.folders = tuple(folder.resolve() for folder in folders)
        self._own = own and own.resolve()
        self._closed = closed and closed.resolve()

    def reach(self, text: str | Path) -> Path:
        """A path that somebody chose or typed, if it may be read.

        Args:
            text: absolute, or relative to one of the folders.

        Returns:
            The file or folder itself, all links followed.

        Raises:
            UsageError: it lies outside the folders, or does not exist. Both are said in the same
                words, so that nobody learns what lies outside.
        """
        refused = UsageError(
            "there is no such file in the opened folders",
            str(text),
            "choose one of the list, or start with --folder DIR to open another folder",
        )
        path = Path(text)
        if not str(text).strip() or "\0" in str(text) or ".." in path.parts:
            raise refused
        for folder in self._all():
            try:
                found = (folder / path).resolve(strict=True)
            except (OSError, RuntimeError):  # a circle of links
                continue
            if self._holds(found) and self._holds_all_of(found):
                return found
        raise refused

    def style(self, text: str | Path) -> Path:
        """A style that somebody chose or typed: a file that may be read, or a network by its name.

        A network of the list is no file that anybody opened: it is known by its name alone.

        Args:
            text: a path, or the name of a network, with or without its ending.

        Raises:
            UsageError: see :meth:`reach`.
        """
        named = str(text) if str(text).endswith(SUFFIX) else f"{text}{SUFFIX}"
        try:
            return self.reach(text)
        except UsageError:
            if Path(named) in networks_by_name():
                return Path(named)
            raise

    def _all(self) -> list[Path]:
        return [*self.folders, *([self._own] if self._own else [])]

    def _holds(self, path: Path) -> bool:
        """Whether a path without links is in one of the folders."""
        if self._own and path.is_relative_to(self._own):
            return True
        if self._closed and path.is_relative_to(self._closed):
            return False
        return any(path.is_relative_to(folder) for folder in self.folders)

    def _holds_all_of(self, path: Path) -> bool:
        """Whether the files of a folder of pictures are reachable as well, none a link outwards."""
        if not path.is_dir():
            return True
        return all(self._holds(each.resolve()) for each in path.iterdir() if each.is_symlink())

    def clips(self) -> list[Path]:
        """Clips in the folders, at most :data:`MOST`."""
        return self._listed(CLIPS)

    def pictures(self) -> list[Path]:
        """Pictures in the folders, at most :data:`MOST`."""
        return self._listed(PICTURES)

    def _listed(self, suffixes: Iterable[str]) -> list[Path]:
        found: list[Path] = []
        for folder in reversed(self._all()):  # one's own first
            for path in _walk(folder):
                if len(found) == MOST:
                    return found
                if path.suffix.lower() in suffixes and self._holds(path.resolve()):
                    found.append(path)
        return list(dict.fromkeys(found))


def networks_by_name() -> list[Path]:
    """The trained networks of the machine, as their names are given on the command line."""
    return [Path(name + SUFFIX) for name in network_names()]


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder in the order of their names; links to folders are not followed."""
    for place, inner, names in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        deep = depth == DEPTH
        # Work folders and reports hold frames by the thousand, and nobody's sources.
        left_out = (".flowstyle", ".report")
        inner[:] = sorted(
            name
            for name in inner
            if not deep and not name.startswith(".") and not name.endswith(left_out)
        )
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def own_name(name: str) -> str:
    """The name of a file that a browser sent, without its folders there."""
    return Path(name.replace("\\", "/")).name


def upload_path(folder: Path, name: str) -> Path:
    """Where an upload goes: its own name without anything that could lead elsewhere.

    Args:
        folder: of the user's uploads.
        name: as the browser sent it.

    Raises:
        UsageError: it has not the ending of a clip or of a picture.

    Example:
        >>> upload_path(Path("up"), "../../etc/My clip;1.MP4").as_posix()
        'up/My clip_1.mp4'
    """
    last = own_name(name)
    stem, suffix = Path(last).stem, Path(last).suffix.lower()
    if suffix not in (*CLIPS, *PICTURES):
        raise UsageError(
            "this is neither a clip nor a picture", last, f"for instance {CLIPS[0]} or .jpg"
        )
    stem = _UNSAFE.sub("_", stem).strip(" .-_")[:LONGEST]
    return folder / f"{stem or 'file'}{suffix}"


def kept(arrived: Path, path: Path) -> Path:
    """Give an upload its name; another file of that name stays, as a render may be reading it.

    Args:
        arrived: the upload as it arrived.
        path: how it is to be called.

    Returns:
        How it is called: with a number where the name is another file's, without where it is the
        same file's.
    """
    named, number = path, 2
    while named.exists() and not filecmp.cmp(arrived, named, shallow=False):
        named, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    arrived.replace(named)
    return named


def check_size(name: str, size: int) -> None:
    """Refuse an upload that is too large.

    Raises:
        LimitError: with the limit.
    """
    if size > LARGEST:
        raise LimitError(
            f"an upload takes at most {LARGEST // 1024**3} GiB",
            name,
            "put it into a folder that is opened with --folder",
        )
