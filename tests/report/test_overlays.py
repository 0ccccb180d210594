"""Overlays, error maps and the sheet of a frame, on a clip of known motion."""

from __future__ import annotations

import numpy as np
import torch

from flowstyle.flow.masks import TrustMasks, trust_masks
from flowstyle.report import error_picture, flow_picture, flow_sheet, mask_overlay
from flowstyle.report.overlays import EDGES, MISSED, OVERSHOOT
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


def test_sheets_of_a_shot_have_one_size() -> None:
    clip = motion_clip(80, 44, 2)
    current, previous = as_tensor(clip.frames[1]), as_tensor(clip.frames[0])
    flow = torch.from_numpy(clip.flow(1, 0))[None]
    reverse = torch.from_numpy(clip.flow(0, 1))[None]
    masks = trust_masks(flow, reverse, current, previous)
    first = flow_sheet(previous, None, None, None, 4.0)
    second = flow_sheet(current, previous, flow, masks, 4.0)
    assert first.shape == second.shape
    assert (second != first).mean() > 0.3
    extra = flow_sheet(current, previous, flow, masks, 4.0, styled=current, used=masks.trust)
    assert extra.shape[0] > second.shape[0]
    alone = flow_sheet(previous, None, None, None, 4.0, styled=current)
    assert alone.shape == extra.shape
    started = flow_sheet(
        current,
        previous,
        flow,
        masks,
        4.0,
        styled=current,
        used=masks.trust,
        usable=1 + 0 * flow[:, :1],
    )
    changed = (started != extra).any(-1)
    third = slice(2 * extra.shape[1] // 3, None)  # the last of three columns, in the last row
    assert changed[2 * extra.shape[0] // 3 :, third].mean() > 0.6  # without gaps and caption
    assert not changed[: 2 * extra.shape[0] // 3].any()
