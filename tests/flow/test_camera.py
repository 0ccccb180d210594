"""The shift of a whole picture, and fast pans with the flow that begins with it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle.flow.camera import camera_shift
from flowstyle.flow.methods.dis import DisFlow
from scripts.common.motion import motion_clip


def landscape(width: int, height: int, seed: int = 0) -> np.ndarray:
    """A random picture with detail of all sizes, H×W×3 in [0, 1]."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for size in (4, 8, 16, 32, 64):
        coarse = rng.normal(size=(height // size + 2, width // size + 2, 3))
        total += size**0.5 * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(0.5 + 0.04 * total, 0, 1)


def gray(image: np.ndarray) -> np.ndarray:
    return (image.mean(2) * 255).astype(np.uint8)


def view(image: np.ndarray, x: int, y: int) -> np.ndarray:
    return np.ascontiguousarray(image[y : y + 180, x : x + 320])


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32))[None]


@pytest.mark.parametrize("shift", [(25, 0), (-40, 10), (70, -30), (0, 36)])
def test_a_long_shift_is_found_to_one_pixel_of_the_small_copy(shift: tuple[int, int]) -> None:
    wide = landscape(520, 280)
    target, source = view(wide, 100, 50), view(wide, 100 - shift[0], 50 - shift[1])
    x, y = camera_shift(gray(target), gray(source))
    assert abs(x - shift[0]) <= 320 / 96
    assert abs(y - shift[1]) <= 320 / 96


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (180, 320)])
def test_what_stands_still_or_is_flat_has_none_and_all_are_bounded(size: tuple[int, int]) -> None:
    flat = np.full(size, 90, np.uint8)
    assert camera_shift(flat, flat) == (0.0, 0.0)
    one, other = (gray(landscape(size[1], size[0], seed)) for seed in (1, 2))
    assert camera_shift(one, one) == (0.0, 0.0)
    x, y = camera_shift(one, other)
    assert abs(x) <= size[1] / 4 + 1
    assert abs(y) <= size[0] / 4 + 1


@pytest.mark.parametrize(("period", "motion"), [(24, 5), (24, 3), (12, 8)])
def test_a_short_motion_of_a_pattern_that_repeats_is_no_long_one(period: int, motion: int) -> None:
    x = np.arange(320)
    bars = [127 + 100 * np.sin(2 * np.pi * (x + shift) / period) for shift in (0, motion)]
    target, source = (np.tile(bar.astype(np.uint8), (180, 1)) for bar in bars)
    assert camera_shift(target, source) == (0.0, 0.0)


def test_a_fast_pan_with_objects_that_move_otherwise() -> None:
    clip = motion_clip(320, 180, 2, pan=True, speed=4)
    target, source = (as_tensor(f / 255) for f in clip.frames[::-1])
    background = np.linalg.norm(clip.flow(1, 0) - clip.flow(1, 0)[:, :1, :1], axis=0) < 1e-3
    seen = background & ~clip.occluded(1, 0) & ~clip.off_frame(1, 0)
    assert abs(clip.flow(1, 0)[0, 0, 0]) > 30
    error = np.linalg.norm(DisFlow()(target, source)[0].numpy() - clip.flow(1, 0), axis=0)
    assert np.median(error[seen]) < 0.1
    assert (error[seen] < 1).mean() > 0.9
    objects = ~background & ~clip.occluded(1, 0) & ~clip.off_frame(1, 0)
    shift = DisFlow()(target, source, start=torch.from_numpy(clip.flow(1, 0))[None, :, :1, :1]
                      .expand(1, 2, 180, 320))  # fmt: skip
    turned = np.linalg.norm(shift[0].numpy() - clip.flow(1, 0), axis=0)
    assert error[objects].mean() < 0.8 * turned[objects].mean()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["stills/tubingen.jpg", "images/img_9.jpg"])
def test_a_photograph_that_moves_by_a_fifth_of_the_width(shared: Path, name: str) -> None:
    picture = cv2.imread(str(shared / name)).astype(np.float32) / 255
    picture = cv2.resize(picture, (520, 280), interpolation=cv2.INTER_AREA)
    target, source = view(picture, 164, 50), view(picture, 100, 50)
    flow = DisFlow()(as_tensor(target), as_tensor(source))[0, :, :, : 320 - 64].numpy()
    error = np.hypot(flow[0] - 64, flow[1])
    assert (error < 0.5).mean() > 0.9
