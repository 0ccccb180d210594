"""flowstyle eval: table, JSON, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from flowstyle.cli import eval as command
from flowstyle.core.errors import UsageError, WeightsError
from flowstyle.networks.file import load_trained
from flowstyle.networks.names import own_folder
from scripts.common.motion import motion_clip
from tests.helpers.media import write_clip
from tests.helpers.trained import write_trained

app = typer.Typer()
command.register(app)
app.callback()(lambda: None)  # keeps "eval" a command of its own


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, str]:
    """Source, styled clip and style picture."""
    folder = tmp_path_factory.mktemp("eval")
    frames = motion_clip(96, 64, 4).frames
    lossless = {"qp": "0"}
    source = write_clip(folder / "source.mp4", pictures=frames, options=lossless)
    painted = [np.asarray(255 - frame) for frame in frames]
    styled = write_clip(folder / "styled.mp4", pictures=painted, options=lossless)
    style = folder / "style.png"
    cv2.imwrite(str(style), painted[0][..., ::-1])
    return str(source), str(styled), str(style)


def test_json_holds_every_figure(files: tuple[str, str, str]) -> None:
    source, styled, style = files
    arguments = ["eval", source, styled, "--style", style, "--judge", "farneback", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["frames"] == 4
    assert figures["judge"] == "farneback"
    assert figures["features"] == "compact"
    assert figures["warp_error"]["ratio"] == pytest.approx(1, rel=0.1)  # a negative is as stable
    assert figures["style"][0][1] < 0.05  # its own first frame is the style
    assert figures["content"] > 0.05
    assert len(figures["profile"]) == 4


def test_table_names_the_metrics_and_the_worst_frames(
    files: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    source, styled, _ = files
    arguments = ["eval", source, styled, "--judge", "farneback", "--frames", "3", "--quiet"]
    short = CliRunner().invoke(app, arguments)
    assert "warp error ×10⁴" not in short.stdout
    assert short.stdout.splitlines()[0].startswith("stability  ")
    assert len(short.stdout.splitlines()) <= 10
    arguments.append("--verbose")
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    for text in ("3 frames, judged by farneback", "warp error", "sharpness", "drift", "least"):
        assert text in result.stdout
    assert "style distance" not in result.stdout


def test_frames_are_named_as_the_clip_counts_them(files: tuple[str, str, str]) -> None:
    arguments = ["eval", *files[:2], "--judge", "farneback", "--start-frame", "1", "--no-report"]
    result = CliRunner().invoke(app, [*arguments, "--frames", "2", "--quiet"])
    assert result.exit_code == 0, result.output
    assert (
        result.stdout.splitlines()[-1] == "least stable frames, counted from 0: 2"
    )  # of 1 and 2, the second


def test_wrong_judge_and_missing_clip_are_explained(files: tuple[str, str, str]) -> None:
    source, styled, _ = files
    result = CliRunner().invoke(app, ["eval", source, styled, "--judge", "guess"])
    assert isinstance(result.exception, UsageError)
    result = CliRunner().invoke(app, ["eval", source])
    assert result.exit_code == 2


def test_a_trained_network_stands_for_the_picture_inside_of_it(
    files: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = write_trained(tmp_path / "net.safetensors")
    inside = tmp_path / "inside.png"
    cv2.imwrite(str(inside), load_trained(network).picture[..., ::-1])
    means = []
    for style in (network, inside):
        arguments = ["eval", *files[:2], "--style", str(style), "--judge", "farneback", "--json"]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
        means.append(json.loads(result.stdout)["style_mean"])
    assert means[0] == means[1] > 0

    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path))
    own_folder().mkdir()
    network.rename(own_folder() / "net.safetensors")  # now a bare name tells it
    arguments = ["eval", *files[:2], "--style", "net", "--judge", "farneback", "--json"]
    bare = json.loads(CliRunner().invoke(app, arguments).stdout)
    assert bare["style_mean"] == means[0]
    assert Path(bare["page"]).is_file()
    missing = str(tmp_path / "missing.safetensors")
    refused = CliRunner().invoke(app, ["eval", *files[:2], "--style", missing])
    assert isinstance(refused.exception, WeightsError)
