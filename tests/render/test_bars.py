"""A clip between black bars: the picture is painted, the bars stay what they are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flowstyle.core.errors import Interrupted
from flowstyle.core.events import Decision, Notice
from flowstyle.media import bars
from flowstyle.pipeline import stylize_video
from flowstyle.render import bars as render_bars
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from scripts.common.clip_facts import facts
from tests.helpers.media import picture, write_clip
from tests.helpers.painting import CancelWhen

QUICK = {"first_iterations": 2, "iterations": 1, "first_smallest": 64, "features": "compact"}
ABOVE, SIZE = 12, (64, 72)  # of the bars; of whole frames


@pytest.fixture
def style(tmp_path: Path) -> Path:
    path = tmp_path / "dots.png"
    cv2.imwrite(str(path), picture(0, (48, 40), seed=7)[..., ::-1])
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four frames as pictures, one with a subtitle in the bar below."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for index in range(4):
        inside = np.maximum(picture(index, (SIZE[0], SIZE[1] - 2 * ABOVE)), 40)
        frame = np.pad(inside, ((ABOVE, ABOVE), (0, 0), (0, 0)))
        if index == 2:
            frame[-8:-4, 20:44:3] = 240
        cv2.imwrite(str(folder / f"{index}.png"), frame[..., ::-1])
    return folder


def render(clip: Path, style: Path, out: Path, events: list | None = None, **more):
    """Paint the clip, or begin to until ``cancel``."""
    cancel = more.pop("cancel", None)
    settings = load_settings({**QUICK, **more}, preset="draft")
    report = (lambda event: None) if events is None else events.append
    return stylize_video(clip, [style], settings, Output(path=out), report=report, cancel=cancel)


def frames_of(folder: Path) -> list[NDArray[np.uint8]]:
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in sorted(folder.glob("*.png"))]


def test_bars_and_the_subtitle_in_them_stay_to_the_bit(clip, style, tmp_path):
    events: list = []
    result = render(clip, style, tmp_path / "out", events)
    assert result.size == SIZE
    told = [event.text for event in events if isinstance(event, Decision) and event.topic == "bars"]
    assert told == [
        "black, of 12 pixels above and below: kept as they are; --paint-bars paints them too"
    ]
    sizes = [
        event.text for event in events if isinstance(event, Decision) and event.topic == "size"
    ]
    assert sizes == ["64×48, written as 64×72 (clip 64×72)"]
    for source, painted in zip(frames_of(clip), frames_of(tmp_path / "out"), strict=True):
        assert np.array_equal(painted[:ABOVE], source[:ABOVE])
        assert np.array_equal(painted[-ABOVE:], source[-ABOVE:])
        assert np.abs(painted[ABOVE:-ABOVE].astype(int) - source[ABOVE:-ABOVE]).mean() > 5


def test_a_frame_that_fills_the_bars_is_said(clip, style, tmp_path, monkeypatch):
    """Scenes of another shape, between the frames that were looked at."""
    frame = np.maximum(picture(9, SIZE), 40)
    cv2.imwrite(str(clip / "3.png"), frame[..., ::-1])
    monkeypatch.setattr(bars, "_spread", lambda every: list(every)[:3])
    events: list = []
    render(clip, style, tmp_path / "out", events)
    told = [e.text for e in events if isinstance(e, Notice) and "--paint-bars" in e.text]
    assert told == [
        "frame 3 shows picture where others have bars, and it is not painted there; "
        "--paint-bars paints all"
    ]


def test_they_are_painted_where_that_is_asked_for(clip, style, tmp_path):
    render(clip, style, tmp_path / "out", paint_bars=True)
    assert all(frame[:ABOVE].max() > 8 for frame in frames_of(tmp_path / "out"))


def test_at_another_width_the_picture_keeps_its_place(clip, style, tmp_path):
    render(clip, style, tmp_path / "out", width=32)
    for source, painted in zip(frames_of(clip), frames_of(tmp_path / "out"), strict=True):
        assert painted.shape == (36, 32, 3)
        small = cv2.resize(source, (32, 36), interpolation=cv2.INTER_AREA)
        assert np.abs(painted[:6].astype(int) - small[:6]).max() <= 1
        assert painted[6:30].mean() > 40


def test_a_stopped_render_goes_on_to_the_same_bytes(clip, style, tmp_path):
    render(clip, style, tmp_path / "whole")
    first = tmp_path / "parts.flowstyle" / "stylised" / "000001.png"
    with pytest.raises(Interrupted):
        render(clip, style, tmp_path / "parts", cancel=CancelWhen(first.exists))
    render(clip, style, tmp_path / "parts")
    for one, other in zip(
        frames_of(tmp_path / "whole"), frames_of(tmp_path / "parts"), strict=True
    ):
        assert np.array_equal(one, other)


def test_work_goes_on_with_its_own_bars(clip, style, tmp_path, monkeypatch):
    """Of a file without an index another share may be looked at the next time."""
    first = tmp_path / "parts.flowstyle" / "stylised" / "000001.png"
    with pytest.raises(Interrupted):
        render(clip, style, tmp_path / "parts", cancel=CancelWhen(first.exists))
    monkeypatch.setattr(render_bars, "find_bars", lambda *piece: (0, 0, 11, 12))
    render(clip, style, tmp_path / "parts")
    for source, painted in zip(frames_of(clip), frames_of(tmp_path / "parts"), strict=True):
        assert np.array_equal(painted[:ABOVE], source[:ABOVE])
    render(clip, style, tmp_path / "new")
    assert any(frame[11].max() > 0 for frame in frames_of(tmp_path / "new"))


def test_a_video_keeps_its_size(style, tmp_path):
    inside = [np.maximum(picture(i, (64, 48)), 40) for i in range(4)]
    frames = [np.pad(frame, ((0, 0), (16, 16), (0, 0))) for frame in inside]
    clip = write_clip(tmp_path / "a.mp4", pictures=frames)
    result = render(clip, style, tmp_path / "b.mp4")
    assert facts(result.path).size == (96, 48)
    assert facts(result.path).times == facts(clip).times


@pytest.mark.parametrize("first_deep", [True, False])
def test_frames_of_8_and_16_bits_in_one_folder(style, tmp_path, first_deep):
    """The depth of the result is the first frame's, and the bars have it too."""
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(2):
        frame = np.pad(np.maximum(picture(index, (64, 48)), 40), ((12, 12), (0, 0), (0, 0)))
        frame[-8:-4, 20:44:3] = 0 if index else 240
        deep = (index == 0) == first_deep
        samples = frame.astype(np.uint16) * 257 if deep else frame
        cv2.imwrite(str(folder / f"{index}.png"), samples[..., ::-1])
    render(folder, style, tmp_path / "out")
    for index, path in enumerate(sorted((tmp_path / "out").glob("*.png"))):
        painted = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert painted.dtype == (np.uint16 if first_deep else np.uint8)
        source = cv2.imread(str(folder / f"{index}.png"))
        shown = painted // 257 if first_deep else painted
        assert np.array_equal(shown[:12], source[:12])
        assert np.array_equal(shown[-12:], source[-12:])
        assert 40 < shown[12:-12].mean() < 220
        assert np.abs(np.diff(shown[12:-12].astype(int), axis=1)).mean() < 60
