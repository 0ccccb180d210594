"""Presets by name: those that come with the program, and the user's own."""

from __future__ import annotations

import tomllib
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowstyle.core import disk
from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import nearest
from flowstyle.core.places import config_folder

PRESET_FOLDER = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class Preset:
    """A preset's file, read.

    Attributes:
        name: of the preset.
        path: of its file.
        values: what it sets by itself.
        extends: the preset below it; empty where there is none.
        about: what it is for, in a few words.
        cost: what it costs, in a few words.
    """

    name: str
    path: Path
    values: dict[str, Any]
    extends: str
    about: str
    cost: str

    @property
    def own(self) -> bool:
        """Whether it is the user's."""
        return self.path.parent != PRESET_FOLDER


def own_presets() -> Path:
    """Folder of the user's own presets, a file ``NAME.toml`` each; it need not exist."""
    return config_folder() / "presets"


def bundled_names() -> list[str]:
    """Names of the presets that come with the program."""
    return sorted(path.stem for path in PRESET_FOLDER.glob("*.toml"))


def preset_names() -> list[str]:
    """Names of all presets: an own one does not hide one that comes with the program."""
    own = own_presets()
    found = own.glob("*.toml") if disk.is_folder(own) else ()
    return sorted({*bundled_names(), *(path.stem for path in found)})


def read_preset(name: str, where: str = "--preset") -> Preset:
    """A preset by itself, without the one that it extends.

    Args:
        name: of the preset.
        where: the option or command that named it.

    Raises:
        UsageError: there is no such preset, or its file cannot be read.
    """
    if name not in preset_names():
        near = nearest(name, preset_names(), cutoff=0.6)
        meant = f"did you mean {near}? " if near else ""
        if name.endswith(".toml"):
            meant = f"a file of settings is given by --settings {name}; or "
        raise UsageError(
            f"there is no preset {name!r}",
            where,
            f"{meant}choose one of {', '.join(preset_names())}",
        )
    path = (PRESET_FOLDER if name in bundled_names() else own_presets()) / f"{name}.toml"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"the preset {name} cannot be read: {error}",
            path,
            "give it lines such as iterations = 12",
        ) from error
    words = {key: str(values.pop(key, "")) for key in ("extends", "about", "cost")}
    return Preset(name, path, values, **words)


def load_preset(name: str) -> dict[str, Any]:
    """Values that a preset sets, without the defaults.

    Raises:
        UsageError: no such preset.
    """
    return dict(ChainMap(*layers(name)))


def layers(name: str) -> Iterator[dict[str, Any]]:
    """Values of a preset, then those of the one that it extends, and so on.

    Raises:
        UsageError: one of them does not exist, or extends itself in the end.
    """
    seen: list[str] = []
    while name:
        if name in seen:
            raise UsageError(
                "presets extend each other in a circle",
                " → ".join((*seen, name)),
                f"take the line extends out of {read_preset(name).path}",
            )
        seen.append(name)
        preset = read_preset(name)
        yield preset.values
        name = preset.extends
