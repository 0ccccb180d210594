"""Trained networks by their bare names, and what stands before them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flowstyle.cli.main import run
from flowstyle.networks import names
from tests.helpers.media import write_clip
from tests.helpers.trained import sha256, write_trained


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and one network of the user's own: mine."""
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "cache"))
    names.own_folder().mkdir(parents=True)
    write_trained(names.own_folder() / "mine.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_bare_name_is_a_network_where_no_file_has_it(folder: Path) -> None:
    assert {"mine", "candy"} <= set(names.network_names())
    assert names.as_network(Path("mine")) == Path("mine.safetensors")
    assert names.located(Path("mine.safetensors")) == names.own_folder() / "mine.safetensors"
    for other in ("theirs", "in/mine", "mine.png"):
        assert names.as_network(Path(other)) == Path(other)
    Path("mine").touch()
    assert names.as_network(Path("mine")) == Path("mine")


def test_a_clip_is_painted_by_a_bare_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_clip(folder / "clip.mp4", count=2)
    assert (
        run(["run", "clip.mp4", "mine", "--width", "48", "--no-measure", "--iterations", "3"]) == 0
    )
    said = capsys.readouterr()
    assert (folder / "clip_mine-network.mp4").is_file()
    assert "--iterations has no effect here: a trained network paints" in said.err
    assert "VGG19" not in said.err  # it is not used
    assert "fill_content" not in said.err


def test_what_a_network_does_not_use_is_not_told_of_other_settings(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(folder / "clip.mp4", count=2)
    words = ["run", "clip.mp4", "mine", "--width", "48", "--no-measure", "--no-report"]
    assert run(words) == 0
    assert "(painting " in capsys.readouterr().out
    assert run([*words, "--stability", "0.8", "--overwrite"]) == 14
    said = capsys.readouterr().err
    assert "stability" in said
    assert "temporal_weight" not in said


def test_a_picture_finds_the_network_that_was_trained_for_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = folder / "style.png"
    picture.write_bytes(b"any bytes: only their digest counts")
    write_trained(names.own_folder() / "ours.safetensors", sha256=sha256(picture))
    assert run(["styles", "style.png", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["networks"]
    assert Path(found["path"]).stem == "ours"


def test_the_list_explains_its_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["styles"]) == 0
    shown = capsys.readouterr().out
    assert " ".join(shown.split()).startswith("name made for steps style content size where")
    assert "smaller is nearer" in shown
    assert "flowstyle run CLIP candy" in shown
    assert "0.25" in shown  # of mine


def test_names_need_no_torch() -> None:
    code = "import sys; import flowstyle.networks.names; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
