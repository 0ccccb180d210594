"""Files of trained networks: written whole, and checked before anything is built from them.

A file is one safetensors table: the weights as float16, the style picture as the bytes of a WebP
file, and in the metadata the card as JSON. Nothing in it is ever executed. The same content gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import shlex
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError
from safetensors.torch import load, save
from torch import Tensor

from flowstyle.core import disk
from flowstyle.core.errors import WeightsError
from flowstyle.core.files import followed, write_atomic
from flowstyle.core.nearby import advice_for
from flowstyle.networks.card import FORMAT, LARGEST_PICTURE, Card
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.networks.names import meant_network

MAX_BYTES = 16 * 2**20
"""Largest file that is looked at; a network of the usual size takes 0.8 MB."""
MAX_HEADER = 256 * 2**10
"""Largest header: names and places of some sixty tensors, and the card."""
MAX_PICTURE = 2**20
"""Most bytes of the encoded picture."""
LEAST_SIDE = 16
"""Pixels: smaller pictures show no style."""

PICTURE = "picture"
"""Name of the tensor that holds the encoded picture."""
CARD = "card"
"""Name of the card in the metadata."""


@dataclass(frozen=True, eq=False)
class TrainedStyle:
    """A network that was trained for a style.

    Args:
        network: float32, on the CPU.
        card: what it is.
        picture: H×W×3 uint8 RGB, the style picture, at most 384 pixels on the longer side.
        digest: sha256 of the file that it was read from; "" where it comes from none.
    """

    network: FeedForward
    card: Card
    picture: NDArray[np.uint8]
    digest: str = ""


def save_trained(path: Path, trained: TrainedStyle) -> None:
    """Write a trained network so that the path holds all of it or what was there before.

    Args:
        path: of the file; its folder exists.
        trained: the network; its picture is made smaller where it is too large.

    Raises:
        OutputError: if writing is not allowed there.
        StorageError: if the disk is full or fails.
    """
    write_atomic(followed(path), encoded(trained))


def encoded(trained: TrainedStyle) -> bytes:
    """The content of a file; the same network, card and picture give the same bytes."""
    table = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in trained.network.state_dict().items()
    }
    table[PICTURE] = torch.frombuffer(
        bytearray(_encoded_picture(trained.picture)), dtype=torch.uint8
    )
    card = json.dumps(trained.card.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return save(table, metadata={CARD: card})


def _encoded_picture(picture: NDArray[np.uint8]) -> bytes:
    image = Image.fromarray(picture)
    image.thumbnail((LARGEST_PICTURE, LARGEST_PICTURE), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    image.save(data, "WEBP", quality=90, method=4)
    return data.getvalue()


def load_trained(path: Path) -> TrainedStyle:
    """Read a trained network after checking everything that the file says.

    Args:
        path: of the file; its content, not its name, says what it is.

    Raises:
        WeightsError: it is missing, too large, damaged, or does not hold a trained network.
    """
    data = _read(path)
    _check_header(data, path)
    try:
        table = load(data)
    except Exception as error:  # whatever the parser finds wrong, it is the file's fault
        raise _refused(path, f"the file is damaged or cut off ({error})") from error
    card = _card(data, path)
    picture = _picture(table.pop(PICTURE, None), path)
    network = _network(table, card, path)
    return TrainedStyle(network, card, picture, hashlib.sha256(data).hexdigest())


def _refused(path: Path, what: str) -> WeightsError:
    return WeightsError(
        what, path, "give a file that flowstyle train has written; flowstyle styles lists some"
    )


def _read(path: Path) -> bytes:
    """The content of a file, if it can be a network by its size."""
    missing = disk.why_missing(path)
    if missing:
        raise WeightsError(
            f"the trained network {missing}",
            path,
            advice_for(path, f"{meant_network(path.stem)}; flowstyle train makes one"),
        )
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _refused(
                path, f"the file has {size} bytes, a trained network at most {MAX_BYTES}"
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError as error:
        raise WeightsError(
            f"the trained network cannot be read: {error.strerror or error}", path, "check the path"
        ) from error


def _check_header(data: bytes, path: Path) -> None:
    """Refuse what is not safetensors by its first bytes, and headers larger than any of ours."""
    if data[8:9] != b"{":
        found = f"first bytes {data[:8].hex(' ')}" if data else "0 bytes"
        raise _refused(path, f"the file is not a trained network: {found}")
    (length,) = struct.unpack("<Q", data[:8])
    if length > MAX_HEADER:
        raise _refused(
            path, f"the file's header has {length} bytes, a trained network's at most {MAX_HEADER}"
        )


def _card(data: bytes, path: Path) -> Card:
    """What a file says of itself; its header has been accepted by the parser of safetensors."""
    (length,) = struct.unpack("<Q", data[:8])
    text = json.loads(data[8 : 8 + length]).get("__metadata__", {}).get(CARD)
    if text is None:
        raise _refused(path, "the file holds tensors, but no trained network: it has no card")
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise _refused(
            path, f"the network's card is wrong: {where} {first['msg']}".strip()
        ) from None
    if card.format != FORMAT:
        raise WeightsError(
            f"the network's file has format {card.format}, this version reads {FORMAT}",
            path,
            f"train it again with the picture of {', '.join(one.name for one in card.styles)}: "
            f"flowstyle train PICTURE -o {shlex.quote(path.name)}",
        )
    return card


def _picture(found: Tensor | None, path: Path) -> NDArray[np.uint8]:
    """The style picture of a file, H×W×3 uint8."""
    if found is None or found.dtype != torch.uint8 or found.ndim != 1:
        raise _refused(path, "the network's file lacks its style picture")
    if found.numel() > MAX_PICTURE:
        raise _refused(
            path, f"the network's picture has {found.numel()} bytes, the limit is {MAX_PICTURE}"
        )
    try:
        with Image.open(io.BytesIO(found.numpy().tobytes()), formats=("WEBP",)) as image:
            width, height = image.size
            if not LEAST_SIDE <= min(width, height) <= max(width, height) <= LARGEST_PICTURE:
                raise _refused(
                    path,
                    f"the network's picture has {width}×{height} pixels: {LEAST_SIDE} to "
                    f"{LARGEST_PICTURE} on each side are allowed",
                )
            return np.asarray(image.convert("RGB"))
    except WeightsError:
        raise
    except Exception as error:  # Pillow's decoders raise nearly every kind of exception
        raise _refused(path, f"the network's picture is damaged ({error})") from error


def _network(table: Mapping[str, Tensor], card: Card, path: Path) -> FeedForward:
    """The network of a card with the weights of a table."""
    with torch.device("meta"):  # shapes alone, so that a card cannot make memory be taken
        network = FeedForward(card.widths, card.blocks)
    wanted = network.state_dict()
    for name in sorted(wanted.keys() ^ table.keys()):
        what = "lacks" if name in wanted else "holds besides"
        raise _refused(path, f"the file is not the network of its card: it {what} {name}")
    for name, like in wanted.items():
        _check_tensor(name, table[name], like, path)
    weights = {name: value.float() for name, value in table.items()}
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(False).eval()


def _check_tensor(name: str, found: Tensor, like: Tensor, path: Path) -> None:
    """Refuse a tensor of another shape or type, or with values that are not finite."""
    shape, wanted = ("×".join(map(str, one.shape)) for one in (found, like))
    if found.shape != like.shape:
        raise _refused(path, f"the network's {name} is of {shape}, expected {wanted}")
    if found.dtype != torch.float16:
        kind = str(found.dtype).removeprefix("torch.")
        raise _refused(path, f"the network's {name} holds {kind}, expected float16")
    if not bool(found.isfinite().all()):
        raise _refused(path, f"the network's {name} holds values that are not finite")
