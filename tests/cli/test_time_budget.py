"""``--budget`` and ``--estimate`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flowstyle import pipeline
from flowstyle.cli.main import app
from flowstyle.core.errors import UsageError
from flowstyle.render import prepare
from flowstyle.render.estimate import Estimate
from tests.helpers.media import write_clip, write_pictures

FOUND = Estimate((64, 48), 12, 1, 1.0, 12.0, 5.0, 0.6, 2e8, 9e9, 1e6, 5e9)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_clip(tmp_path / "clip.mp4")
    write_pictures(tmp_path, ["style.png"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_time_that_is_none_is_refused_before_any_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "choose_tools", None)  # what paints is not even looked for
    result = CliRunner().invoke(app, ["run", "clip.mp4", "style.png", "--budget", "soon"])
    assert isinstance(result.exception, UsageError)
    assert str(result.exception).splitlines() == [
        "'soon' is not a time in which a render could end",
        "where: --budget",
        "what to do: give a number with its unit, for instance 30m, 90s or 1h30m",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["clip.mp4", "style.png"]


@pytest.mark.parametrize("more", [[], ["--quiet"], ["--budget", "2m"]])
def test_an_estimate_is_printed_and_nothing_rendered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(
        pipeline, "estimate_video", lambda *_, budget, **__: asked.append(budget) or FOUND
    )
    monkeypatch.setattr(pipeline, "stylize_video", None)
    line = ["run", "clip.mp4", "style.png", "--estimate", *more]
    result = CliRunner().invoke(app, line)
    assert result.exit_code == 0, result.output
    assert "12 frames in 1 shot" in result.output
    assert json.loads(CliRunner().invoke(app, [*line, "--json"]).output)["seconds"] == 12
    assert asked == [120.0 if "2m" in more else None] * 2
