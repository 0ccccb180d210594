"""Weights on this machine and from the network: found, kept, checked on every load."""

from __future__ import annotations

import functools
import hashlib
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from flowstyle.core import places
from flowstyle.core.errors import UsageError, WeightsError
from flowstyle.core.events import Decision, Event
from flowstyle.features import cache, select
from flowstyle.features.select import select_features
from flowstyle.features.vgg19 import VGG19


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
    assert places.cache_folder() == tmp_path / "xdg/flowstyle"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert places.cache_folder() == tmp_path / ".cache/flowstyle"


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
