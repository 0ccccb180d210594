"""``flowstyle flow`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from flowstyle.cli import flow, mask
from flowstyle.core.errors import OutputError
from scripts.common.motion import motion_clip


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    flow.register(app)
    mask.register(app)
    return app


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    folder = tmp_path / "moving"
    folder.mkdir()
    for i, frame in enumerate(motion_clip(64, 36, 3).frames):
        Image.fromarray(frame).save(folder / f"{i}.png")
    return folder


def test_json_and_default_output(
    app: typer.Typer, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["flow", str(clip), "--json", "--frames", "2"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["path"] == "moving_flow.mp4"
    assert told["frames"] == 2
    assert told["shots"][0]["first"] == 0
    assert (tmp_path / "moving_flow.mp4").stat().st_size > 1000


def test_folder_of_pictures_and_flo(app: typer.Typer, clip: Path, tmp_path: Path) -> None:
    out, flo = tmp_path / "sheets", tmp_path / "flo"
    arguments = ["flow", str(clip), "-o", str(out), "--write-flo", str(flo), "--flow", "dis"]
    result = CliRunner().invoke(app, [*arguments, "--start-frame", "1", "--width", "48"])
    assert result.exit_code == 0, result.output
    assert "2 frames" in result.stdout
    # A sheet's file has the number of its frame, which is written on it.
    assert sorted(path.name for path in out.iterdir()) == ["000001.png", "000002.png"]
    assert sorted(p.name for p in flo.iterdir()) == ["backward_3_2.flo", "forward_2_3.flo"]
    pattern = tmp_path / "named" / "f%d.png"
    named = ["flow", str(clip), "-o", str(pattern), "--frames", "2", "--flow", "dis"]
    assert CliRunner().invoke(app, named).exit_code == 0
    assert sorted(path.name for path in pattern.parent.iterdir()) == ["f0.png", "f1.png"]
    again = CliRunner().invoke(app, arguments)
    assert isinstance(again.exception, OutputError)
    assert CliRunner().invoke(app, [*arguments, "--overwrite", "--quiet"]).stdout == ""
