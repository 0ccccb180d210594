"""What has moved too far is looked for, and the flow that begins with it is right."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle.flow.found_again import REACH, SMALL, begin_again
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


def view(image: np.ndarray, x: int, y: int) -> np.ndarray:
    return np.ascontiguousarray(image[y : y + 180, x : x + 320])


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32))[None]


def none(image: np.ndarray) -> torch.Tensor:
    """No motion."""
    return torch.zeros(1, 2, *image.shape[:2])


@pytest.mark.parametrize("shift", [(25, 0), (-40, 10), (70, -30), (0, 36)])
def test_a_long_shift_is_found_to_one_pixel_of_the_small_copy(shift: tuple[int, int]) -> None:
    wide = landscape(520, 280)
    target, source = view(wide, 100, 50), view(wide, 100 - shift[0], 50 - shift[1])
    begun = begin_again(none(target), as_tensor(target), as_tensor(source))
    assert begun is not None
    found = begun[0][:, (begun[0] != 0).any(0)]
    near = (found - torch.tensor(shift).float()[:, None]).abs().amax(0) <= 1.01 * 320 / SMALL
    assert float(near.float().mean()) > 0.95
    assert found.shape[1] > 0.1 * 320 * 180


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (9, 9), (180, 320)])
def test_what_stands_still_is_flat_or_is_another_picture_is_not_found(
    size: tuple[int, int],
) -> None:
    flat = np.full((*size, 3), 0.35)
    one, other = (landscape(size[1], size[0], seed) for seed in (1, 2))
    for image in (flat, one):
        assert begin_again(none(image), as_tensor(image), as_tensor(image)) is None
    assert begin_again(none(flat), as_tensor(flat), as_tensor(1 - flat)) is None
    assert begin_again(none(one), as_tensor(one), as_tensor(other)) is None


@pytest.mark.parametrize(("share", "found"), [(0.25, True), (0.36, False)])
def test_parts_are_looked_for_up_to_three_tenths_of_the_sides(share: float, found: bool) -> None:
    wide = landscape(640, 180)
    shift = round(320 * share)
    target, source = view(wide, 160, 0), view(wide, 160 - shift, 0)
    begun = begin_again(none(target), as_tensor(target), as_tensor(source))
    assert (begun is not None) == found
    if begun is not None:
        assert shift - 3 < float(begun.abs().max()) <= REACH * 320 + 320 / SMALL


def test_long_thin_frames_are_looked_through_too() -> None:
    wide = landscape(1000, 40)
    target, source = (np.ascontiguousarray(wide[:, x : x + 900]) for x in (60, 0))
    begun = begin_again(none(target), as_tensor(target), as_tensor(source))
    assert begun is not None
    assert abs(float(begun[0, 0][begun[0, 0] != 0].median()) - 60) < 3


@pytest.mark.parametrize(("period", "motion"), [(24, 5), (24, 3), (12, 8)])
def test_a_short_motion_of_a_pattern_that_repeats_is_no_long_one(period: int, motion: int) -> None:
    x = np.arange(320)
    bars = [0.5 + 0.4 * np.sin(2 * np.pi * (x + shift) / period) for shift in (0, motion)]
    target, source = (np.tile(bar[None, :, None], (180, 1, 3)) for bar in bars)
    flow = DisFlow()(as_tensor(target), as_tensor(source))
    assert float(flow[0, 0].abs().max()) < period


def test_a_flash_moves_nothing() -> None:
    picture = landscape(320, 180)
    flow = none(picture)
    assert begin_again(flow, as_tensor(picture), as_tensor((1.4 * picture).clip(0, 1))) is None


@pytest.mark.parametrize(("pan", "before"), [(False, 8.0), (True, 16.0)])
def test_a_disc_that_crosses_by_a_twentieth_of_the_width(pan: bool, before: float) -> None:
    """Half of its own radius a frame; before a camera that turns the other way more than all."""
    clip = motion_clip(400, 224, 6, pan=pan, speed=2.5)
    target, source, true = clip.frame(5), clip.frame(4), clip.flow(5, 4)
    disc = (clip.shown(5) == 1) & ~clip.occluded(5, 4) & ~clip.off_frame(5, 4)
    plain = DisFlow()
    flow = plain(as_tensor(target / 255), as_tensor(source / 255))[0].numpy()
    error = np.linalg.norm(flow - true, axis=0)
    assert np.median(error[disc]) < 1
    background = (clip.shown(5) == 0) & ~clip.occluded(5, 4) & ~clip.off_frame(5, 4)
    assert np.median(error[background]) < 0.1
    # Without it most of the disc is lost: what is begun with is what makes the difference.
    still = torch.zeros(1, 2, 224, 400)
    lost = plain(as_tensor(target / 255), as_tensor(source / 255), start=still)[0].numpy()
    assert np.linalg.norm(lost - true, axis=0)[disc].mean() > before


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
    start = torch.from_numpy(clip.flow(1, 0))[None, :, :1, :1].expand(1, 2, 180, 320)
    turned = np.linalg.norm(
        DisFlow()(target, source, start=start)[0].numpy() - clip.flow(1, 0), axis=0
    )
    assert error[objects].mean() < 0.6 * turned[objects].mean()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["stills/tubingen.jpg", "images/img_9.jpg"])
def test_a_photograph_that_moves_by_a_fifth_of_the_width(shared: Path, name: str) -> None:
    picture = cv2.imread(str(shared / name)).astype(np.float32) / 255
    picture = cv2.resize(picture, (520, 280), interpolation=cv2.INTER_AREA)
    target, source = view(picture, 164, 50), view(picture, 100, 50)
    flow = DisFlow()(as_tensor(target), as_tensor(source))[0, :, :, : 320 - 64].numpy()
    error = np.hypot(flow[0] - 64, flow[1])
    assert (error < 0.5).mean() > 0.9
