"""A user's own defaults: read where they are, and said in one line; and what a settings file gives.

What is set later wins: the program's defaults, your own defaults, a preset that is named, a
settings file, options.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from flowstyle.cli.options import WORK
from flowstyle.core import disk
from flowstyle.core.events import Decision, Event, Notice
from flowstyle.core.places import config_folder
from flowstyle.settings.files import SettingsFile, read_settings

NoDefaults = Annotated[
    bool,
    typer.Option("--no-defaults", help="Leave your own defaults.toml aside.", rich_help_panel=WORK),
]
SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        help="A TOML file with settings, or OUT.toml of an earlier result, to make it again.",
    ),
]


def own_file() -> Path:
    """Where a user's own defaults lie; the file need not exist."""
    return config_folder() / "defaults.toml"


def own_defaults(no_defaults: bool, file: SettingsFile | None) -> SettingsFile | None:
    """A user's own defaults, None where there are none or they do not count.

    Args:
        no_defaults: they were not wanted.
        file: the settings file; beside a complete one they do not count.

    Raises:
        UsageError: the file cannot be read.
    """
    path = own_file()
    if no_defaults or (file is not None and file.complete) or disk.why_missing(path):
        return None
    return read_settings(path)


def tell(own: SettingsFile | None, file: SettingsFile | None, preset: str | None) -> list[Event]:
    """What is to be said of the files: events for the display.

    Args:
        own: the user's own defaults.
        file: the settings file.
        preset: the preset that was named on the command line.
    """
    events: list[Event] = []
    if own is not None:
        named = {"preset": own.preset} if own.preset else {}
        values = {**named, **own.values, **own.result}
        listed = ", ".join(f"{name} {value}" for name, value in values.items())
        events.append(
            Decision("defaults", f"{listed or 'none'}, from {own.path} (--no-defaults: without)")
        )
    if file is not None and file.complete and preset is not None:
        events.append(
            Notice(f"--preset has no effect here: {file.path} holds every setting of its result")
        )
    return events


def results_of(
    asked: Mapping[str, Any], file: SettingsFile | None, own: SettingsFile | None
) -> dict[str, Any]:
    """Options of the result: as asked for, or else as the settings file or own defaults say.

    Args:
        asked: by the names in :data:`flowstyle.settings.files.RESULT`; None: not given.
        file: the settings file.
        own: the user's own defaults.
    """
    usual = {**(own.result if own else {}), **(file.result if file else {})}
    return {name: usual.get(name) if value is None else value for name, value in asked.items()}
