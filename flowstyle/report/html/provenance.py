"""What a report tells so that its result can be made again: settings, versions, command."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import torch

from flowstyle.core.errors import FlowstyleError
from flowstyle.report.doctor import LIBRARIES
from flowstyle.report.html.record import UsedSetting
from flowstyle.settings import Settings
from flowstyle.settings.catalogue import fields
from flowstyle.version import __version__


def used_settings(settings: Settings) -> tuple[UsedSetting, ...]:
    """All settings, each beside its value in the preset that it started from."""
    try:
        preset = Settings.from_preset(settings.preset)
    except FlowstyleError:  # a preset of the caller's own
        preset = settings
    values, usual = (one.model_dump(mode="json") for one in (settings, preset))
    panels = list(dict.fromkeys(field.panel for field in fields().values()))
    ordered = sorted(fields().values(), key=lambda field: panels.index(field.panel))
    return tuple(
        UsedSetting(field.panel, field.name, values[field.name], usual[field.name], field.help)
        for field in ordered
    )


def versions(device: str) -> dict[str, str]:
    """Of everything that decides a result, and where it was computed.

    Args:
        device: torch's name of it.
    """
    found = {"flowstyle": __version__, "python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:  # another wheel of it may be there
            continue
    name = device
    if device.startswith("cuda") and torch.cuda.is_available():
        name = f"{device} ({torch.cuda.get_device_name(device)})"
    return found | {"system": platform.platform(), "device": name}


def digests_of(fingerprint: Mapping[str, Any]) -> dict[str, str]:
    """The digests that a work folder's fingerprint holds, by what they are of."""
    found: dict[str, str] = {}
    for name, part in fingerprint.items():
        parts = part if isinstance(part, list) else [part]
        for number, one in enumerate(parts, start=1):
            if isinstance(one, dict):
                digest = one.get("sha256") or one.get("digest")
                label = name.replace("_", " ").removesuffix("s" if len(parts) == 1 else "")
                if digest:
                    found[label if len(parts) == 1 else f"{label} {number}"] = str(digest)
    return found
