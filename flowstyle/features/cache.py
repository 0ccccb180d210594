"""Where VGG19's weights lie on this machine, and how they come there.

torchvision's file is looked for where PyTorch keeps it. Of its 548 MB the convolutions are 80; they
are kept in a cache of flowstyle's own, with their own digest, and the rest is never needed again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

import torch
from safetensors.torch import save

from flowstyle.core import disk
from flowstyle.core.errors import OutputError, StorageError, WeightsError
from flowstyle.core.events import Notice, Progress, Report, Stage
from flowstyle.core.files import write_atomic
from flowstyle.core.places import cache_folder
from flowstyle.features.weights import (
    TORCHVISION_BYTES,
    TORCHVISION_NAME,
    TORCHVISION_SHA256,
    Weights,
    read_weights,
)

URL = f"https://download.pytorch.org/models/{TORCHVISION_NAME}"
TIMEOUT_S = 10.0
"""Longest wait for the server's next bytes."""

MEGABYTE = 1 << 20


FAILURES = {
    "ConnectionError": "there is no connection to the server",
    "ConnectTimeout": f"the server does not answer within {TIMEOUT_S:g} s",
    "ReadTimeout": f"the server was silent for {TIMEOUT_S:g} s",
    "ProxyError": "the proxy does not answer",
    "SSLError": "the server's certificate is not trusted",
}
"""Errors of the requests library, whose own words are long, to what they mean."""


class DownloadError(Exception):
    """The weights could not be fetched: no network, no room, or the download is not allowed."""


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
    keep_if_possible(weights)
    return weights


def download(report: Report) -> Weights:
    """Fetch torchvision's VGG19, check its digest, keep its convolutions.

    Args:
        report: told the size before and the megabytes during the download.

    Returns:
        The weights.

    Raises:
        DownloadError: if the file cannot be had; nothing is left behind.
        WeightsError: if what came is not the file.
    """
    if is_offline():
        raise DownloadError("FLOWSTYLE_OFFLINE is set")
    megabytes = TORCHVISION_BYTES // MEGABYTE
    report(Notice(f"downloading VGG19's weights, {megabytes} MB, once, from {URL}"))
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder()) as folder:
            weights = read_weights(_retrieve(Path(folder), report), TORCHVISION_SHA256)
    except OSError as error:  # all of requests' errors, timeouts, full disks
        raise DownloadError(FAILURES.get(type(error).__name__, str(error))) from error
    return keep_if_possible(weights)


def fetch(report: Report) -> Path:
    """Have VGG19's weights on this machine, downloaded if need be, and checked.

    Args:
        report: told the size before and the megabytes during the download.

    Returns:
        Their file.

    Raises:
        WeightsError: they cannot be had, or what is here is not what was put here.
        OutputError: the cache cannot be written.
        StorageError: the disk is full or fails.
    """
    try:
        found = load_cached() or download(report)
    except DownloadError as error:
        raise WeightsError(
            f"VGG19's weights could not be downloaded: {error}",
            URL,
            f"get that file elsewhere, then flowstyle weights import {TORCHVISION_NAME}; without "
            "it the bundled features serve",
        ) from error
    return found.path if found.path == own_file() else keep(found).path


def _retrieve(folder: Path, report: Report) -> Path:
    """Fetch the file into a folder and check its digest.

    Raises:
        OSError: if it cannot be had.
        WeightsError: if it has another digest.
    """
    import pooch  # which takes a fifth of a second with what it needs, hence only here

    def transfer(url: str, output: str, _: object) -> None:
        fetch = pooch.HTTPDownloader(chunk_size=MEGABYTE, timeout=TIMEOUT_S)
        with Path(output).open("wb") as file:
            counted = _Counted(file, report)
            fetch(url, counted, None)
        if counted.done < TORCHVISION_BYTES:
            raise OSError(f"the transfer ended after {counted.done} of {TORCHVISION_BYTES} bytes")

    pooch.get_logger().setLevel("WARNING")  # what it says has been announced
    digest = f"sha256:{TORCHVISION_SHA256}"
    try:
        path = pooch.retrieve(URL, digest, TORCHVISION_NAME, folder, downloader=transfer)
    except ValueError as error:
        raise WeightsError(
            f"what was downloaded is not the file: {str(error).partition(' Deleted')[0]}",
            URL,
            "try again later or in another network, or give --weights FILE",
        ) from error
    return Path(path)


class _Counted:
    """A file that takes no more bytes than are expected, and reports how many came.

    Args:
        file: open for writing.
        report: told the megabytes.
    """

    def __init__(self, file: BinaryIO, report: Report) -> None:
        self._file = file
        self._report = report
        self.done = 0

    def write(self, chunk: bytes) -> None:
        """Take some bytes.

        Raises:
            OSError: if there are too many of them.
        """
        self.done += len(chunk)
        if self.done > TORCHVISION_BYTES:
            raise OSError(f"the server sends more than {TORCHVISION_BYTES} bytes")
        self._file.write(chunk)
        total = TORCHVISION_BYTES // MEGABYTE
        self._report(Progress(Stage.WEIGHTS, self.done // MEGABYTE, total, "MB"))

    def flush(self) -> None:
        """Hand the bytes to the system."""
        self._file.flush()


def keep_if_possible(weights: Weights) -> Weights:
    """The weights as they are in the cache, or as they came where nothing can be written there."""
    try:
        return keep(weights)
    except (OutputError, StorageError):  # nothing depends on it
        return weights


def keep(weights: Weights) -> Weights:
    """Write the convolutions into the cache.

    Returns:
        The same weights, as they are kept.

    Raises:
        OutputError: the cache cannot be written.
        StorageError: the disk is full or fails.
    """
    path = own_file()
    table = {}
    for name, (weight, bias) in weights.convolutions.items():
        table[f"{name}.weight"], table[f"{name}.bias"] = weight.contiguous(), bias.contiguous()
    data = save(table, metadata={"source": weights.sha256})
    digest = hashlib.sha256(data).hexdigest()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The digest first: a file without its digest is refused, a digest without a file is not.
        write_atomic(_digest_file(path), f"{digest}\n".encode("ascii"))
        write_atomic(path, data)
    except OSError as error:
        raise disk.explain(error, path.parent) from error
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
