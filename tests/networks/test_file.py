"""Files of trained networks: what was saved comes back, and hostile files are refused."""

from __future__ import annotations

import io
import json
import pickle
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from flowstyle.core.errors import WeightsError
from flowstyle.networks.file import MAX_BYTES, load_trained, save_trained
from tests.helpers.media import picture
from tests.helpers.trained import sha256, trained, write_trained


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_trained(tmp_path / "dots.safetensors")


def test_what_was_saved_comes_back(path: Path) -> None:
    made, read = trained(), load_trained(path)
    assert read.card == made.card
    assert read.digest == sha256(path)
    for name, value in made.network.state_dict().items():
        assert torch.equal(read.network.state_dict()[name], value), name
    # WebP halves the resolution of colours: brightness is near, colours on the whole.
    assert np.abs(read.picture.mean((0, 1)) - made.picture.mean((0, 1))).max() < 3
    assert read.picture.shape == made.picture.shape
    assert not any(value.requires_grad for value in read.network.parameters())


def test_the_same_content_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = write_trained(tmp_path / "again.safetensors")
    assert again.read_bytes() == path.read_bytes()
    other = write_trained(tmp_path / "other.safetensors", seed=1)
    assert other.read_bytes() != path.read_bytes()
    turned = replace(
        trained(),
        card=trained().card.model_copy(
            update={"settings": dict(reversed(trained().card.settings.items()))}
        ),
    )
    save_trained(again, turned)
    assert again.read_bytes() == path.read_bytes()


def test_large_pictures_are_kept_small(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    save_trained(path, replace(trained(), picture=picture(0, (800, 200))))
    assert load_trained(path).picture.shape == (96, 384, 3)


def rewritten(path: Path, change: Callable[[dict[str, Tensor], dict[str, Any]], None]) -> Path:
    """The file with other tensors or another card."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    card = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["card"])
    table = load_file(path)
    change(table, card)
    save_file(table, path, metadata={"card": json.dumps(card)})
    return path


def encoded(size: tuple[int, int], kind: str = "WEBP") -> Tensor:
    """A picture as a file holds it."""
    data = io.BytesIO()
    Image.new("RGB", size).save(data, kind)
    return torch.frombuffer(bytearray(data.getvalue()), dtype=torch.uint8)


def put(name: str, value: Tensor | None) -> Callable[[dict[str, Tensor], dict[str, Any]], None]:
    """Replaces or drops a tensor."""

    def change(table: dict[str, Tensor], card: dict[str, Any]) -> None:
        table.pop(name, None)
        if value is not None:
            table[name] = value

    return change


def say(**values: object) -> Callable[[dict[str, Tensor], dict[str, Any]], None]:
    """Replaces parts of the card."""
    return lambda table, card: card.update(values)


BIAS = "leave.bias"
HOSTILE = {
    "not a number": (put(BIAS, torch.full((12,), float("nan")).half()), "leave.bias .* not finite"),
    "infinite": (put(BIAS, torch.full((12,), float("inf")).half()), "leave.bias .* not finite"),
    "another shape": (put(BIAS, torch.zeros(5).half()), "leave.bias is of 5, expected 12"),
    "another type": (put(BIAS, torch.zeros(12)), "leave.bias holds float32, expected float16"),
    "a tensor lacks": (put(BIAS, None), "lacks leave.bias"),
    "a tensor more": (put("more", torch.zeros(4).half()), "holds besides more"),
    "wider than its card": (say(widths=[6, 9]), "is of .*, expected"),
    "too wide": (say(widths=[6, 257]), r"card is wrong: widths\.1"),
    "too deep": (say(blocks=1_000_000_000), "card is wrong: blocks"),
    "a field more": (say(run="rm -rf"), "card is wrong: run"),
    "no styles": (say(styles=[]), "card is wrong: styles"),
    "escapes": (say(name="\x1b[2J"), "card is wrong: name"),
    "another format": (say(format=1), "has format 1, this version reads 2"),
    "no picture": (put("picture", None), "lacks its style picture"),
    "a picture of numbers": (put("picture", torch.zeros(9)), "lacks its style picture"),
    "a broken picture": (put("picture", torch.zeros(99).byte()), "picture is damaged"),
    "a long picture": (put("picture", torch.zeros(2**20 + 1).byte()), "the limit is 1048576"),
    "a large picture": (put("picture", encoded((16000, 16))), "16000×16 pixels"),
    "another kind of picture": (put("picture", encoded((32, 32), "PNG")), "picture is damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_fault_what_is_in_the_file_is_checked(path: Path, name: str) -> None:
    change, message = HOSTILE[name]
    with pytest.raises(WeightsError, match=message) as error:
        load_trained(rewritten(path, change))
    assert error.value.where == str(path)
    assert error.value.advice


def raw(header: bytes, length: int | None = None) -> bytes:
    """A file that begins with a header."""
    return struct.pack("<Q", len(header) if length is None else length) + header


def of_other_tensors(path: Path) -> bytes:
    save_file({"conv1_1.weight": torch.zeros(64, 3, 3, 3)}, path)
    return path.read_bytes()


BYTES: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "empty": (lambda path: b"", "0 bytes"),
    "a pickle": (lambda path: pickle.dumps({"a": 1}), "is not a trained network"),
    "a web page": (lambda path: b"<!doctype html><html>", "is not a trained network"),
    "truncated": (lambda path: path.read_bytes()[:-100], "damaged or cut off"),
    "cut in the header": (lambda path: path.read_bytes()[:200], "damaged or cut off"),
    "longer": (lambda path: path.read_bytes() + b"x", "damaged or cut off"),
    "a huge header": (lambda path: raw(b"{" + b" " * 300_000 + b"}"), "at most 262144"),
    "a header beyond the end": (lambda path: raw(b"{}", 2**60), "at most 262144"),
    "nested": (lambda path: raw(b'{"a":' + b"[" * 100_000), "damaged or cut off"),
    "VGG19's weights": (of_other_tensors, "no trained network: it has no card"),
    "too large": (lambda path: path.read_bytes() + bytes(MAX_BYTES), "at most 16777216"),
}


@pytest.mark.parametrize("name", BYTES)
def test_fault_what_is_no_network_is_refused(path: Path, name: str) -> None:
    make, message = BYTES[name]
    path.write_bytes(make(path))
    with pytest.raises(WeightsError, match=message) as error:
        load_trained(path)
    assert error.value.where == str(path)


def test_fault_a_missing_network_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist") as error:
        load_trained(tmp_path / "none.safetensors")
    assert "flowstyle train" in error.value.advice
    with pytest.raises(WeightsError, match="cannot be read"):
        load_trained(tmp_path)
