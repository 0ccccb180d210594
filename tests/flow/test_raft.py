"""RAFT without its weights: random ones in a cache made for the test."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
import torch

from flowstyle.core.errors import UsageError, WeightsError
from flowstyle.flow.methods import raft
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.methods.files import FolderFlow
from flowstyle.flow.registry import make_flow


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def store_random_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.models.optical_flow import raft_small

    torch.manual_seed(0)
    path = raft.weights_path("small")
    torch.save(raft_small(weights=None).state_dict(), path)
    prefix = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    changed = dataclasses.replace(raft.WEIGHTS["small"], sha256_prefix=prefix)
    monkeypatch.setitem(raft.WEIGHTS, "small", changed)


def test_missing_weights_say_where_to_put_them(cache: Path) -> None:
    assert not raft.available()
    with pytest.raises(WeightsError, match="not on this machine") as caught:
        raft.RaftFlow()
    assert caught.value.where.startswith(str(cache))


def test_wrong_hash_is_rejected_before_parsing(cache: Path) -> None:
    raft.weights_path("small").write_bytes(b"not weights")
    assert raft.available("small")
    flow = raft.RaftFlow("small")
    with pytest.raises(WeightsError, match="SHA-256"):
        flow(torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16))


def test_sizes_and_repeatability(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_random_weights(monkeypatch)
    flow = raft.RaftFlow("small", iterations=1)
    target, source = torch.rand(2, 1, 3, 45, 131, generator=torch.Generator().manual_seed(1))
    first = flow(target, source)
    assert first.shape == (1, 2, 45, 131)
    assert not first.is_inference()
    assert torch.equal(first, flow(target, source))


def test_large_frames_are_estimated_smaller() -> None:
    assert raft.inner_size(288, 512) == (288, 512)
    height, width = raft.inner_size(2160, 3840)
    assert height * width <= raft.MAX_PIXELS * 1.01
    assert width / height == pytest.approx(16 / 9, rel=0.01)


def test_choice_of_flow(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_flow("auto"), DisFlow)
    assert make_flow("dis", quality="draft").name == "dis draft"
    assert isinstance(make_flow(str(tmp_path)), FolderFlow)
    with pytest.raises(WeightsError):
        make_flow("raft")
    with pytest.raises(UsageError, match="'rfat'"):
        make_flow("rfat")
    store_random_weights(monkeypatch)
    assert make_flow("raft_small").name == "raft small"
    assert isinstance(make_flow("auto", "cpu"), DisFlow)
