"""Which frames are shown: on clips whose motion is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.cancel import CancelToken
from flowstyle.core.events import ignore
from flowstyle.media.glance import list_frames
from flowstyle.render.prepare import Plan, prepare
from flowstyle.render.preview.moments import busiest, choose_motion, guess_shots, read_moments
from flowstyle.render.result import Output
from flowstyle.settings import Settings
from tests.helpers.media import picture, write_clip

SETTINGS = Settings.from_preset("draft", features="compact")


def calm_fast_calm() -> list[np.ndarray]:
    """Sixty frames of a view that creeps, but for frames 30 to 39, in which it runs."""
    wide = np.concatenate([picture(0, (64, 48), seed=s) for s in range(5)], axis=1)
    at, views = 0, []
    for index in range(60):
        at += 9 if 30 <= index < 40 else 1
        views.append(np.ascontiguousarray(wide[:, at : at + 64]))
    return views


def planned(clip: Path, folder: Path, **changes: object) -> Plan:
    settings = SETTINGS.changed(**changes) if changes else SETTINGS
    style = folder / "style.png"
    if not style.exists():
        from flowstyle.media.pictures import write_picture

        write_picture(style, picture(3, (64, 48), seed=9))
    return prepare(clip, [style], settings, Output(folder / "out.mp4"), ignore)


def test_the_busiest_frame_is_the_middle_of_the_most_bytes() -> None:
    sizes = np.full(100, 10)
    sizes[60:72] = 50
    sizes[20] = 4000  # a cut
    keys = np.zeros(100, bool)
    keys[[0, 20, 80]] = True
    sizes[keys] = 5000
    assert 60 <= busiest(sizes, keys) < 72
    flash = np.full(100, 10)
    flash[40:42] = 900  # two frames of a flash are no motion
    flash[70:82] = 20
    assert 70 <= busiest(flash, np.zeros(100, bool)) < 82
    assert busiest(np.array([5]), np.array([True])) == 0


@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_motion_is_found_from_sizes_and_where_these_tell_nothing(
    codec: str, tmp_path: Path
) -> None:
    views, suffix = calm_fast_calm(), "mp4" if codec == "libx264" else "mkv"
    gop = 60 if codec == "libx264" else 1
    clip = write_clip(tmp_path / f"a.{suffix}", pictures=views, codec=codec, gop=gop)
    plan = planned(clip, tmp_path)
    listing = list_frames(plan.clip)
    assert listing is not None
    assert listing.tells_motion == (codec == "libx264")
    found = choose_motion(plan, listing, CancelToken())
    assert 28 <= found < 42


def test_what_is_shown_is_of_the_piece_that_is_rendered(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=calm_fast_calm(), gop=60)
    plan = planned(clip, tmp_path, start_frame=4, frames=20)
    shown = read_moments(plan, list_frames(plan.clip), (32, 24), 5, CancelToken())
    assert (shown.first.index, shown.last.index) == (4, 23)
    assert len(shown.moving) == 5
    assert 4 <= shown.moving[0].index <= 19
    numbers = [frame.index for frame in shown.moving]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert shown.first.image.shape == (24, 32, 3)
    small = shown.resized((16, 12), 3)
    assert (len(small.moving), small.first.image.shape) == (3, (12, 16, 3))


def test_the_moving_piece_crosses_no_cut(tmp_path: Path) -> None:
    calm, other = calm_fast_calm()[:12], [255 - view for view in calm_fast_calm()[30:42]]
    clip = write_clip(tmp_path / "a.mp4", pictures=[*calm, *other], gop=24)
    plan = planned(clip, tmp_path)
    shown = read_moments(plan, list_frames(plan.clip), (64, 48), 24, CancelToken())
    numbers = [frame.index for frame in shown.moving]
    assert numbers == list(range(12, 24))


@pytest.mark.parametrize(("count", "middle"), [(2, 1), (3, 1), (8, None)])
def test_a_short_clip_shows_no_frame_twice_while_it_has_others(
    count: int, middle: int | None, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "a.mp4", pictures=calm_fast_calm()[26 : 26 + count], gop=60)
    plan = planned(clip, tmp_path)
    shown = read_moments(plan, list_frames(plan.clip), (32, 24), 24, CancelToken())
    first, busy, last = (frame.index for frame in shown.stills)
    assert (first, last, shown.moving[0].index) == (0, count - 1, 0)
    assert 0 < busy <= 2
    assert middle is None or busy == middle
    told = "most motion" if busy == shown.busiest else "in between"
    assert shown.moments(plan.clip)[1].what == told
    small = shown.resized((16, 12), 1)
    assert small.stills[1].index == 0  # one frame of the piece is painted, and it is this one


def test_a_clip_of_one_frame_is_all_three(tmp_path: Path) -> None:
    plan = planned(write_clip(tmp_path / "a.mp4", count=1), tmp_path)
    shown = read_moments(plan, list_frames(plan.clip), (32, 24), 6, CancelToken())
    assert [frame.index for frame in shown.stills] == [0, 0, 0]
    assert len(shown.moving) == 1


def test_shots_are_guessed_from_key_frames(tmp_path: Path) -> None:
    coarse = np.random.default_rng(5).integers(0, 255, (3, 6, 8, 3), np.uint8)
    scenes = [scene.repeat(8, 0).repeat(8, 1) for scene in coarse]
    frames = [scene for scene in scenes for _ in range(24)]
    plan = planned(write_clip(tmp_path / "a.mp4", pictures=frames, gop=12), tmp_path)
    listing = list_frames(plan.clip)
    assert listing is not None
    assert guess_shots(plan, listing, CancelToken()) == 3
