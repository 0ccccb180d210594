"""What was meant by a path at which nothing is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowstyle.core.nearby import advice_for, nearest

USUAL = "look again"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("clip.mp4", "style.png", "My Clip.mov", "shots/beach.mp4", "shots/frame_8.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("clip.mov", "did you mean clip.mp4?"),
        ("clip", "did you mean clip.mp4?"),
        ("CLIP.MP4", "did you mean clip.mp4?"),
        ("clpi.mp4", "did you mean clip.mp4?"),
        ("my clip.mov", "did you mean My Clip.mov?"),
        ("shot/beach.mp4", "did you mean shots/beach.mp4?"),
        ("shots/baech.mp4", "did you mean shots/beach.mp4?"),
        ("elsewhere/beach.mp4", "there is no folder elsewhere"),
        ("'clip.mp4'", "leave out the quotes and blanks around the name: clip.mp4"),
        ("“clip.mp4”", "leave out the quotes and blanks around the name: clip.mp4"),
        (" clip.mp4", "leave out the quotes and blanks around the name: clip.mp4"),
        ("–width", "options begin with plain hyphens: --width"),
        ("shots\\beach.mp4", "did you mean shots/beach.mp4?"),
        ("clip.mp4,style.png", "put blanks between several names, no commas: clip.mp4 style.png"),
        ("-", "the standard input is not read: give a file"),
        ("https://example.org/a.mp4", "addresses are not opened: download it first"),
        ("file:///tmp/a%20b.png", "give the path alone: /tmp/a b.png"),
        ("shots/*.mp4", "leave out the quotes, for the shell to fill it in; for frames give the"),
        ("shots/*.tif", "no file has such a name: look with ls"),
        ("nowhere/*.tif", "the folder nowhere does not exist"),
        ("shots/a_####.png", "the counter of frames is written shots/a_%04d.png"),
        ("shots/a.$F5.png", "the counter of frames is written shots/a.%05d.png"),
        ("shots/a.@@@.png", "the counter of frames is written shots/a.%03d.png"),
        ("shots/a#1.png", USUAL),
    ],
)
def test_what_was_meant(given: str, advice: str):
    assert advice_for(Path(given), USUAL).startswith(advice)


def test_a_link_that_leads_nowhere_is_not_meant_instead_of_itself(folder: Path):
    (folder / "lost.mp4").symlink_to("elsewhere/clip.mp4")
    advice = advice_for(Path("lost.mp4"), USUAL)
    assert advice == "it is a link to elsewhere/clip.mp4, where nothing is"


def test_home_inside_quotes(folder: Path):
    assert advice_for(Path("~/clip.mp4"), USUAL).endswith(str(folder / "home" / "clip.mp4"))


@pytest.mark.parametrize(
    "given", ["holiday.mp4", "shots/frame_9.png", "a\0b", "x" * 5000, "clip.mp4/inside", "."]
)
def test_nothing_is_made_up(given: str):
    """Another number is another frame; names that no disk takes are no reason for a traceback."""
    assert "did you mean" not in advice_for(Path(given), USUAL)


def test_same_stem_comes_before_like_names():
    assert nearest("clip.mov", ["clap.mov", "clip.avi"]) == "clip.avi"
    assert nearest("rnu", ["run"]) == ""
    assert nearest("rnu", ["run"], cutoff=0.6) == "run"
