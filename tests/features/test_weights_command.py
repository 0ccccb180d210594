"""flowstyle weights: what is there, fetched, verified, imported; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flowstyle.cli.main import run
from flowstyle.features import cache


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, str]]:
    assert run(["weights", *words, "--json"]) == 0
    return {one["name"]: one for one in json.loads(capsys.readouterr().out)["weights"]}


def test_import_verify_and_list_go_together(
    folder: Path, own_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = listed(capsys)
    assert before["vgg19"]["state"] == "features, not here: flowstyle weights fetch"
    assert "comes with flowstyle" in before["compact"]["state"]
    assert {"raft large", "raft small"} <= before.keys()
    assert listed(capsys, "verify")["vgg19"]["state"] == "not here"
    taken = listed(capsys, "import", str(folder / "good.pth"))["vgg19"]
    assert Path(taken["path"]) == cache.own_file()
    assert listed(capsys)["vgg19"] == {
        "name": "vgg19",
        "path": str(cache.own_file()),
        "state": "features, here",
    }
    assert listed(capsys, "verify")["vgg19"]["state"] == "good"
    # What is here need not be fetched: no connection is opened.
    assert Path(listed(capsys, "fetch")["vgg19"]["path"]) == cache.own_file()
    data = bytearray(cache.own_file().read_bytes())
    data[-1] ^= 1
    cache.own_file().write_bytes(data)
    assert run(["weights", "verify"]) == 18
    assert run(["weights"]) == 0


def test_what_pytorch_keeps_is_taken(
    as_torchvision: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(capsys, "fetch")["vgg19"]["path"] == str(cache.own_file())
    assert cache.own_file().is_file()


def test_fault_fetch_without_a_network(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_cache: Path
) -> None:
    assert run(["weights", "fetch"]) == 18
    assert "FLOWSTYLE_OFFLINE is set" in capsys.readouterr().err
    monkeypatch.setenv("FLOWSTYLE_OFFLINE", "0")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(cache, "URL", "http://127.0.0.1:9/vgg19.pth")  # nobody listens there
    assert run(["weights", "fetch"]) == 18
    said = capsys.readouterr().err
    assert "VGG19's weights could not be downloaded: there is no connection to the server." in said
    assert "flowstyle weights import vgg19-dcbb9e9d.pth" in said
    assert not [path for path in own_cache.iterdir() if path.is_file()]


def test_fault_a_cache_that_cannot_be_written(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "file" / "below"))
    assert run(["weights", "import", str(folder / "good.pth")]) == 12
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "advice"),
    [
        ("ftech", 2, "did you mean flowstyle weights fetch?"),
        ("download", 2, "did you mean flowstyle weights fetch?"),
        ("import", 2, "flowstyle weights import vgg19-dcbb9e9d.pth"),
        ("list x.pth", 2, "a file is for verify and import"),
        ("fetch x.pth", 2, "a file is for verify and import"),
        ("verify missing.pth", 18, "check the path"),
        ("import missing.pth", 18, "check the path"),
        ("a b c", 2, "write it like flowstyle weights verify FILE"),
    ],
)
def test_fault_wrong_words(
    words: str, code: int, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["weights", *words.split()]) == code
    assert advice in capsys.readouterr().err
