"""Who tells the cuts and passages of a render, and what of that a work folder remembers."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flowstyle.core.errors import ResumeMismatchError
from flowstyle.core.types import Frame
from flowstyle.pipeline import stylize_video
from flowstyle.render import fingerprint
from flowstyle.render.ingest import cut_finder
from flowstyle.render.result import Output
from flowstyle.settings import Settings, load_settings
from tests.helpers.media import picture, write_clip

QUICK = {"first_iterations": 1, "iterations": 1, "first_smallest": 64, "features": "compact"}


def dissolve() -> list[np.ndarray]:
    """Two still pictures, the second of which comes in frames 15 to 22."""
    patches = np.random.default_rng(0).integers(0, 256, (2, 8, 12, 3), dtype=np.uint8)
    first, second = (cv2.resize(one, (96, 54)).astype(float) for one in patches)
    shares = np.clip((np.arange(60) - 14) / 9, 0, 1)
    return [np.rint(first + share * (second - first)).astype(np.uint8) for share in shares]


def told(settings: Settings) -> tuple[list[int], list[tuple[int, int]]]:
    find, frames = cut_finder(settings), dissolve()
    found = [find(k, Frame(k, k, 1, image)) for k, image in enumerate(frames)]
    found.append(find(len(frames), None))
    assert [one.known for one in found] == sorted(one.known for one in found)
    for one in found:  # none is told later than promised
        assert all(
            passage.first >= one.passages_known or one is found[-1] for passage in one.passages
        )
    cuts = sorted({cut for one in found for cut in one.cuts})
    passages = [(one.first, one.last) for part in found for one in part.passages]
    return cuts, passages


def test_the_detector_knows_of_passages_and_a_list_does_not(tmp_path: Path):
    assert told(load_settings({})) == ([23], [(15, 22)])
    assert told(load_settings({"cuts": False})) == ([], [])
    (tmp_path / "shots.csv").write_text("0\n23\n")
    assert told(load_settings({"shots": tmp_path / "shots.csv"})) == ([23], [])


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])  # which does not say how many frames
def test_what_is_listed_behind_the_end_is_named(tmp_path: Path, name: str):
    clip = write_clip(tmp_path / name, count=3, size=(64, 48))
    (tmp_path / "shots.txt").write_text("0,2,3,90")
    settings = load_settings({**QUICK, "shots": tmp_path / "shots.txt"}, preset="draft")
    told: list[str] = []
    output = Output(tmp_path / "out.mkv", measure=False)
    stylize_video(
        clip,
        [picture(0, (48, 40), seed=7)],
        settings,
        output,
        report=lambda event: told.append(getattr(event, "text", "")),
    )
    assert "cuts before frames 2" in told
    named = [text for text in told if text.startswith("shots.txt")]
    assert named == [
        "shots.txt lists 3, 90, and the last frame of the clip is 2 (counted from 0): left out"
    ]


@pytest.mark.parametrize("cuts", [True, False])
def test_a_render_is_not_gone_on_with_by_another_version_of_the_detector(
    tmp_path: Path, monkeypatch, cuts: bool
):
    clip = write_clip(tmp_path / "clip.mp4", count=2, size=(64, 48))
    settings = load_settings({**QUICK, "cuts": cuts}, preset="draft")
    output = Output(tmp_path / "out.mkv", measure=False, overwrite=True)
    stylize_video(clip, [picture(0, (48, 40), seed=7)], settings, output)
    monkeypatch.setattr(fingerprint, "DETECTION", fingerprint.DETECTION + 1)
    if cuts:
        with pytest.raises(ResumeMismatchError, match="detection"):
            stylize_video(clip, [picture(0, (48, 40), seed=7)], settings, output)
    else:  # it decides nothing here
        stylize_video(clip, [picture(0, (48, 40), seed=7)], settings, output)
