"""How settings are put together: defaults < preset < settings file < options.

:func:`load_settings` is the only place where that order is applied. A user's own defaults, which
the command line hands in, lie below a preset that was named and above one that was not.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from pydantic import ValidationError

from flowstyle.core.errors import UsageError
from flowstyle.core.nearby import nearest
from flowstyle.settings.catalogue import limits_of, option_of
from flowstyle.settings.files import SettingsFile, read_settings
from flowstyle.settings.presets import layers, load_preset, preset_names
from flowstyle.settings.settings import Settings

STEPS = ("learning_rate", "next_learning_rate")
"""Settings whose meaning depends on the optimiser."""


NO_SUCH_VALUE = {
    "int_parsing": "the value is no whole number",
    "int_type": "the value is no whole number",
    "int_from_float": "the value is no whole number",
    "float_parsing": "the value is no number",
    "float_type": "the value is no number",
    "bool_parsing": "the value is neither true nor false",
    "bool_type": "the value is neither true nor false",
    "string_type": "the value is no text",
}
"""Kinds of pydantic's errors that it words for programmers."""


def load_settings(
    options: Mapping[str, Any],
    *,
    preset: str | None = None,
    file: Path | SettingsFile | None = None,
    on_top: str | None = None,
    usual: str = "default",
    own: SettingsFile | None = None,
) -> Settings:
    """Put defaults, preset, settings file and options together.

    Args:
        options: values given by the user; None means "not given".
        preset: name of the preset; None takes the file's, then that of the user's own defaults,
            then ``usual``.
        file: optional TOML file with any of the fields of :class:`Settings`, or what it says.
        on_top: name of a second preset, whose values lie on top of the first one's.
        usual: the preset where nobody names one.
        own: the user's own defaults; they do not count beside a complete file.

    Raises:
        UsageError: unknown preset or field, wrong value, unreadable file.
    """
    read = read_settings(file) if isinstance(file, Path) else file
    given = {key: value for key, value in options.items() if value is not None}
    if read is not None and read.complete:
        return _taken_back(read, given)
    named = preset or (read.preset if read else None)
    return put_together(
        given,
        preset=named or (own.preset if own else None) or usual,
        on_top=on_top,
        in_file=read,
        own=own,
        own_last=named is None,
    )


def given_settings(settings: Settings | None, usual: str) -> Settings:
    """What a caller of the Python API has handed over.

    Args:
        settings: None takes a preset.
        usual: its name.

    Raises:
        UsageError: it is something else, such as a preset's name or a dictionary.

    Example:
        >>> given_settings(None, "draft").preset
        'draft'
    """
    if settings is None:
        return Settings.from_preset(usual)
    if not isinstance(settings, Settings):
        like = settings if isinstance(settings, str) else usual
        raise UsageError(
            f"{type(settings).__name__} in place of settings",
            "settings",
            f'give Settings.from_preset("{like}"), with what is to differ: style_weight=30',
        )
    return settings


def put_together(
    given: Mapping[str, Any],
    *,
    preset: str,
    on_top: str | None = None,
    in_file: SettingsFile | None = None,
    own: SettingsFile | None = None,
    own_last: bool = False,
) -> Settings:
    """Like :func:`load_settings`, of a file that is read and values that all count.

    Args:
        given: fields by name; None is a value like others.
        preset: name of the preset.
        on_top: name of a preset that lies on top of it.
        in_file: what the settings file says.
        own: the user's own defaults.
        own_last: whether they lie above the preset, which nobody has named.

    Raises:
        UsageError: unknown preset or field, wrong value.
    """
    in_file = in_file or SettingsFile(Path())
    mine = own.values if own else {}
    wished = {**(mine if own_last else {}), **in_file.values, **given}
    usual = {} if own_last else dict(mine)
    usual |= load_preset(preset) | (load_preset(on_top) if on_top else {})
    usual |= _steps(wished, usual, [name for name in (on_top, preset) if name])
    merged = {**usual, **wished, "preset": preset}
    alone = merged.get("neighbors") is False or wished.get("stability") == 0
    if alone and "iterations" in wished:
        # Every frame is made like a first one.
        merged["first_iterations"] = wished.get("first_iterations", wished["iterations"])
    sources = {name: own.path for name in mine} if own else {}
    sources |= dict.fromkeys(in_file.values, in_file.path)
    return validated(merged, {k: v for k, v in sources.items() if k not in given})


def _taken_back(file: SettingsFile, given: Mapping[str, Any]) -> Settings:
    """Settings of a complete file, with changes.

    The dial is applied in such a file, so that it is not turned again.

    Raises:
        UsageError: the dial was given beside a file in which it is turned; a wrong value.
    """
    dial = file.values.get("stability")
    validated({"stability": dial}, {"stability": file.path})
    if dial is not None and given.get("stability", dial) != dial:
        raise UsageError(
            f"the settings file was made with --stability {dial}, which is in its weights already",
            f"--stability {given['stability']}",
            "leave --settings out and give the options again, with the other --stability",
        )
    changes = {name: value for name, value in given.items() if (name, value) != ("stability", dial)}
    values = {name: one.default for name, one in Settings.model_fields.items()}
    values |= {**dict.fromkeys(_nullable()), **file.values}
    del values["stability"]
    if changes.get("optimizer", values["optimizer"]) != values["optimizer"]:
        values |= _steps(
            changes, values, [name for name in [file.preset] if name in preset_names()]
        )
    if values.get("neighbors") is False and "iterations" in changes:
        changes.setdefault("first_iterations", changes["iterations"])
    merged = {**values, **changes, "preset": file.preset or "default"}
    settings = validated(merged, dict.fromkeys(file.values.keys() - given.keys(), file.path))
    if "stability" in changes:
        return settings
    return settings.model_copy(update={"stability": dial})


def _nullable() -> list[str]:
    """Fields that may be None, which no line of a file can say."""
    fields = Settings.model_fields
    return [name for name in fields if NoneType in get_args(fields[name].annotation)]


def validated(values: Mapping[str, Any], sources: Mapping[str, Path] | None = None) -> Settings:
    """Settings of values that are put together.

    Args:
        values: fields by name.
        sources: the file that a field was taken from, for messages.

    Raises:
        UsageError: no such field, or a value that is not allowed.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        file = (sources or {}).get(name)
        got = f" (got {str(first.get('input'))[:80]!r})" if first["loc"] else ""
        said = first["msg"].removeprefix("Value error, ").replace("Input", "the value")
        what = NO_SUCH_VALUE.get(first["type"], said) + got
        advice = "docs/reference/settings.md lists the fields" if file else "see --help"
        if first["type"] == "extra_forbidden":
            near = nearest(name, list(Settings.model_fields), cutoff=0.6)
            what = f"there is no setting {name!r}{got}"
            advice = f"did you mean {near}? ({advice})" if near else advice
        elif limits := limits_of(name):
            advice = f"give {limits}"
        raise UsageError(what, f"{name} in {file}" if file else option_of(name), advice) from error


def _steps(
    wished: Mapping[str, Any], usual: Mapping[str, Any], presets: Sequence[str]
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
    found = [layer for name in presets for layer in layers(name)]
    for number in range(len(found)):
        below = ChainMap(*found[number:])
        if below.get("optimizer", "adam") == "adam":
            return steps | {name: below[name] for name in STEPS if name in below}
    return steps
