"""The feature networks by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from flowstyle.core.events import Report, ignore
from flowstyle.core.registry import Registry
from flowstyle.features.base import FeatureNetwork


@dataclass(frozen=True)
class NetworkRequest:
    """What is asked of a feature network.

    Args:
        device: where it runs.
        dtype: what it computes in.
        weights: a file with its weights, for networks that take one.
        pooling: ``max`` or ``average``, for networks that have the choice.
        report: told decisions and the progress of a download.
        allow_download: False never opens a connection.
    """

    device: torch.device
    dtype: torch.dtype = torch.float32
    weights: Path | None = None
    pooling: str = "max"
    report: Report = ignore
    allow_download: bool = True


LoadNetwork = Callable[[NetworkRequest], FeatureNetwork]

FEATURE_NETWORKS = Registry[LoadNetwork](
    "feature network",
    "--features",
    {
        "auto": "flowstyle.features.select:load_best",
        "vgg19": "flowstyle.features.select:load_vgg19",
        "compact": "flowstyle.features.select:load_bundled",
    },
)
"""Adding one: write a network with the members of :class:`~flowstyle.features.base.FeatureNetwork`
and ``FEATURE_NETWORKS.register("name", load)``."""
