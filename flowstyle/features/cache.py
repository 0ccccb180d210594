"""Where VGG19's weights lie on this machine, and how they come there.

torchvision's file is looked for where PyTorch keeps it. Of its 548 MB the convolutions are 80; they
are kept in a cache of flowstyle's own, with their own digest, and the rest is never needed again.
"""

from __future__ import annotations

import os
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import torch
from safetensors.torch import save_file

from flowstyle.core.errors import WeightsError
from flowstyle.core.events import Notice, Progress, Report
from flowstyle.features.weights import (
    TORCHVISION_BYTES,
    TORCHVISION_NAME,
    TORCHVISION_SHA256,
    Weights,
    file_sha256,
    read_weights,
)

URL = f"https://download.pytorch.org/models/{TORCHVISION_NAME}"
TIMEOUT_S = 10.0
"""Longest wait for the server's next bytes."""

CHUNK = 1 << 20


class DownloadError(Exception):
    """The weights could not be fetched: no network, no room, or the download is not allowed."""


def cache_folder() -> Path:
    """Folder of flowstyle's own cache: ``FLOWSTYLE_CACHE``, or below the user's cache folder."""
    own = os.environ.get("FLOWSTYLE_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flowstyle"


def own_file() -> Path:
    """The convolutions alone; their digest stands beside them in a ``.sha256`` file."""
    return cache_folder() / "vgg19_convolutions.safetensors"


def torch_hub_file() -> Path:
    """Where PyTorch keeps torchvision's VGG19."""
    return Path(torch.hub.get_dir()) / "checkpoints" / TORCHVISION_NAME


def is_offline() -> bool:
    """Whether ``FLOWSTYLE_OFFLINE`` forbids connections."""
    return os.environ.get("FLOWSTYLE_OFFLINE", "") not in ("", "0")


def cached_file() -> Path | None:
    """The file that :func:`load_cached` would read, None if there is none."""
    return next((path for path in (own_file(), torch_hub_file()) if path.is_file()), None)


def load_cached() -> Weights | None:
    """Load VGG19's weights from this machine.

    Returns:
        The weights, or None where there are none.

    Raises:
        WeightsError: if the file there is not the one that was put there.
    """
    path = cached_file()
    if path is None:
        return None
    if path == own_file():
        return read_weights(path, _recorded_digest(path))
    weights = read_weights(path, TORCHVISION_SHA256)
    _keep(weights)
    return weights


def download(report: Report, fetch: Callable[[str, Path, Report], None] | None = None) -> Weights:
    """Fetch torchvision's VGG19, check its digest, keep its convolutions.

    Args:
        report: told the size before and the megabytes during the download.
        fetch: replaces the transfer in tests.

    Returns:
        The weights.

    Raises:
        DownloadError: if the file cannot be had; nothing is left behind.
        WeightsError: if what came is not the file.
    """
    if is_offline():
        raise DownloadError("FLOWSTYLE_OFFLINE is set")
    megabytes = TORCHVISION_BYTES // 2**20
    report(Notice(f"downloading VGG19's weights, {megabytes} MB, once, from {URL}"))
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
            path = Path(folder) / TORCHVISION_NAME
            (fetch or _fetch)(URL, path, report)
            weights = read_weights(path, TORCHVISION_SHA256)
    except (OSError, HTTPException) as error:  # URLError, timeouts, full disks among them
        raise DownloadError(str(getattr(error, "reason", None) or error)) from error
    return _keep(weights) or weights


def _fetch(url: str, path: Path, report: Report) -> None:
    """Copy a URL into a file."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response, path.open("wb") as file:
        done = 0
        while chunk := response.read(CHUNK):
            done += len(chunk)
            if done > TORCHVISION_BYTES:
                raise OSError(f"the server sends more than {TORCHVISION_BYTES} bytes")
            file.write(chunk)
            report(Progress("weights", done // CHUNK, TORCHVISION_BYTES // CHUNK, "MB"))
        if done < TORCHVISION_BYTES:
            raise OSError(f"the transfer ended after {done} of {TORCHVISION_BYTES} bytes")


def _keep(weights: Weights) -> Weights | None:
    """Write the convolutions into the cache; None where that cannot be (nothing depends on it)."""
    path = own_file()
    table = {}
    for name, (weight, bias) in weights.convolutions.items():
        table[f"{name}.weight"], table[f"{name}.bias"] = weight.contiguous(), bias.contiguous()
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(table, temporary, metadata={"source": weights.sha256})
        digest = file_sha256(temporary)
        record = temporary.with_suffix(".digest")
        record.write_text(digest + "\n", encoding="ascii")
        # The digest first: a file without its digest is refused, a digest without a file is not.
        record.replace(_digest_file(path))
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        return None
    return Weights(weights.convolutions, digest, path)


def _digest_file(path: Path) -> Path:
    return path.with_suffix(".sha256")


def _recorded_digest(path: Path) -> str:
    """The digest that was written beside a cached file."""
    try:
        digest = _digest_file(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WeightsError(
            "the cached weights lack their digest", path, "delete the file"
        ) from error
    if len(digest) != 64:
        raise WeightsError(
            f"the cached weights' digest has {len(digest)} digits, expected 64",
            _digest_file(path),
            f"delete {path}",
        )
    return digest
