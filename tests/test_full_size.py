"""The full-size benchmark's pictures and tables, of what is known exactly."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch

from scripts.benchmarks.full_size import cells, head
from scripts.benchmarks.full_size_pictures import crop, source_frames
from scripts.benchmarks.judges import OURS, carried_by_others
from scripts.benchmarks.stages_measure import matrix_peak
from scripts.common.motion import motion_clip
from tests.helpers.media import write_clip


def test_a_crop_is_four_times_its_pixels_and_stays_within_the_picture() -> None:
    picture = np.arange(200 * 300 * 3, dtype=np.int64).reshape(200, 300, 3).astype(np.uint8)
    found = crop(picture, (0.99, 0.5))
    assert found.shape == (360, 640, 3)
    part = picture[55:145, 140:300]  # 90 rows around the middle, the last 160 columns
    for row, column in ((0, 0), (3, 2)):
        assert (found[row::4, column::4] == part).all()


def test_frames_of_a_clip_come_at_its_own_size_or_by_lanczos(tmp_path: Path) -> None:
    pictures = [np.full((24, 32, 3), 40 * i, np.uint8) for i in range(4)]
    pictures[2][:, 16:] = 200
    clip = write_clip(
        tmp_path / "c.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0", options={}
    )
    own = source_frames(clip, tmp_path / "own", 32, 1, 2)
    wide = source_frames(clip, tmp_path / "wide", 48, 1, 2)
    names = ["000001.png", "000002.png"]
    assert [path.name for path in sorted(own.iterdir())] == names
    frame, larger = (cv2.imread(str(folder / names[1])) for folder in (own, wide))
    assert (frame[..., ::-1] == pictures[2]).all()
    expected = cv2.resize(pictures[2], (48, 36), interpolation=cv2.INTER_LANCZOS4)
    assert (larger[..., ::-1] == expected).all()


def test_a_line_of_the_table_has_every_figure_beside_the_one_to_read_it_with() -> None:
    row = {
        "size": [1280, 720],
        "style_picture": "candy",
        "frames": 24,
        "first_seconds": 61.2,
        "later_seconds": None,
        "peak_bytes": 3 * 2**30,
        "transport": {"farneback": {"value": 1.4, "source": 1.1}, "tvl1": None},
        "others": {"farneback": {"tvl1": 1.96, "the render's": 1.78}},
        "fine_flat": {"value": 5 / 255, "source": 0.1 / 255},
        "fine_style": 16 / 255,
        "style_mean": 0.0231,
    }
    judges = ["farneback", "tvl1"]
    found = dict(zip(head(judges), cells(row, judges), strict=True))
    carried = "1.4 (tvl1 1.96, the render's 1.78)"
    assert found["E_warp / ideal, farneback (carried along)"] == carried
    assert found["E_warp / ideal, tvl1 (carried along)"] == "– ()"
    assert found["fine energy ×255, flat areas (style)"] == "5 (16)"
    assert found["peak memory, GiB"] == "3.00"
    assert found["later frame, s"] == "–"
    assert cells(row | {"fine_flat": None}, judges)[-2] == "– (16)"


def test_paint_carried_along_the_true_flow_has_more_than_the_judges_own() -> None:
    """A pan by some 4 px: each flow is near to that, and none of them is another."""
    source = motion_clip(160, 96, 2, pan=True).frames
    noise = [np.random.default_rng(i).integers(0, 3, source[i].shape, np.uint8) for i in (0, 1)]
    styled = [frame // 2 + grain for frame, grain in zip(source, noise, strict=True)]
    found = carried_by_others(source, styled, ["farneback", "dis"], "default")
    assert {judge: set(others) for judge, others in found.items()} == {
        "farneback": {"dis", OURS},
        "dis": {"farneback", OURS},
    }
    # DIS is what a render's flow begins with.
    assert 0.5 < found["dis"][OURS] < found["dis"]["farneback"]


def test_the_matrix_peak_is_a_rate() -> None:
    found = matrix_peak(torch.device("cpu"), torch.float32)
    assert 1e8 < found < 1e14
