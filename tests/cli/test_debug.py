"""``flowstyle debug``: sheets of frames that are painted, from the work folder alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowstyle.cli.main import run
from scripts.common.motion import motion_clip
from tests.helpers.media import picture, write_clip


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a tiny render of frames 1 to 3, its work folder beside it."""
    folder = tmp_path_factory.mktemp("render")
    write_clip(folder / "clip.mp4", pictures=motion_clip(64, 48, 4).frames)
    Image.fromarray(picture(0, (48, 48))).save(folder / "s.png")
    (folder / "quick.toml").write_text("fill_iterations = 0\nflow_quality = 'draft'\n")
    words = f"run {folder}/clip.mp4 {folder}/s.png -o {folder}/out.mp4 --features compact --debug"
    words += f" --first-iterations 1 --iterations 1 --settings {folder}/quick.toml"
    assert run([*words.split(), "--start-frame", "1", "--no-measure", "--quiet"]) == 0
    return folder / "out.mp4"


def sheet_of(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


def test_any_frame_afterwards_looks_as_it_did_in_the_render(
    rendered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    work = rendered.with_name("out.mp4.flowstyle")
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*")}
    radius = str(0.02 * 64)  # as in the pictures that --debug writes
    assert run(["debug", str(work), "--frame", "2", "--radius", radius, "--quiet"]) == 0
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*")} == before
    afterwards = sheet_of(tmp_path / "out_debug_000002.png")
    meanwhile = sheet_of(work / "debug" / "000002.png")
    assert afterwards.shape == meanwhile.shape
    # Only the title differs (it names the sweep).
    title = afterwards.shape[0] // 20
    assert (afterwards[title:] == meanwhile[title:]).mean() > 0.99


def test_the_result_is_a_way_to_its_folder_and_the_wheel_measures_itself(
    rendered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.png"
    assert run(["debug", str(rendered), "--frame", "3", "-o", str(out)]) == 0
    said = capsys.readouterr()
    assert "its rim stands for" in said.err
    assert sheet_of(out).shape[2] == 3
    assert run(["debug", str(rendered), "--frame", "3", "-o", str(out)]) == 12
    assert run(["debug", str(rendered), "--frame", "3", "-o", str(out), "--overwrite"]) == 0


def test_pixels_that_are_not_square_are_shown_as_a_player_shows_them(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    write_clip(clip, pictures=motion_clip(32, 48, 2).frames, aspect=Fraction(2))
    Image.fromarray(picture(0, (48, 48))).save(tmp_path / "s.png")
    words = f"run {clip} {tmp_path}/s.png -o {tmp_path}/out.mp4 --features compact --debug"
    words += " --first-iterations 1 --iterations 1 --no-measure --no-report --quiet"
    assert run(words.split()) == 0
    out = tmp_path / "o.png"
    assert run(["debug", f"{tmp_path}/out.mp4", "--frame", "1", "-o", str(out), "--quiet"]) == 0
    for path in (out, tmp_path / "out.mp4.flowstyle" / "debug" / "000001.png"):
        height, width = sheet_of(path).shape[:2]
        assert width / height == pytest.approx(4 * 64 / (3 * 48 * 1.105), rel=0.03)


def test_the_first_frame_of_a_shot_has_nothing_before_it(rendered: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.png", tmp_path / "2.png"
    assert run(["debug", str(rendered), "--frame", "1", "-o", str(first), "--quiet"]) == 0
    assert run(["debug", str(rendered), "--frame", "2", "-o", str(second), "--quiet"]) == 0
    assert sheet_of(first).shape == sheet_of(second).shape
    sheet = sheet_of(first)
    panels = sheet[sheet.shape[0] // 12 :, sheet.shape[1] // 2 :][: sheet.shape[0] // 6]
    assert len(np.unique(panels)) < 4  # two panels of the first row, empty


@pytest.mark.parametrize(
    ("frame", "extra", "advice"),
    [
        ("0", (), "frames 1 to 3 are painted"),
        ("9", (), "frames 1 to 3 are painted"),
        ("2", ("--radius", "0"), "in pixels"),
    ],
)
def test_what_is_not_there_is_explained(
    frame: str,
    extra: tuple[str, ...],
    advice: str,
    rendered: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = str(tmp_path / "o.png")
    assert run(["debug", str(rendered), "--frame", frame, "-o", out, *extra]) == 2
    assert advice in capsys.readouterr().err


def test_without_a_number_the_numbers_are_named(
    rendered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["debug", str(rendered)]) == 2
    assert "give --frame N: frames 1 to 3 are painted" in capsys.readouterr().err
    assert run(["debug", str(rendered.parent / "nothing")]) == 2
    assert "there is no work folder" in capsys.readouterr().err


def test_a_folder_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["debug", str(tmp_path), "--frame", "1", "-o", str(tmp_path / "o.png")]) == 2
    assert "OUT.flowstyle" in capsys.readouterr().err
