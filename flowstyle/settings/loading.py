"""How settings are put together: defaults < preset < settings file < options.

:func:`load_settings` is the only place where that order is applied.
"""

from __future__ import annotations

import tomllib
from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flowstyle.core.errors import UsageError
from flowstyle.settings.catalogue import option_of
from flowstyle.settings.settings import Settings

PRESET_FOLDER = Path(__file__).parent / "presets"

STEPS = ("learning_rate", "next_learning_rate")
"""Settings whose meaning depends on the optimiser."""


def preset_names() -> list[str]:
    """Names of the presets that come with the program."""
    return sorted(path.stem for path in PRESET_FOLDER.glob("*.toml"))


def load_preset(name: str) -> dict[str, Any]:
    """Values that a preset sets, without the defaults.

    Raises:
        UsageError: no such preset.
    """
    return dict(ChainMap(*_layers(name)))


def load_settings(
    options: Mapping[str, Any],
    *,
    preset: str | None = None,
    file: Path | None = None,
    on_top: str | None = None,
) -> Settings:
    """Put defaults, preset, settings file and options together.

    Args:
        options: values given by the user; None means "not given".
        preset: name of the preset; None takes the file's, or ``default``.
        file: optional TOML file with any of the fields of :class:`Settings`.
        on_top: name of a second preset, whose values lie on top of the first one's.

    Raises:
        UsageError: unknown preset or field, wrong value, unreadable file.
    """
    in_file = {} if file is None else _read(file)
    named = in_file.pop("preset", None)
    given = {key: value for key, value in options.items() if value is not None}
    return put_together(
        given, preset=preset or named or "default", on_top=on_top, in_file=in_file, file=file
    )


def put_together(
    given: Mapping[str, Any],
    *,
    preset: str,
    on_top: str | None = None,
    in_file: Mapping[str, Any] | None = None,
    file: Path | None = None,
) -> Settings:
    """Like :func:`load_settings`, of a file that is read and values that all count.

    Args:
        given: fields by name; None is a value like others.
        preset: name of the preset.
        on_top: name of a preset that lies on top of it.
        in_file: what the settings file holds, beside ``preset``.
        file: its path, for messages.

    Raises:
        UsageError: unknown preset or field, wrong value.
    """
    in_file = in_file or {}
    wished = {**in_file, **given}
    usual = load_preset(preset) | (load_preset(on_top) if on_top else {})
    usual |= _steps(wished, usual, [name for name in (on_top, preset) if name])
    merged = {**usual, **wished, "preset": preset}
    alone = merged.get("neighbors") is False or wished.get("stability") == 0
    if alone and "iterations" in wished:
        # Every frame is made like a first one.
        merged["first_iterations"] = wished.get("first_iterations", wished["iterations"])
    return validated(merged, file if in_file else None, in_file.keys() - given.keys())


def validated(
    values: Mapping[str, Any], file: Path | None = None, in_file: Collection[str] = ()
) -> Settings:
    """Settings of values that are put together.

    Args:
        values: fields by name.
        file: the settings file, for messages.
        in_file: fields that were taken from it.

    Raises:
        UsageError: no such field, or a value that is not allowed.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        by_file = file is not None and name in in_file
        got = f" (got {str(first.get('input'))[:80]!r})" if first["loc"] else ""
        what = first["msg"].removeprefix("Value error, ") + got
        if first["type"] == "extra_forbidden":
            what = f"there is no setting {name!r}{got}"
        raise UsageError(
            what,
            f"{name} in {file}" if by_file else option_of(name),
            "docs/reference/settings.md lists the fields" if by_file else "see --help",
        ) from error


def _read(file: Path) -> dict[str, Any]:
    """Values of a settings file."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"cannot read the settings: {error}",
            file,
            "give a TOML file with lines such as iterations = 12",
        ) from error


def _layers(name: str) -> Iterator[dict[str, Any]]:
    """Values of a preset, then those of the one that it extends, and so on."""
    if name not in preset_names():
        raise UsageError(
            f"there is no preset {name!r}", "--preset", f"choose one of {', '.join(preset_names())}"
        )
    values = tomllib.loads((PRESET_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    base = values.pop("extends", None)
    yield values
    if base:
        yield from _layers(base)


def _steps(
    wished: Mapping[str, Any], usual: Mapping[str, Any], presets: list[str]
) -> dict[str, Any]:
    """Steps for an optimiser that the user chose, where the presets' are meant for another.

    A step of L-BFGS is a factor, not a length in the image. Where the presets ask for L-BFGS and
    the user for Adam, its steps are those of the nearest preset below that uses Adam.

    Args:
        wished: by the user.
        usual: by the presets, put together.
        presets: their names, the topmost first.
    """
    optimizer = wished.get("optimizer")
    if optimizer == "lbfgs":
        return dict.fromkeys(STEPS, 1.0)
    if optimizer != "adam" or usual.get("optimizer", "adam") == "adam":
        return {}
    steps = {name: Settings.model_fields[name].default for name in STEPS}
    layers = [layer for name in presets for layer in _layers(name)]
    for number in range(len(layers)):
        below = ChainMap(*layers[number:])
        if below.get("optimizer", "adam") == "adam":
            return steps | {name: below[name] for name in STEPS if name in below}
    return steps
