"""Weights that the tests make, and an empty cache without a network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from flowstyle.features import cache, weights
from flowstyle.features.vgg19 import shapes


@pytest.fixture(scope="module")
def table() -> dict[str, torch.Tensor]:
    """Random weights in torchvision's layout, half precision to be quick."""
    generator = torch.Generator().manual_seed(0)
    positions = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]
    result = {}
    for position, (outputs, inputs) in zip(positions, shapes().values(), strict=True):
        values = torch.rand(outputs, inputs, 3, 3, generator=generator) - 0.5
        result[f"features.{position}.weight"] = (values / inputs**0.5).half()
        result[f"features.{position}.bias"] = torch.zeros(outputs).half()
    return result


@pytest.fixture(scope="module")
def folder(table: dict[str, torch.Tensor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as .safetensors, as .pth and as a .pth of the old format."""
    path = tmp_path_factory.mktemp("weights")
    save_file(table, path / "good.safetensors")
    classifier = {"classifier.0.weight": torch.zeros(4, 4)}
    torch.save(table | classifier, path / "good.pth")
    torch.save(table, path / "old.pth", _use_new_zipfile_serialization=False)
    return path


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, an empty torch hub, and no network."""
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FLOWSTYLE_OFFLINE", "1")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return tmp_path / "cache"


@pytest.fixture
def as_torchvision(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the test's own file pass for torchvision's, and put it where PyTorch keeps it."""
    path = tmp_path / "hub" / "checkpoints" / weights.TORCHVISION_NAME
    path.parent.mkdir(parents=True)
    data = (folder / "good.pth").read_bytes()
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    for module in (weights, cache):
        monkeypatch.setattr(module, "TORCHVISION_SHA256", digest)
        monkeypatch.setattr(module, "TORCHVISION_BYTES", len(data))
    return path
