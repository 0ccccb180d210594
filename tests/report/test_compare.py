"""Clips beside each other: sizes, places, lengths, the line of a wipe."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.cli.main import run
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted, OutputError, UsageError, VideoError
from flowstyle.core.events import Decision, Event, Notice
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.report import compare
from flowstyle.report.compare import columns_of, compare_clips, line_at
from flowstyle.report.layout import caption_height
from flowstyle.report.lettering import Picture, text_width
from tests.helpers.media import write_clip

GREYS = (60, 120, 180, 240)


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Four clips of one grey each; the last is shorter."""
    found = []
    for grey in GREYS:
        count = 3 if grey == 240 else 5
        pictures = [np.full((48, 64, 3), grey, np.uint8)] * count
        found.append(write_clip(tmp_path / f"grey{grey}.mp4", pictures=pictures))
    return found


def test_two_clips_stand_side_by_side(clips: list[Path], tmp_path: Path) -> None:
    made = compare_clips(clips[:2], tmp_path / "out.mp4")
    assert (made.frames, made.labels) == (5, ("grey60", "grey120"))
    frame = next(read_frames(probe(tmp_path / "out.mp4"))).image.astype(int)
    assert frame.shape[:2] == (made.size[1], made.size[0])
    strip = caption_height(48)
    assert made.size == (2 * 64 + 3 * 4, 48 + strip + 2 * 4)
    top, middle = 4 + strip + 24, 4 + 32
    assert abs(frame[top, middle] - 60).max() < 6
    assert abs(frame[top, middle + 68] - 120).max() < 6
    assert probe(tmp_path / "out.mp4").rate == probe(clips[0]).rate


def test_four_make_a_square_and_the_shortest_counts(clips: list[Path], tmp_path: Path) -> None:
    told: list[Event] = []
    made = compare_clips(clips, tmp_path / "o.mp4", labels=list("abcd"), report=told.append)
    assert (made.frames, made.labels) == (3, tuple("abcd"))
    remarks = [event.text for event in told if isinstance(event, Notice)]
    assert any("shortest counts: a 5, b 5, c 5, d 3 frames" in text for text in remarks)
    frame = next(read_frames(probe(tmp_path / "o.mp4"))).image.astype(int)
    height, width = frame.shape[:2]
    corners = [frame[y, x, 0] for y in (height // 2 - 20, height - 20) for x in (30, width - 30)]
    assert np.abs(np.array(corners) - GREYS).max() < 6


def test_a_wipe_shows_the_first_left_of_a_line_and_the_second_right(
    clips: list[Path], tmp_path: Path
) -> None:
    compare_clips(clips[:2], tmp_path / "o.mp4", wipe=True)
    frame = next(read_frames(probe(tmp_path / "o.mp4"))).image.astype(int)
    assert abs(frame[-10, 10] - 60).max() < 6
    assert abs(frame[-10, 54] - 120).max() < 6
    assert frame[-10, 31].min() > 180  # the line, in the middle at first
    assert [line_at(second, 200) for second in (0, 1.5, 4.5, 6)] == [100, 190, 10, 100]


def test_long_names_of_a_wipe_do_not_run_into_each_other(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[tuple[int, int]] = []

    def write(picture: Picture, text: str, place: tuple[int, int], size: int) -> None:
        places.append((place[0], place[0] + text_width(text, size)))

    monkeypatch.setattr(compare, "write", write)
    names = ["the clip as it came from the camera", "the clip in the style of candy"]
    compare_clips(clips[:2], tmp_path / "o.mp4", labels=names, wipe=True, width=176)
    (left, end), (begin, right) = places[:2]
    assert 0 <= left < end < begin < right <= 176


def test_clips_of_one_name_are_told_apart(clips: list[Path], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    alike = Path(shutil.copy(clips[1], tmp_path / "other" / clips[0].name))
    made = compare_clips([clips[0], alike], tmp_path / "o.mp4")
    assert made.labels == (str(clips[0]), str(alike))


def test_pixels_that_are_not_square_are_shown_as_a_player_shows_them(
    clips: list[Path], tmp_path: Path
) -> None:
    wide = write_clip(tmp_path / "wide.mp4", count=2, aspect=Fraction(2))
    told: list[Event] = []
    shown = compare_clips([wide, wide], tmp_path / "o.mp4", labels=["a", "b"], report=told.append)
    text = [event.text for event in told if isinstance(event, Decision)]
    assert "128×48 each" in text
    assert shown.size == (128 + 2 * 4, 2 * (48 + caption_height(48)) + 3 * 4)  # below each other
    made = compare_clips([clips[0], wide], tmp_path / "p.mp4", report=told.append)
    assert made.frames == 2
    assert any("another shape" in event.text for event in told if isinstance(event, Notice))


def test_rows_and_columns_fill_a_screen() -> None:
    wide, tall = 16 / 9, 9 / 16
    assert [columns_of(n, wide) for n in (2, 3, 4, 6, 9)] == [2, 2, 2, 3, 3]
    assert [columns_of(n, tall) for n in (2, 3, 4)] == [2, 3, 4]


def test_what_will_not_do_is_refused(clips: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a wipe shows two"):
        compare_clips(clips, tmp_path / "o.mp4", wipe=True)
    with pytest.raises(UsageError, match="1 labels for 2"):
        compare_clips(clips[:2], tmp_path / "o.mp4", labels=["a"])
    with pytest.raises(UsageError, match="1 clips"):
        compare_clips(clips[:1], tmp_path / "o.mp4")
    with pytest.raises(VideoError):
        compare_clips([clips[0], tmp_path / "none.mp4"], tmp_path / "o.mp4")
    with pytest.raises(OutputError, match=r"(?s)exists.*or --overwrite, which replaces it"):
        compare_clips(clips[:2], clips[3])
    token = CancelToken()
    token.cancel(15)
    with pytest.raises(Interrupted):
        compare_clips(clips[:2], tmp_path / "o.mp4", cancel=token)
    assert not (tmp_path / "o.mp4").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("compare grey60.mp4 grey120.mp4 -o o.mp4", 0),
        ("compare grey60.mp4 grey120.mp4 --wipe --width 32 -o w.mp4 --json", 0),
        ("compare grey60.mp4 -o o.mp4", 2),
        ("compare grey60.mp4 grey120.mp4", 2),
        ("compare grey60.mp4 none.mp4 -o o.mp4", 10),
        ("compare grey60.mp4 grey120.mp4 -o o.png", 12),
    ],
)
def test_the_command(
    words: str,
    code: int,
    clips: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(words.split()) == code
    said = capsys.readouterr().err
    assert code == 0 or "what to do:" in said
