"""The trained networks of this machine, read: bundled ones, and those in the user's cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowstyle.core.errors import WeightsError
from flowstyle.networks import names
from flowstyle.networks.file import TrainedStyle, load_trained


@dataclass(frozen=True, eq=False)
class Shelved:
    """A trained network and where it lies."""

    path: Path
    trained: TrainedStyle

    @property
    def bundled(self) -> bool:
        """Whether it came with the program."""
        return self.path.parent == names.BUNDLED


def shelf() -> tuple[list[Shelved], list[WeightsError]]:
    """All networks, bundled ones first, by name; and why files in the folders are none."""
    found, refused = [], []
    for path in names.network_files():
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
