"""Names of frames: numbers that are missing, several kinds, frames in the place of styles."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Notice
from flowstyle.media.frame_names import refuse_row, refuse_style_among, remarks
from flowstyle.media.picture_folder import natural_key
from flowstyle.pipeline import stylize_video
from flowstyle.report.flow_view import view_flow
from flowstyle.settings import Settings
from tests.helpers.media import write_clip, write_pictures


def said_of(*names: str) -> str:
    return " | ".join(remarks(sorted((Path("f") / name for name in names), key=natural_key)))


@pytest.mark.parametrize(
    "names",
    [
        ["1.png", "2.png", "3.png"],
        [f"shot2_{k:03d}.JPG" for k in (8, 9, 10)],
        [f"frame_{k}.png" for k in range(0, 50, 5)],  # every fifth frame of a clip
        [f"{k}ms.png" for k in (0, 33, 67, 100, 133)],  # named by time
        ["2024-01-05_12-00-01.png", "2024-01-05_12-30-59.png", "2024-01-06_01-00-00.png"],
        ["3.png", "900.png"],
        ["a.png", "b.png"],
        ["one.png"],
        ["IMG_1.JPG", "IMG_2.jpg"],
        ["9.png", "1000000000000000000000.png"],
        [],
    ],
)
def test_nothing_is_said_of_ordinary_names(names: list[str]):
    assert said_of(*names) == ""


def test_missing_numbers_are_said():
    said = said_of("f_1.png", "f_2.png", "f_3.png", "f_7.png", "f_8.png", "f_20.png")
    assert said.startswith("numbers of frames are missing (14), between f_3.png and f_7.png, ")
    assert "f_8.png and f_20.png; " in said
    assert "missing (2), between 10.png and 25.png" in said_of(
        *(f"{k}.png" for k in (0, 5, 10, 25, 30, 35))
    )


def test_numbers_below_zero_are_said():
    said = said_of("f-0002.png", "f-0001.png", "f0000.png", "f0001.png")
    assert said.startswith("the - of f-0002.png is taken for a sign")
    assert said.endswith("numbers below 0 (2) are shown first")


def test_many_gaps_are_not_all_listed():
    numbers = [k for k in range(60) if k % 6 != 3]
    said = said_of(*(f"{k}.png" for k in numbers))
    assert "missing (10)" in said
    assert said.count(" and ") == 3


def test_two_kinds_of_names_are_said():
    said = said_of("frame_000.png", "frame_000_mask.png", "frame_001.png", "frame_001_mask.png")
    assert "2 kinds: frame_#.png (2), frame_#_mask.png (2)" in said
    assert said.endswith("give f/frame_%03d.png")
    assert "frame_#.jpg (1), frame_#.png (1)" in said_of("frame_1.png", "frame_1.jpg")
    assert "kinds" in said_of("frame_1.png", "frame_2.png", "thumbnail.png")
    assert said_of("a_8.png", "a_9.png", "a_10.png", "b.png").endswith("give f/a_%d.png")


def test_one_number_twice_is_said():
    assert "same number: 01.png and 1.png" in said_of("1.png", "01.png", "2.png")


def test_frames_in_the_place_of_styles_are_refused():
    frames = [Path(f"f/{k}.PNG") for k in range(4)]
    with pytest.raises(UsageError, match="4 frames of one folder") as caught:
        refuse_row(frames[0], [*frames[1:], Path("style.png")])
    assert caught.value.advice.endswith("flowstyle run f style.png")
    refuse_row(Path("clip.mp4"), frames)
    refuse_row(Path("f"), frames)
    refuse_row(frames[0], [Path("g/1.PNG"), Path("f/style.png"), object()])


def test_a_style_among_the_frames_is_refused(tmp_path: Path):
    write_pictures(tmp_path / "f", ["1.png", "2.png", "style.png"])
    with pytest.raises(UsageError, match="among the frames"):
        refuse_style_among(tmp_path / "f", [tmp_path / "f" / "style.png"])
    refuse_style_among(tmp_path / "f", [tmp_path / "f" / "1.png", tmp_path / "style.png"])
    (tmp_path / "only").mkdir()
    write_clip(tmp_path / "only" / "clip.mp4", count=1)
    write_pictures(tmp_path / "only", ["style.png"])
    with pytest.raises(UsageError, match="no frames but the style") as caught:
        refuse_style_among(tmp_path / "only", [tmp_path / "only" / "." / "style.png"])
    assert caught.value.advice.endswith("only/clip.mp4")


QUICK = Settings.from_preset("draft", features="compact", first_iterations=1, iterations=1)


def test_runs_say_what_is_odd(tmp_path: Path):
    clip = write_pictures(tmp_path / "f", ["1.png", "2.png", "9.png", "10.png"], (32, 24))
    styles = write_pictures(tmp_path / "s", ["1.png", "2.png"], (32, 24))
    said: list[str] = []

    def report(event: object) -> None:
        if isinstance(event, Notice):
            said.append(event.text)

    given = [styles / "1.png", str(styles / "2.png")]
    stylize_video(clip, given, QUICK, tmp_path / "o.mp4", report=report)
    assert any(text.startswith("numbers of frames are missing (6)") for text in said)
    assert any(text.startswith("2 styles have the clip's size and names like") for text in said)
    said.clear()
    write_pictures(tmp_path, ["red.png", "blue.png"], (32, 24))
    others = [tmp_path / "red.png", tmp_path / "blue.png"]
    stylize_video(clip, others, QUICK, tmp_path / "n.mp4", report=report)
    assert any(text.startswith("2 styles have the clip's size (red.png, …)") for text in said)
    with pytest.raises(UsageError, match="2 frames of one folder"):
        stylize_video(clip / "1.png", [str(clip / "2.png")], QUICK, tmp_path / "p.mp4")
    with pytest.raises(UsageError, match="no frames but the style"):
        stylize_video(tmp_path / "s", [str(path) for path in given], QUICK, tmp_path / "p.mp4")
    said.clear()
    view_flow(clip, tmp_path / "flow.mp4", flow="dis", report=report)
    assert any(text.startswith("numbers of frames are missing (6)") for text in said)
