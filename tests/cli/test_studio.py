"""``flowstyle studio`` where it cannot begin: said before anything is served."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from flowstyle.cli.main import run
from flowstyle.cli.studio import dials
from flowstyle.settings.catalogue import fields


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NICEGUI_STORAGE_PATH", str(tmp_path))


def test_where_nicegui_is_missing_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [one for one in sys.modules if one.startswith(("flowstyle.studio.", "starlette."))]:
        monkeypatch.delitem(sys.modules, name)  # as they are before anything has imported them
    monkeypatch.setitem(sys.modules, "nicegui", None)
    monkeypatch.setitem(sys.modules, "starlette", None)  # comes with it
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert run(["studio", "--port", str(port)]) == 2
    assert "pip install 'flowstyle[studio]'" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.0.7", "::"])
def test_another_address_needs_a_token(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["studio", "--address", address]) == 2
    told = capsys.readouterr().err
    assert "can be reached from other machines" in told
    assert "--token" in told


def test_a_port_in_use_and_a_folder_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(["studio", "--port", str(taken.getsockname()[1])]) == 2
    assert "give another --port" in capsys.readouterr().err
    assert run(["studio", "--folder", str(tmp_path / "none")]) == 2
    assert "this is no folder" in capsys.readouterr().err


def test_the_dials_are_the_settings_that_help_shows_first() -> None:
    assert dials()[:3] == ["width", "start_frame", "frames"]
    assert {"style_weight", "stability", "effort"} <= set(dials())
    assert set(dials()) <= set(fields())
