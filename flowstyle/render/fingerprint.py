"""What decides the bytes of a render: compared before a work folder is gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from flowstyle.core.types import ClipInfo
from flowstyle.features.base import FeatureNetwork, weights_digest
from flowstyle.flow.methods.files import FolderFlow
from flowstyle.flow.protocol import Flow
from flowstyle.optimize.precision import render_precision
from flowstyle.settings import Settings
from flowstyle.storage import file_identity, machine_identity

METHOD = 6
"""Raised whenever the same settings give other pixels, so that no render is gone on with in
another way than it began."""


def fingerprint(
    info: ClipInfo,
    styles: Sequence[Path],
    settings: Settings,
    network: FeatureNetwork,
    flow: Flow,
    device: torch.device,
    keep_alpha: bool,
) -> dict[str, Any]:
    """Everything that decides the bytes of a render, for the check on resume.

    ``auto`` flow may mean another method once RAFT's weights are there; flow and shots from files
    count by content. Whose colours are kept is decided when the result is written, from the same
    frames.
    """
    files = sorted(flow.folder.glob("*")) if isinstance(flow, FolderFlow) else []
    return {
        "method": METHOD,
        "settings": settings.model_dump(mode="json", exclude={"original_colors"}),
        "clip": file_identity(info.pictures or info.path),
        "alpha": keep_alpha,
        "styles": [file_identity(style) for style in styles],
        "shots": file_identity([path for path in (settings.shots,) if path and path.is_file()]),
        "flow": {"name": flow.name, **file_identity([path for path in files if path.is_file()])},
        "features": {"name": network.name, "weights": weights_digest(network)},
        "precision": str(render_precision(settings, device)),  # what ``auto`` means here
        "machine": machine_identity(str(device)),
    }
