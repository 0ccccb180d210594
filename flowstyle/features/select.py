"""Which feature network a run uses, decided once and said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Decision, Report, ignore
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.cache import DownloadError, cached_file, download, load_cached
from flowstyle.features.compact import load_compact
from flowstyle.features.registry import FEATURE_NETWORKS, NetworkRequest
from flowstyle.features.vgg19 import VGG19, Pooling
from flowstyle.features.weights import Weights, read_weights


def select_features(
    choice: str = "auto",
    weights: Path | None = None,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    pooling: str = "max",
    report: Report = ignore,
    allow_download: bool = True,
) -> FeatureNetwork:
    """Load the feature network of a name.

    ``auto`` takes VGG19 where a weights file was given or is on this machine, and on a GPU
    downloads it; else the compact features, which a CPU runs several times faster. ``vgg19``
    downloads on any device. Where a download fails the compact features serve.

    Args:
        choice: a name out of :data:`~flowstyle.features.registry.FEATURE_NETWORKS`.
        weights: file with the network's weights, where it takes one.
        device: where the network runs.
        dtype: what it computes in.
        pooling: VGG19's, ``max`` or ``average``.
        report: told the decision and its reason.
        allow_download: False never opens a connection.

    Returns:
        The network.

    Raises:
        UsageError: for another choice, or weights given for the compact features.
        WeightsError: if the weights given or cached are refused.

    Example:
        >>> select_features("compact").name
        'compact'
    """
    request = NetworkRequest(torch.device(device), dtype, weights, pooling, report, allow_download)
    return FEATURE_NETWORKS.get(choice)(request)


def load_best(request: NetworkRequest) -> FeatureNetwork:
    """VGG19 where that costs no more than is bearable, else the compact features."""
    return _vgg19_or_compact(request, wants_download=request.device.type == "cuda")


def load_vgg19(request: NetworkRequest) -> FeatureNetwork:
    """VGG19, downloaded if need be; the compact features where that fails."""
    return _vgg19_or_compact(request, wants_download=True)


def load_bundled(request: NetworkRequest) -> FeatureNetwork:
    """The compact features.

    Raises:
        UsageError: a weights file was given.
    """
    if request.weights is not None:
        raise UsageError(
            "a weights file was given for the compact features, which bring their own",
            request.weights,
            "use --features vgg19, or leave --weights out",
        )
    return _compact(request, "as chosen")


def _vgg19_or_compact(request: NetworkRequest, wants_download: bool) -> FeatureNetwork:
    loaded, why = _vgg19_weights(request, wants_download)
    if loaded is None:
        return _compact(request, why)
    request.report(Decision("features", f"VGG19: {why}"))
    return VGG19(
        loaded.convolutions,
        pooling=cast("Pooling", request.pooling),
        dtype=request.dtype,
        device=request.device,
    )


def _compact(request: NetworkRequest, why: str) -> FeatureNetwork:
    request.report(Decision("features", f"the bundled compact features: {why}"))
    return load_compact(request.dtype, request.device)


def _vgg19_weights(request: NetworkRequest, wants_download: bool) -> tuple[Weights | None, str]:
    """VGG19's weights and where they came from, or None and why there are none."""
    if request.weights is not None:
        return read_weights(request.weights), f"weights from {request.weights}"
    found = cached_file()
    if found is not None:
        return load_cached(), f"weights found in {found}"
    if not wants_download:
        return None, "no VGG19 weights on this machine (--features vgg19 downloads 548 MB once)"
    if not request.allow_download:
        return None, "no VGG19 weights on this machine, and downloads are off"
    try:
        return download(request.report), "weights downloaded"
    except DownloadError as error:
        return None, f"VGG19's weights could not be downloaded ({error})"
