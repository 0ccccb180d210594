"""The weights gate: what is let in, what is refused and how, and what a run then uses."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file

from flowstyle.core.errors import FlowstyleError, LimitError, WeightsError
from flowstyle.features import weights
from flowstyle.features.select import select_features
from flowstyle.features.weights import read_weights

STAND_IN = Path(__file__).parents[2] / "../shared/weights/vgg19_standin.safetensors"


@pytest.mark.parametrize("name", ["good.safetensors", "good.pth", "old.pth"])
def test_every_accepted_format_gives_the_same_convolutions(
    folder: Path, table: dict[str, torch.Tensor], name: str
) -> None:
    read = read_weights(folder / name)
    assert len(read.convolutions) == 16
    assert torch.equal(read.convolutions["conv3_1"][0], table["features.10.weight"])
    assert torch.equal(read.convolutions["conv5_4"][1], table["features.34.bias"])
    assert read.sha256 == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_positions_are_torchvisions() -> None:
    import torchvision

    with torch.device("meta"):
        features = torchvision.models.vgg19(weights=None).features
    expected = [f"features.{i}" for i, m in enumerate(features) if isinstance(m, torch.nn.Conv2d)]
    assert list(weights._torchvision_keys().values()) == expected


class Hostile:
    """Unpickling this would create a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("plain", [True, False])
def test_fault_hostile_pickle_runs_nothing(tmp_path: Path, plain: bool) -> None:
    path, target = tmp_path / "hostile.pth", tmp_path / "executed"
    if plain:
        path.write_bytes(pickle.dumps(Hostile(target), protocol=2))
    else:
        torch.save({"features.0.weight": Hostile(target)}, path)
    with pytest.raises(WeightsError, match="nothing in it was run"):
        read_weights(path)
    assert not target.exists()
    pickle.loads(path.read_bytes()) if plain else torch.load(path, weights_only=False)
    assert target.exists()  # the file was hostile indeed


def test_fault_wrong_hash_is_seen_before_parsing_on_every_load(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "vgg19-0123abcd.pth"
    path.write_bytes((folder / "good.pth").read_bytes())
    monkeypatch.setattr(torch, "load", lambda *a, **k: pytest.fail("parsed before checking"))
    for _ in range(2):
        with pytest.raises(WeightsError, match="expected 0123abcd") as error:
            read_weights(path)
        assert hashlib.sha256(path.read_bytes()).hexdigest() in error.value.what
        assert error.value.exit_code == 18
        assert error.value.advice


def test_fault_torchvision_name_must_carry_torchvisions_file(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / weights.TORCHVISION_NAME
    path.write_bytes((folder / "good.pth").read_bytes())
    with pytest.raises(WeightsError, match=weights.TORCHVISION_SHA256):
        read_weights(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: expected VGG19 weights .* found 0 bytes"),
        (b"<!DOCTYPE html><title>404</title>", "is a web page"),
        (b"\n<html>sign in</html>", "is a web page"),
        (b"\x89PNG\r\n\x1a\n and so on", "is not a weights file.*89 50 4e 47"),
        ((1 << 40).to_bytes(8, "little") + b"{", "is truncated"),
        (b"PK\x03\x04 broken", "is damaged"),
        (b"\x80\x02 broken", "is damaged"),
    ],
)
def test_fault_empty_html_or_foreign_weight_file(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=message) as error:
        read_weights(path)
    assert error.value.where == str(path)
    assert error.value.advice


@pytest.mark.parametrize("name", ["good.safetensors", "good.pth", "old.pth"])
def test_fault_truncated_weight_file(folder: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    data = (folder / name).read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(WeightsError, match="is damaged"):
        read_weights(path)


def test_fault_missing_weight_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        read_weights(tmp_path / "none.pth")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_weights(tmp_path)


def test_wrong_shape_missing_and_not_finite_tensors_are_named(
    table: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    bad = {
        "features.5.weight of 128×64×3×3 finite numbers, found 8×8": {
            "features.5.weight": torch.zeros(8, 8)
        },
        "features.7.bias of 128 finite numbers, found values that are not finite": {
            "features.7.bias": torch.full((128,), float("nan"))
        },
        "features.7.bias of 128 finite numbers, found values of type torch.int64": {
            "features.7.bias": torch.zeros(128, dtype=torch.int64)
        },
    }
    path = tmp_path / "bad.safetensors"
    for message, change in bad.items():
        path.write_bytes(save(table | change))
        with pytest.raises(WeightsError, match=message):
            read_weights(path)
    save_file({"something": torch.zeros(2)}, path)
    with pytest.raises(WeightsError, match=r"expected conv1_1\.weight .* found nothing"):
        read_weights(path)
    torch.save([1, 2, 3], path)
    with pytest.raises(WeightsError, match="is not a table of tensors"):
        read_weights(path)


def test_fault_file_that_unpacks_without_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "MAX_BYTES", 100_000)
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(LimitError, match="unpacks to 1000000 bytes"):
        read_weights(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    start=st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"\x10\0\0\0\0\0\0\0{", b"\x80\x02}q"]),
    rest=st.binary(max_size=200),
)
def test_only_explained_errors_escape_the_gate(tmp_path: Path, start: bytes, rest: bytes) -> None:
    path = tmp_path / "fuzz"
    path.write_bytes(start + rest)
    with pytest.raises(FlowstyleError):
        read_weights(path)


@pytest.mark.shared
@pytest.mark.skipif(not STAND_IN.is_file(), reason="needs ../shared/weights")
def test_stand_in_weights_see_edges() -> None:
    network = select_features("vgg19", weights=STAND_IN)
    flat = torch.full((1, 3, 48, 48), 0.5)
    edge = flat.clone()
    edge[..., 24:] = 0.9
    found = {
        name: network(picture, ["relu3_1"])["relu3_1"][..., 2:-2, 2:-2].var(dim=(2, 3)).sum()
        for name, picture in (("flat", flat), ("edge", edge))
    }
    assert float(found["edge"]) > 100 * float(found["flat"])
