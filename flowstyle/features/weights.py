"""Weights files of VGG19: checked before they are parsed, and nothing in them is ever executed.

Accepted are torchvision's layout (``features.N.weight``) and this package's own
(``conv1_1.weight``), as ``.safetensors`` or as a PyTorch file that ``weights_only`` can read. Which
one a file is, is seen by its first bytes, not by its name.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from flowstyle.core.errors import LimitError, WeightsError
from flowstyle.core.files import sha256_file
from flowstyle.core.nearby import advice_for
from flowstyle.features.vgg19 import BLOCKS, CONVOLUTIONS, shapes

TORCHVISION_NAME = "vgg19-dcbb9e9d.pth"
TORCHVISION_SHA256 = "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44"
TORCHVISION_BYTES = 574_673_361
CAFFE_SHA256 = "d01eb7cb"
"""How the sha256 of the Caffe weights begins, which share torchvision's layout."""

MAX_BYTES = 2 * 1024**3
"""Largest file, and largest unpacked content, that is looked at."""

Convolutions = dict[str, tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Weights:
    """Weight O×I×3×3 and bias O of every convolution by name, and the sha256 of their file."""

    convolutions: Convolutions
    sha256: str
    path: Path


def read_weights(path: Path, sha256: str | None = None) -> Weights:
    """Read a weights file after checking what can be checked without parsing it.

    Args:
        path: ``.pth`` or ``.safetensors``.
        sha256: what the file's digest must begin with. Without it, a name that ends in a hash
            as torchvision's files do (``vgg19-dcbb9e9d.pth``) must tell the truth.

    Returns:
        The convolutions.

    Raises:
        WeightsError: if the file is missing, not what its hash says, not weights, or not VGG19's.
        LimitError: if it is, or unpacks to, more than :data:`MAX_BYTES`.
    """
    kind = _kind(path)
    digest = sha256_file(path)
    expected = sha256 or _hash_in_name(path.name)
    if expected and not digest.startswith(expected):
        size = path.stat().st_size
        raise WeightsError(
            f"the weights file has sha256 {digest} ({size} bytes), expected {expected}",
            path,
            "delete the file and download it again",
        )
    if digest.startswith(CAFFE_SHA256):
        raise WeightsError(
            "these are Caffe's VGG19 weights, which expect other colours and another scale",
            path,
            "use torchvision's " + TORCHVISION_NAME,
        )
    tensors = _read_safetensors(path) if kind == "safetensors" else _read_pickle(path)
    return Weights(_convolutions(tensors, path), digest, path)


def _hash_in_name(name: str) -> str | None:
    """The hash in a name after PyTorch's convention, in full where it is known."""
    if name == TORCHVISION_NAME:
        return TORCHVISION_SHA256
    match = re.search(r"-([0-9a-f]{8,64})\.(?:pth|pt|safetensors)$", name)
    return match[1] if match else None


def _kind(path: Path) -> str:
    """``safetensors`` or ``pickle``, by the first bytes; refuses everything else."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise WeightsError(
            f"the weights file cannot be read: {error.strerror or error}",
            path,
            advice_for(path, "check the path; flowstyle weights lists those on this machine"),
        ) from error
    if size > MAX_BYTES:
        raise LimitError(
            f"the weights file has {size} bytes, the limit is {MAX_BYTES}",
            path,
            "give a file with the weights of VGG19 alone",
        )
    if size == 0:
        raise _not_weights(path, "is empty", "0 bytes")
    if re.match(rb"\s*<(!doctype|html|\?xml|head)", start, re.IGNORECASE):
        raise _not_weights(path, "is a web page", f"{size} bytes of HTML")
    if start[8:9] == b"{":
        (header,) = struct.unpack("<Q", start[:8])
        if header + 8 > size:
            raise _not_weights(
                path, "is truncated", f"a header of {header} bytes in a file of {size}"
            )
        return "safetensors"
    if start[:4] == b"PK\x03\x04" or start[:1] == b"\x80":
        return "pickle"
    raise _not_weights(path, "is not a weights file", f"first bytes {start[:8].hex(' ')}")


def _not_weights(path: Path, what: str, actual: str) -> WeightsError:
    return WeightsError(
        f"the file {what}: expected VGG19 weights as .safetensors or .pth, found {actual}",
        path,
        "download the weights again, or leave --weights out",
    )


def _read_safetensors(path: Path) -> Mapping[str, Tensor]:
    try:
        return load_file(path, device="cpu")
    except Exception as error:  # whatever the parser finds wrong, it is the file's fault
        raise _not_weights(path, "is damaged", str(error)) from error


def _read_pickle(path: Path) -> Mapping[str, Tensor]:
    """Read a PyTorch file; the restricted unpickler builds tensors and containers, nothing else."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > MAX_BYTES:
                raise LimitError(
                    f"the weights file unpacks to {unpacked} bytes, the limit is {MAX_BYTES}",
                    path,
                    "give a file with the weights of VGG19 alone",
                )
        with path.open("rb") as file:  # not by its name, which torch.load would go by
            loaded = torch.load(file, map_location="cpu", weights_only=True)
    except LimitError:
        raise
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise _not_weights(
            path,
            "is damaged or holds more than tensors (nothing in it was run)",
            first[:200].split(". ")[0],
        ) from error
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise _not_weights(path, "is not a table of tensors", type(loaded).__name__)
    return loaded


def _torchvision_keys() -> dict[str, str]:
    """Name of each convolution to its prefix in torchvision's layout: conv1_2 → features.2."""
    keys, position = {}, 0
    for name in CONVOLUTIONS:
        keys[name] = f"features.{position}"
        last_of_block = int(name[6:]) == BLOCKS[int(name[4]) - 1][1]
        position += 3 if last_of_block else 2  # convolution, ReLU and, after a block, pooling
    return keys


def _convolutions(tensors: Mapping[str, Tensor], path: Path) -> Convolutions:
    """Pick the convolutions out of a table, each checked for shape, type and finite values."""
    prefixes = _torchvision_keys() if "features.0.weight" in tensors else {}
    result: Convolutions = {}
    for name, (outputs, inputs) in shapes().items():
        prefix = prefixes.get(name, name)
        weight = _tensor(tensors, f"{prefix}.weight", (outputs, inputs, 3, 3), path)
        bias = _tensor(tensors, f"{prefix}.bias", (outputs,), path)
        result[name] = (weight, bias)
    return result


def _tensor(tensors: Mapping[str, Tensor], key: str, shape: tuple[int, ...], path: Path) -> Tensor:
    """One tensor of a table, or an error that says what was expected and what is there."""
    found = tensors.get(key)
    if not isinstance(found, Tensor):
        actual = "nothing" if found is None else type(found).__name__
    elif found.layout != torch.strided or tuple(found.shape) != shape:
        actual = "×".join(map(str, found.shape))
    elif not found.is_floating_point():
        actual = f"values of type {found.dtype}"
    elif not bool(found.isfinite().all()):
        actual = "values that are not finite"
    else:
        return found
    raise WeightsError(
        f"these are not VGG19's weights: expected {key} of {'×'.join(map(str, shape))} finite "
        f"numbers, found {actual}",
        path,
        f"give torchvision's {TORCHVISION_NAME} or a .safetensors file of the same layout",
    )
