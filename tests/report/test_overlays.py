"""Overlays, error maps and the sheet of a frame, on a clip of known motion."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.flow.masks import TrustMasks, trust_masks
from flowstyle.report import error_picture, flow_picture, flow_sheet, mask_overlay
from flowstyle.report.annotations import arrows_picture, error_bar, length, with_wheel
from flowstyle.report.layout import captioned
from flowstyle.report.overlays import EDGES, MISSED, OVERSHOOT, seen_picture
from flowstyle.report.sheets import BOX, Motion, Painting, paint_panels
from scripts.common.motion import motion_clip


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


def test_error_is_zero_black_and_the_scale_brightest() -> None:
    base = torch.full((1, 3, 2, 2), 0.5)
    other = base.clone()
    other[..., 0, 0] += 0.3
    other[..., 1, 1] += 0.1
    picture = error_picture(base, other).astype(int)
    assert picture[0, 1].sum() < 15
    assert picture[1, 1].sum() < picture[0, 0].sum()
    assert picture[0, 0].tolist() == [252, 255, 164]  # the last colour of inferno


def test_overlay_colours_each_reason() -> None:
    one = torch.ones(1, 1, 1, 4)
    parts = [one.clone() for _ in range(3)]
    for i, part in enumerate(parts):
        part[..., i] = 0
    picture = mask_overlay(torch.zeros(1, 3, 1, 4), TrustMasks(*parts, trust=one)).astype(float)
    for i, colour in enumerate((MISSED, OVERSHOOT, EDGES)):
        assert np.corrcoef(picture[0, i], colour)[0, 1] > 0.99
    assert picture[0, 3].tolist() == [64, 64, 64]


def test_flow_picture_has_the_wheel_in_its_corner() -> None:
    picture = flow_picture(torch.zeros(1, 2, 60, 80), radius=3.0)
    assert (picture[:40] == 255).all()
    corner = picture[-12:, -12:]
    assert corner.min() < 60
    assert (corner.max(-1) - corner.min(-1)).max() > 150
    assert flow_picture(torch.zeros(1, 2, 9, 9), radius=3.0).min() == 255  # no room for it


def test_what_a_mask_lets_through_is_seen() -> None:
    image, mask = torch.full((1, 3, 1, 2), 0.8), torch.tensor([[[[1.0, 0.0]]]])
    picture = seen_picture(image, mask)
    assert picture[0].tolist() == [[204, 204, 204], [31, 31, 31]]  # 0.8 and 0.12 of 255


def moved() -> tuple[torch.Tensor, Motion]:
    """A frame of a clip of known motion, and its motion."""
    clip = motion_clip(80, 44, 2)
    current, previous = as_tensor(clip.frames[1]), as_tensor(clip.frames[0])
    flow = torch.from_numpy(clip.flow(1, 0))[None]
    reverse = torch.from_numpy(clip.flow(0, 1))[None]
    return current, Motion(previous, flow, trust_masks(flow, reverse, current, previous))


def test_sheets_of_a_shot_have_one_size_that_a_screen_shows() -> None:
    current, motion = moved()
    first, second = flow_sheet(motion.previous, None, 4.0), flow_sheet(current, motion, 4.0)
    assert first.shape == second.shape
    assert first.shape[1] <= BOX[0]
    assert first.shape[0] <= BOX[1]
    assert (second != first).mean() > 0.3
    whole = Painting(current, current, motion.masks.trust, motion.masks.trust)
    third = flow_sheet(current, motion, 4.0, painting=whole)
    assert third.shape == flow_sheet(motion.previous, None, 4.0, painting=Painting(current)).shape
    assert third.shape[0] <= BOX[1]


def test_a_sheet_shows_pixels_in_their_shape() -> None:
    current, motion = moved()  # 80×44
    sheet = flow_sheet(current, motion, 4.0, pixel_shape=0.5)
    wide = flow_sheet(current, motion, 4.0)
    assert sheet.shape[1] / sheet.shape[0] == pytest.approx(wide.shape[1] / wide.shape[0] / 2, 0.05)
    first = sheet[4:].shape[1] // 3
    assert (sheet[60:200, 20 : first - 20] != 24).any(axis=2).mean() > 0.99  # filled to its edges


def test_what_a_frame_was_held_to_and_started_from_are_panels_of_their_own() -> None:
    current, motion = moved()
    nowhere, everywhere = torch.zeros(1, 1, 44, 80), torch.ones(1, 1, 44, 80)
    cell = (160, 88)
    grey = as_tensor(np.full((44, 80, 3), 200, np.uint8))
    held, started, painted, *_ = paint_panels(
        current, motion, Painting(current, grey, nowhere, everywhere), cell
    )
    assert painted.shape == held.shape == started.shape
    assert (held[-60:] == 31).all()  # dark
    assert (started[-60:] == 200).all()
    empty = paint_panels(current, None, Painting(current), cell)
    assert empty[1].shape == held.shape


def test_paint_that_changes_beside_a_still_source_is_bright_in_the_last_panel() -> None:
    still = torch.full((1, 3, 44, 80), 0.5)
    nowhere = torch.zeros(1, 2, 44, 80)
    masks = trust_masks(nowhere, nowhere, still, still)
    paint, before = torch.full_like(still, 0.5), torch.full_like(still, 0.5)
    paint[..., 40:] = 0.9  # the right half was painted anew
    everywhere = torch.ones(1, 1, 44, 80)
    painting = Painting(paint, before, everywhere, everywhere)
    cell = (80, 44)
    panels = paint_panels(still, Motion(still, nowhere, masks), painting, cell)
    error, more = (panel[-20:].astype(int).sum(axis=2) for panel in panels[4:])
    assert error[:, 70:].min() > 500  # the scale's brightest
    assert error[-3:, :30].max() < 20
    assert (more == error).all()  # the source does not change
    # What changes in the source as well is not the paint's fault.
    lit = still.clone()
    lit[..., 40:] = 0.9
    panels = paint_panels(lit, Motion(still, nowhere, masks), painting, cell)
    assert panels[5][-3:].astype(int).sum(axis=2).max() < 20


def test_a_panel_of_flow_tells_the_length_of_the_wheels_rim() -> None:
    white = np.full((180, 320, 3), 255, np.uint8)
    drawn = with_wheel(white, 12.0)
    assert (drawn[:129] == 255).all()
    # 45 pixels across, 3 from the border: right of its middle points to the right, which is red.
    x, y = 320 - 3 - 22, 180 - 3 - 22
    right, left = drawn[y, x + 18].astype(int), drawn[y, x - 18].astype(int)
    assert right[0] > 200 > 120 > right[2]  # red
    assert left[2] > 200 > 120 > left[0]  # cyan
    assert (with_wheel(white, 30.0) != drawn).any()  # another number
    assert with_wheel(white[:40, :40], 3.0).min() == 255  # no room


def test_the_bar_goes_from_black_to_the_scale_beside_the_picture() -> None:
    key = error_bar(320, 19, 0.2)
    black, yellow = [0, 0, 4], [252, 255, 164]  # the first and the last colour of inferno
    row = key[19 // 2].tolist()
    begin = row.index(black)
    bar = key[19 // 2, begin : begin + 64]  # a fifth of the picture's width
    assert bar[-1].tolist() == yellow
    assert (np.diff(bar.astype(int).sum(axis=1)) >= -6).all()
    picture = np.full((180, 320, 3), 255, np.uint8)
    drawn = captioned(picture, "warp error", key=key)
    assert (drawn[19:] == picture).all()  # nothing of it is hidden
    assert (drawn[:19, 320 - 6 - key.shape[1] : 320 - 6] == key).all()
    narrow = captioned(picture[:, :80], "warp error", key=key)
    assert yellow not in narrow[:19].reshape(-1, 3).tolist()  # no room


def test_lengths_are_told_with_the_digits_that_count() -> None:
    assert [length(value) for value in (0.123, 1.26, 9.96, 10.4)] == ["0.12", "1.3", "10.0", "10"]


def test_arrows_point_along_the_flow_and_reach_the_next_at_the_radius() -> None:
    image = torch.ones(1, 3, 140, 140)
    flow = torch.zeros(1, 2, 140, 140)
    flow[:, 0] = 5.0  # to the right
    drawn = arrows_picture(image, flow, 5.0, (140, 140)).astype(int)
    row = drawn[65, :, 0]  # the middle of the seventh of fourteen rows, ten pixels each
    inked = row < 120
    assert inked.mean() > 0.8  # arrows of ten pixels follow each other
    assert not (drawn[60, :, 0] < 120).any()  # nothing between the rows
    still = arrows_picture(image, 0 * flow, 5.0, (140, 140)).astype(int)
    assert (still[65, :, 0] < 120).mean() < 0.5  # dots
