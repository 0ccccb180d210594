"""``--fps``: how fast folders of frames are shown."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import pytest

from flowstyle.cli.frame_rate import read_rate
from flowstyle.cli.main import run
from flowstyle.core.errors import UsageError
from flowstyle.media.probe import probe
from flowstyle.metrics.evaluation import evaluate
from tests.helpers.media import picture, write_clip, write_pictures

import av  # isort: skip - after cv2

QUICK = (
    *("--preset", "draft", "--iterations", "1", "--first-iterations", "1"),
    *("--features", "compact", "--no-measure", "--quiet"),
)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30", Fraction(30)),
        (" 25 ", Fraction(25)),
        ("12.5", Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("30.0", Fraction(30)),
        ("0.5", Fraction(1, 2)),
        ("1000", Fraction(1000)),
        (None, None),
    ],
)
def test_rates_as_people_write_them(text: str | None, rate: Fraction | None):
    assert read_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "0", "-5", "abc", "1/0", "1001", "0.001", "nan", "inf", "1e9999999", "３０", "30fps"],
)
def test_other_words_are_refused(text: str):
    with pytest.raises(UsageError, match="frames a second"):
        read_rate(text)


def test_the_advice_is_no_other_wrong_number(capsys: pytest.CaptureFixture[str]):
    assert run(["run", "frames", "style.png", "--fps", "1000001"]) == 2
    assert "what to do: give a number from 0.01 to 1000" in capsys.readouterr().err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_pictures(tmp_path / "frames", [f"{k}.png" for k in range(3)], (32, 24))
    write_clip(tmp_path / "clip.mp4", count=3)
    cv2.imwrite(str(tmp_path / "style.png"), picture(0, (32, 24), seed=7))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def times(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        shown = [
            (frame.pts or 0) * (frame.time_base or Fraction(1))
            for frame in container.decode(video=0)
        ]
    return [time - shown[0] for time in shown]


def test_frames_are_shown_as_fast_as_asked_also_when_work_goes_on(here: Path):
    """The painted frames stay; only their times follow another rate."""
    out = here / "o.mp4"
    command = ["run", "frames", "style.png", "-o", "o.mp4", *QUICK]
    assert run([*command, "--fps", "30000/1001"]) == 0
    assert times(out) == [k * Fraction(1001, 30000) for k in range(3)]
    before = [path.stat().st_mtime_ns for path in sorted(here.rglob("o.mp4.flowstyle/*/*.png"))]
    assert before
    assert run([*command, "--fps", "10", "--overwrite"]) == 0
    assert times(out) == [k * Fraction(1, 10) for k in range(3)]
    assert run([*command, "--overwrite"]) == 0
    assert times(out) == [k * Fraction(1, 24) for k in range(3)]
    after = [path.stat().st_mtime_ns for path in sorted(here.rglob("o.mp4.flowstyle/*/*.png"))]
    assert after == before


@pytest.mark.parametrize("command", ["run frames style.png", "flow frames"])
@pytest.mark.parametrize("out", ["o/%04d.png", "o"])
def test_pictures_have_no_rate_which_is_said(
    here: Path, command: str, out: str, capsys: pytest.CaptureFixture[str]
):
    more = QUICK if command.startswith("run") else ["--flow", "dis"]
    more = [word for word in more if word != "--quiet"]
    assert run([*command.split(), "-o", out, *more, "--fps", "30"]) == 0
    assert "--fps 30 changes nothing in them; -o o.mp4" in " ".join(capsys.readouterr().err.split())
    assert run([*command.split(), "-o", "o.mp4", *more, "--fps", "30"]) == 0
    assert "changes nothing" not in capsys.readouterr().err


def test_flow_follows_the_rate_too(here: Path):
    assert run(["flow", "frames", "--flow", "dis", "-o", "f.mp4", "--fps", "50", "--quiet"]) == 0
    assert times(here / "f.mp4") == [k * Fraction(1, 50) for k in range(3)]


@pytest.mark.parametrize("command", ["run clip.mp4 style.png", "flow clip.mp4"])
def test_videos_keep_their_own_times(here: Path, command: str, capsys: pytest.CaptureFixture[str]):
    assert run([*command.split(), "--fps", "30", "-o", "o.mp4"]) == 2
    said = capsys.readouterr().err
    assert "have their own times" in said
    assert "ffmpeg -i CLIP -vf fps=30" in said
    assert not list(here.glob("o.mp4*"))


def test_evaluation_compares_times_where_the_rate_is_given(here: Path):
    own = probe(here / "clip.mp4")
    write_pictures(here / "as_many", [f"{k}.png" for k in range(3)], (own.width, own.height))
    clip, folder = here / "clip.mp4", here / "as_many"
    for rate in (None, own.rate):
        assert evaluate(clip, folder, judge="farneback", rate=rate).frames == 3
    with pytest.raises(UsageError, match="frame 1 is shown at"):
        evaluate(clip, folder, judge="farneback", rate=own.rate / 3)
    with pytest.raises(UsageError, match="both clips are videos"):
        evaluate(clip, clip, judge="farneback", rate=own.rate)
