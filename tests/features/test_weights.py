"""The weights gate: what is let in, what is refused and how, and what a run then uses."""

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file

from flowstyle.core.errors import FlowstyleError, LimitError, UsageError, WeightsError
from flowstyle.core.events import Decision, Event
from flowstyle.features import cache, select, weights
from flowstyle.features.select import select_features
from flowstyle.features.vgg19 import VGG19, shapes
from flowstyle.features.weights import read_weights

STAND_IN = Path(__file__).parents[2] / "../shared/weights/vgg19_standin.safetensors"


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


def test_hub_file_is_found_and_its_convolutions_kept(
    as_torchvision: Path, table: dict[str, torch.Tensor], own_cache: Path
) -> None:
    first = cache.load_cached()
    assert first is not None
    assert cache.cached_file() == cache.own_file()
    as_torchvision.unlink()
    second = cache.load_cached()
    assert second is not None
    assert torch.equal(second.convolutions["conv4_2"][0], table["features.21.weight"])
    assert not list(own_cache.glob("*.tmp"))


def test_fault_cached_weights_are_checked_on_every_load(as_torchvision: Path) -> None:
    cache.load_cached()
    path = cache.own_file()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="expected"):
        cache.load_cached()
    path.with_suffix(".sha256").write_text("")
    with pytest.raises(WeightsError, match="0 digits"):
        cache.load_cached()
    path.with_suffix(".sha256").unlink()
    with pytest.raises(WeightsError, match="lack their digest"):
        cache.load_cached()


def test_fault_hub_file_of_wrong_hash(as_torchvision: Path) -> None:
    as_torchvision.write_bytes(as_torchvision.read_bytes() + b"\0")
    with pytest.raises(WeightsError, match="expected"):
        cache.load_cached()
    assert not cache.own_file().exists()


def test_cache_that_cannot_be_written_is_no_error(
    as_torchvision: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "file" / "below"))
    assert cache.load_cached() is not None


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder without a word; HTTP/1.0, with the length of each file."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a server on this machine that hands out the test's folder."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    handler = functools.partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_download_announces_size_checks_and_keeps_only_convolutions(
    as_torchvision: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    own_cache: Path,
    server: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    source = tmp_path / "server.pth"
    as_torchvision.rename(source)
    monkeypatch.setenv("FLOWSTYLE_OFFLINE", "0")
    monkeypatch.setattr(cache, "URL", f"{server}/{source.name}")
    events: list[Event] = []
    loaded = cache.download(events.append)
    assert "MB" in str(events[0])
    assert events[-1].done == events[-1].total  # type: ignore[union-attr]
    assert loaded.sha256 == hashlib.sha256(cache.own_file().read_bytes()).hexdigest()
    names = sorted(p.name for p in own_cache.iterdir())
    assert names == ["vgg19_convolutions.safetensors", "vgg19_convolutions.sha256"]

    cache.own_file().unlink()
    source.write_bytes(source.read_bytes()[:-1])
    with pytest.raises(cache.DownloadError, match="the transfer ended after"):
        cache.download(events.append)
    source.write_bytes(source.read_bytes() + b"x")
    with pytest.raises(WeightsError, match="expected") as refused:
        cache.download(events.append)
    assert hashlib.sha256(source.read_bytes()).hexdigest() in refused.value.what
    assert refused.value.advice
    source.write_bytes(source.read_bytes() + b"x")
    with pytest.raises(cache.DownloadError, match="sends more than"):
        cache.download(events.append)
    source.unlink()
    with pytest.raises(cache.DownloadError, match="404"):
        cache.download(events.append)
    assert sorted(p.name for p in own_cache.iterdir()) == ["vgg19_convolutions.sha256"]
    assert capfd.readouterr() == ("", "")


def test_transfer_that_breaks_off_leaves_nothing(
    as_torchvision: Path, monkeypatch: pytest.MonkeyPatch, own_cache: Path, server: str
) -> None:
    class Breaking(QuietHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(cache.TORCHVISION_BYTES))
            self.end_headers()
            self.wfile.write(b"some bytes")

    monkeypatch.setattr(QuietHandler, "do_GET", Breaking.do_GET)
    monkeypatch.setenv("FLOWSTYLE_OFFLINE", "0")
    monkeypatch.setattr(cache, "URL", f"{server}/vgg19.pth")
    with pytest.raises(cache.DownloadError):
        cache.download(lambda event: None)
    assert not list(own_cache.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has another place")
def test_cache_lies_where_the_system_keeps_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLOWSTYLE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_folder() == tmp_path / "xdg/flowstyle"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / ".cache/flowstyle"


@pytest.fixture
def compact(monkeypatch: pytest.MonkeyPatch) -> object:
    """Stands for the compact features, which these tests do not need."""
    marker = object()
    monkeypatch.setattr(select, "load_compact", lambda *args: marker)
    return marker


def decision(events: list[Event]) -> str:
    (found,) = [e for e in events if isinstance(e, Decision)]
    return found.text


def test_auto_without_weights_takes_compact_and_says_why(compact: object) -> None:
    events: list[Event] = []
    assert select_features("auto", report=events.append) is compact
    assert "no VGG19 weights on this machine" in decision(events)


def test_auto_takes_cached_and_given_weights(
    as_torchvision: Path, folder: Path, compact: object
) -> None:
    events: list[Event] = []
    network = select_features("auto", report=events.append)
    assert isinstance(network, VGG19)
    assert "found in" in decision(events)
    events.clear()
    path = folder / "good.safetensors"
    network = select_features("auto", weights=path, pooling="average", report=events.append)
    assert isinstance(network, VGG19)
    assert network.pooling == "average"
    assert str(path) in decision(events)


def test_vgg19_falls_back_offline_with_the_reason(
    compact: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    assert select_features("vgg19", report=events.append) is compact
    assert "FLOWSTYLE_OFFLINE" in decision(events)
    events.clear()
    monkeypatch.delenv("FLOWSTYLE_OFFLINE")
    monkeypatch.setattr(cache, "URL", "http://127.0.0.1:9/nothing")
    assert select_features("vgg19", report=events.append) is compact
    assert "could not be downloaded" in decision(events)
    assert select_features("vgg19", allow_download=False) is compact


def test_wrong_choices_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="resnet"):
        select_features("resnet")
    with pytest.raises(UsageError, match="bring their own"):
        select_features("compact", weights=tmp_path / "x.pth")


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
