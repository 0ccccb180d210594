"""``flowstyle run`` and a clip's sound: refused before any painting, or in the result as said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import pytest
from typer.testing import CliRunner

from flowstyle.cli.main import app
from flowstyle.core.errors import FlowstyleError
from flowstyle.render import prepare
from scripts.common.beep import find_beep, write_beep
from tests.helpers.media import picture

import av  # isort: skip - after cv2

QUICK = ("--preset", "draft", "--iterations", "1", "--first-iterations", "1")
QUICK += ("--features", "compact", "--no-measure")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("COLUMNS", "400")
    style = tmp_path / "style.png"
    cv2.imwrite(str(style), picture(0, (48, 40), seed=7))

    def call(clip: Path, out: str, *more: str) -> Any:
        words = ["run", str(clip), str(style), "-o", str(tmp_path / out), *QUICK, *more]
        return CliRunner().invoke(app, words)

    return call


def test_what_becomes_of_the_sound_is_said_first(tmp_path: Path, run: Any):
    clip = write_beep(tmp_path / "c.avi", "adpcm_ms", "mono")
    result = run(clip, "out.mp4", "--frames", "3", "--start-frame", "11")
    assert result.exit_code == 0, result.output
    said = result.output
    assert "sound 1 (adpcm_ms, 1 channels, 48000 Hz) encoded as AAC, mono" in said
    assert said.index("encoded as AAC") < said.index("preview")
    assert abs(find_beep(tmp_path / "out.mp4") - (0.5 - 11 / 25)) < 0.005


def test_sound_can_be_left_out(tmp_path: Path, run: Any):
    clip = write_beep(tmp_path / "c.mp4", "aac")
    assert run(clip, "out.mp4", "--frames", "2", "--audio", "none").exit_code == 0
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(("asked", "code"), [("copy", 12), ("loud", 2)])
def test_wishes_that_cannot_be_met_are_refused_before_any_work(
    tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch, asked: str, code: int
):
    clip = write_beep(tmp_path / "c.mp4", "aac")
    monkeypatch.setattr(prepare, "choose_tools", None)  # what paints is not even looked for
    result = run(clip, "out.webm", "--audio", asked)
    assert isinstance(result.exception, FlowstyleError)
    assert result.exception.exit_code == code
    assert "--audio" in str(result.exception)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.mp4", "style.png"]
