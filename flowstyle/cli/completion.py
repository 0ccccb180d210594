"""What a shell offers after Tab: presets, values of settings, trained networks, pictures.

Nothing is opened and torch is not loaded, so that Tab answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flowstyle.media.picture_folder import READ
from flowstyle.networks.card import SUFFIX
from flowstyle.networks.names import network_names
from flowstyle.settings import preset_names
from flowstyle.settings.catalogue import SettingField

Complete = Callable[[str], list[str]]


def presets(incomplete: str) -> list[str]:
    """Names of presets that begin so."""
    return [name for name in preset_names() if name.startswith(incomplete)]


def networks(incomplete: str) -> list[str]:
    """Names of trained networks that begin so."""
    return [name for name in network_names() if name.startswith(incomplete)]


def styles(incomplete: str) -> list[str]:
    """What may stand in the place of a style: networks, pictures, and folders on the way there."""
    return [*networks(incomplete), *_files(incomplete, (*READ, SUFFIX))]


def choices_of(field: SettingField) -> Complete | None:
    """Values of a setting that can be written as they are; None where there is no list of them."""
    words = tuple(choice for choice in field.choices if " " not in choice)
    return among(words) if words else None


def among(words: Sequence[str]) -> Complete:
    """What completes to some words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def _files(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """Files of some kinds, and folders, whose path begins so."""
    typed = Path(incomplete)
    folder = typed if incomplete.endswith("/") else typed.parent
    before = incomplete[: incomplete.rfind("/") + 1]
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    names = [
        before + path.name + ("/" if path.is_dir() else "")
        for path in found
        if not path.name.startswith(".") and (path.is_dir() or path.suffix.lower() in suffixes)
    ]
    return [name for name in names if name.startswith(incomplete)]
