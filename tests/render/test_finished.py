"""What is said where the result is there already, and before that what is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from flowstyle.cli.main import run
from tests.helpers.media import picture, write_clip

QUICK = "--features compact --first-iterations 1 --iterations 1 --no-measure --quiet"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clip, a picture, and the finished result of both."""
    folder = tmp_path_factory.mktemp("finished")
    write_clip(folder / "clip.mp4", count=2, size=(48, 32))
    Image.fromarray(picture(0, (48, 48))).save(folder / "s.png")
    assert run([*words(folder), *QUICK.split()]) == 0
    return folder


def words(folder: Path) -> list[str]:
    return ["run", f"{folder}/clip.mp4", f"{folder}/s.png", "-o", f"{folder}/out.mp4"]


def told(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """What the same command says, with more words; nothing is changed by it."""
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert run([*words(folder), *QUICK.split(), *more]) == 12
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    return capsys.readouterr().err


def test_the_same_command_again_is_told_to_be_finished(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(place, capsys)
    assert "this render is finished, with these same settings" in said
    assert "nothing: the result is there" in said


def test_what_was_not_measured_is_said_until_a_report_has_measured_it(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(place, tmp_path / "there"))
    again = [one for one in (*words(folder), *QUICK.split()) if one not in ("--no-measure",)]
    again[again.index("--quiet")] = "--json"
    assert run(again) == 12
    said = capsys.readouterr().err
    assert "finished, with these same settings, but it is not measured" in said
    assert f"flowstyle report {folder}/out.mp4 measures it" in said
    assert run(["report", f"{folder}/out.mp4", "--quiet"]) == 0
    assert run(again) == 12
    assert "nothing: the result is there" in capsys.readouterr().err


def test_threads_count_as_the_render_has_them_not_as_they_are_when_asked(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(threads + 1)  # a render by two workers had half of them
    try:
        assert "with these same settings" in told(place, capsys, "--workers", "2")
    finally:
        cv2.setNumThreads(threads)


def test_settings_that_differ_are_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(place, capsys, "--style-weight", "9")
    assert "made with other settings:\n- --style-weight: 12.0 → 9.0" in said
    assert "--overwrite --restart" in said


def test_work_of_other_settings_is_not_gone_on_with_and_each_is_on_its_line(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words(place), *QUICK.split(), "--overwrite", "--style-weight", "9"]) == 14
    assert "a different run:\n- --style-weight: 12.0 → 9.0" in capsys.readouterr().err


def test_another_clip_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write_clip(place.parent / "other.mp4", count=3, size=(64, 32))
    command = ["run", str(other), *words(place)[2:], *QUICK.split()]
    told = "clip: clip.mp4 (48×32, 2 frames, "
    assert run(command) == 12
    said = capsys.readouterr().err
    assert f"made from another clip:\n- {told}" in said
    assert " → other.mp4 (64×32, 3 frames, " in said
    assert "sha256" not in said
    assert "another -o keeps both" in said
    assert run([*command, "--overwrite"]) == 14
    said = capsys.readouterr().err
    assert f"the work folder is of another clip:\n- {told}" in said
    assert "another -o keeps both" in said


def test_a_folder_of_frames_that_is_given_as_a_dot_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in range(2):
        Image.fromarray(picture(number, (48, 32))).save(frames / f"{number}.png")
    Image.fromarray(picture(0, (48, 48))).save(tmp_path / "s.png")
    monkeypatch.chdir(frames)
    command = ["run", ".", "../s.png", "-o", "../out.mp4", *QUICK.split()]
    assert run(command) == 0
    Image.fromarray(picture(2, (48, 32))).save(frames / "2.png")
    assert run(command) == 12
    said = capsys.readouterr().err
    assert "clip: frames (48×32, 2 frames, " in said
    assert " → frames (48×32, 3 frames, " in said


def test_another_way_of_writing_needs_no_painting(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = told(place, capsys, "--quality", "16", "--original-colors")
    assert "the same frames, written otherwise" in said
    assert "quality: not given → 16" in said
    assert "original_colors: False → True" in said


def test_a_budget_is_not_measured_anew_for_an_answer(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "with these same settings" in told(place, capsys, "--budget", "1h")


def test_a_result_of_something_else_just_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(tmp_path / "clip.mp4", count=2, size=(48, 32))
    Image.fromarray(picture(0, (48, 48))).save(tmp_path / "s.png")
    (tmp_path / "out.mp4").write_bytes(b"mine")
    assert "the output exists.\n" in told(tmp_path, capsys)


@pytest.mark.parametrize("command", ["run", "image", "preview"])
def test_a_missing_style_is_told_before_an_output_that_exists(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", count=2, size=(48, 32))
    photo = tmp_path / "photo.png"
    Image.fromarray(np.zeros((32, 48, 3), np.uint8)).save(photo)
    out = tmp_path / ("out.mp4" if command == "run" else "out.png")
    out.write_bytes(b"mine")
    source = photo if command == "image" else clip
    assert run([command, str(source), f"{tmp_path}/none.jpg", "-o", str(out)]) == 11
    assert "the picture does not exist" in capsys.readouterr().err


def test_a_missing_clip_is_told_before_a_sheet_that_exists(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(picture(0, (48, 48))).save(tmp_path / "s.png")
    words = ["preview", f"{tmp_path}/no.mp4", f"{tmp_path}/s.png", "-o", f"{tmp_path}/s.png"]
    assert run(words) == 10
    assert "the clip does not exist" in capsys.readouterr().err
