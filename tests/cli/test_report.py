"""flowstyle report, and the reports that run and eval write: what they leave, what they refuse."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import pytest

from flowstyle.cli.main import run
from flowstyle.report.html import page as page_module
from scripts.common.motion import motion_clip
from tests.helpers.media import picture, write_clip
from tests.helpers.trained import write_trained

QUICK = ("--preset", "draft", "--iterations", "1", "--first-iterations", "1", "--features")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clip, a style, and a render of it without a report and figures."""
    folder = tmp_path_factory.mktemp("report")
    write_clip(folder / "clip.mp4", pictures=list(motion_clip(64, 48, 4, pan=True).frames))
    cv2.imwrite(str(folder / "style.png"), picture(0, (48, 40), seed=7))
    assert painted(folder, "--no-report", "--no-measure") == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "work"))


def painted(folder: Path, *more: str) -> int:
    """Run, with what is there replaced."""
    inputs = [str(folder / "clip.mp4"), str(folder / "style.png"), "-o", str(folder / "out.mp4")]
    return run(["run", *inputs, *QUICK, "compact", "--overwrite", "--quiet", *more])


def facts(page: Path) -> dict:
    return json.loads((page.parent / "report.json").read_text())


@pytest.mark.parametrize("place", ["out.mp4.flowstyle", "out.mp4"])
def test_afterwards_without_rendering_again(
    folder: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {path: path.stat().st_mtime_ns for path in (folder / "out.mp4.flowstyle").rglob("*")}
    assert not (folder / "out.mp4.report").exists()
    assert run(["report", str(folder / place)]) == 0
    *said, page = capsys.readouterr().out.splitlines()
    assert page == str(folder / "out.mp4.report" / "index.html")
    assert said[0].startswith("stability")
    told = facts(Path(page))
    assert told["kind"] == "run"
    assert told["figures"]["warp_error"]["value"] > 0  # which the run did not measure
    assert told["figures"]["style"]
    assert kept == {path: path.stat().st_mtime_ns for path in kept}  # nothing is touched


@pytest.mark.parametrize("style", ["style.png", "dots.safetensors"])
def test_afterwards_the_style_is_found_from_any_folder(
    style: str, tmp_path: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    for name in ("clip.mp4", "style.png"):
        shutil.copy(made / name, there)
    write_trained(there / "dots.safetensors")
    monkeypatch.chdir(there)
    words = ["run", "clip.mp4", style, "-o", "out.mp4", "--quiet", "--no-report", "--no-measure"]
    quick = () if style.endswith(".safetensors") else (*QUICK, "compact")
    assert run([*words, *quick]) == 0
    monkeypatch.chdir(tmp_path)
    assert run(["report", "there/out.mp4", "--quiet"]) == 0
    assert facts(there / "out.mp4.report" / "index.html")["figures"]["style"]


def test_a_stopped_run_has_a_report_of_what_is_painted(folder: Path) -> None:
    work = folder / "out.mp4.flowstyle"
    lines = (work / "journal.jsonl").read_text().splitlines(keepends=True)
    gone = [line for line in lines if "stylised/000003" not in line]
    (work / "journal.jsonl").write_text("".join(gone))
    assert run(["report", str(work), "--quiet"]) == 0
    assert facts(folder / "out.mp4.report" / "index.html")["frames"] == 3


def test_run_writes_it_and_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert painted(folder, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    page = folder / "out.mp4.report" / "index.html"
    assert told["page"] == str(page)
    held = facts(page)
    assert held["settings"][0].keys() == {"panel", "name", "value", "usual", "help"}
    assert {one["name"]: one["value"] for one in held["settings"]}["iterations"] == 1
    assert len(held["digests"]["clip"]) == 64
    assert held["versions"]["torch"]


def test_whatever_goes_wrong_with_it_the_clip_is_there_and_the_exit_code_0(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(*args: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    (folder / "out.mp4").unlink()
    monkeypatch.setattr(page_module, "charts_of", breaks)
    command = ["run", str(folder / "clip.mp4"), str(folder / "style.png"), *QUICK, "compact"]
    assert run([*command, "-o", str(folder / "out.mp4")]) == 0
    assert (folder / "out.mp4").exists()
    assert not (folder / "out.mp4.report").exists()
    said = capsys.readouterr().err
    assert "no report: ZeroDivisionError: a mistake of ours" in said
    assert "Traceback" not in said


def test_a_place_that_is_taken_is_said_and_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out.mp4.report").write_text("mine")
    assert run(["report", str(folder / "out.mp4")]) == 12
    assert "taken by a file" in capsys.readouterr().err
    assert (folder / "out.mp4.report").read_text() == "mine"


@pytest.mark.parametrize("place", ["clip.mp4", "nothing.flowstyle", "."])
def test_without_a_run_it_says_what_to_give(
    folder: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", str(folder / place)]) == 2
    said = capsys.readouterr().err
    assert "what to do" in said
    assert "Traceback" not in said


def test_a_record_that_is_damaged_is_explained(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out.mp4.flowstyle" / "run.json").write_text('{"kind": "run"')
    assert run(["report", str(folder / "out.mp4")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_eval_writes_its_own_beside_that_of_a_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["eval", str(folder / "clip.mp4"), str(folder / "out.mp4"), "--judge", "farneback"]
    assert run([*command, "--style", str(folder / "style.png"), "--json"]) == 0
    page = Path(json.loads(capsys.readouterr().out)["page"])
    assert page == folder / "out.mp4.report" / "index.html"
    assert facts(page)["kind"] == "eval"
    assert run(["report", str(folder / "out.mp4"), "--quiet"]) == 0
    assert run([*command, "--json"]) == 0
    page = Path(json.loads(capsys.readouterr().out)["page"])
    assert page.parent.name == "out.mp4.eval.report"
    assert facts(folder / "out.mp4.report" / "index.html")["kind"] == "run"


def test_eval_without_a_place_for_it_still_gives_its_figures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out.mp4.report").write_text("mine")
    command = ["eval", str(folder / "clip.mp4"), str(folder / "out.mp4"), "--judge", "farneback"]
    assert run([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["page"] is None
    assert told["frames"] == 4
