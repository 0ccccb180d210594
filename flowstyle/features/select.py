"""Which feature network a run uses, decided once and said in one line."""

from __future__ import annotations

from pathlib import Path

import torch

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.cache import DownloadError, cached_file, download, load_cached
from flowstyle.features.compact import load_compact
from flowstyle.features.vgg19 import VGG19, Pooling
from flowstyle.features.weights import Weights, read_weights

CHOICES = ("auto", "vgg19", "compact")


def select_features(
    choice: str = "auto",
    weights: Path | None = None,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    pooling: Pooling = "max",
    report: Report = ignore,
    allow_download: bool = True,
) -> FeatureNetwork:
    """Load VGG19 or the bundled compact features.

    ``auto`` takes VGG19 where a weights file was given or is on this machine, and on a GPU
    downloads it; else the compact features, which a CPU runs several times faster. ``vgg19``
    downloads on any device. Where a download fails the compact features serve.

    Args:
        choice: ``auto``, ``vgg19`` or ``compact``.
        weights: file with VGG19's weights.
        device: where the network runs.
        dtype: what it computes in.
        pooling: VGG19's.
        report: told the decision and its reason.
        allow_download: False never opens a connection.

    Returns:
        The network.

    Raises:
        UsageError: for another choice, or weights given for the compact features.
        WeightsError: if the weights given or cached are refused.
    """
    if choice not in CHOICES:
        raise UsageError(f"features '{choice}' are unknown", "--features", "choose " + _or(CHOICES))
    if choice == "compact" and weights is not None:
        raise UsageError(
            "a weights file was given for the compact features, which bring their own",
            weights,
            "use --features vgg19, or leave --weights out",
        )
    device = torch.device(device)
    wants_download = choice == "vgg19" or (choice == "auto" and device.type == "cuda")
    loaded, why = (None, "as chosen")
    if choice != "compact":
        loaded, why = _vgg19_weights(weights, wants_download, allow_download, report)
    if loaded is None:
        report(Decision("features", f"the bundled compact features: {why}"))
        return load_compact(dtype, device)
    report(Decision("features", f"VGG19: {why}"))
    return VGG19(loaded.convolutions, pooling=pooling, dtype=dtype, device=device)


def _vgg19_weights(
    given: Path | None, wants_download: bool, allow_download: bool, report: Report
) -> tuple[Weights | None, str]:
    """VGG19's weights and where they came from, or None and why there are none."""
    if given is not None:
        return read_weights(given), f"weights from {given}"
    found = cached_file()
    if found is not None:
        return load_cached(), f"weights found in {found}"
    if not wants_download:
        return None, "no VGG19 weights on this machine (--features vgg19 downloads 548 MB once)"
    if not allow_download:
        return None, "no VGG19 weights on this machine, and downloads are off"
    try:
        return download(report), "weights downloaded"
    except DownloadError as error:
        return None, f"VGG19's weights could not be downloaded ({error})"


def _or(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " or " + words[-1]
