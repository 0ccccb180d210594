"""The trained networks of this machine: bundled ones, and those in the user's cache."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flowstyle.core import disk
from flowstyle.core.errors import WeightsError
from flowstyle.features.cache import cache_folder
from flowstyle.networks.card import is_trained
from flowstyle.networks.file import TrainedStyle, load_trained

BUNDLED = Path(__file__).parent / "bundled"
"""Folder of the networks that come with the program."""


@dataclass(frozen=True, eq=False)
class Shelved:
    """A trained network and where it lies."""

    path: Path
    trained: TrainedStyle

    @property
    def bundled(self) -> bool:
        """Whether it came with the program."""
        return self.path.parent == BUNDLED


def own_folder() -> Path:
    """Folder of the user's own networks; it need not exist."""
    return cache_folder() / "styles"


def shelf() -> tuple[list[Shelved], list[WeightsError]]:
    """All networks, bundled ones first, by name; and why files in the folders are none."""
    found, refused = [], []
    for path in _files():
        try:
            found.append(Shelved(path, load_trained(path)))
        except WeightsError as error:
            refused.append(error)
    return found, refused


def for_picture(sha256: str) -> Shelved | None:
    """The network that was trained for one picture, and for no other; the user's own first.

    Args:
        sha256: of the picture's file.
    """
    fitting = [
        one for one in shelf()[0] if [style.sha256 for style in one.trained.card.styles] == [sha256]
    ]
    return min(fitting, key=lambda one: one.bundled, default=None)


def located(path: Path) -> Path:
    """Where a network lies that was given by name: there, or else in one of the folders.

    Args:
        path: what the user gave, with its suffix; a plain name is looked for in the folders too.

    Example:
        >>> located(Path("no such network.safetensors")).name
        'no such network.safetensors'
    """
    if not disk.why_missing(path) or path.name != str(path):
        return path
    places = (folder / path.name for folder in (own_folder(), BUNDLED))
    return next((place for place in places if not disk.why_missing(place)), path)


def _files() -> Iterator[Path]:
    for folder in (BUNDLED, own_folder()):
        if disk.is_folder(folder):
            yield from sorted(filter(is_trained, folder.iterdir()))
