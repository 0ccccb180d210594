"""Warping against the textbook's formula in float64, and hand values."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowstyle.flow.warp import compose, in_frame, resize_flow, warp
from scripts.common.motion import motion_clip


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


def bilinear(source: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """H×W×C sampled at places, the border repeated, in float64 by the textbook's formula."""
    height, width = source.shape[:2]
    x, y = x.astype(np.float64).clip(0, width - 1), y.astype(np.float64).clip(0, height - 1)
    left, above = np.floor(x).astype(int), np.floor(y).astype(int)
    right, below = np.minimum(left + 1, width - 1), np.minimum(above + 1, height - 1)
    a, b = (x - left)[..., None], (y - above)[..., None]
    upper = (1 - a) * source[above, left] + a * source[above, right]
    lower = (1 - a) * source[below, left] + a * source[below, right]
    return np.asarray((1 - b) * upper + b * lower)


@pytest.mark.parametrize("learns", [False, True], ids=["by OpenCV", "with gradients"])
def test_warp_is_bilinear(learns: bool) -> None:
    rng = np.random.default_rng(0)
    source = rng.random((2, 24, 31, 3), np.float32)
    flow = rng.uniform(-4, 4, (2, 2, 24, 31)).astype(np.float32)
    y, x = np.mgrid[:24, :31].astype(np.float32)
    expected = [
        bilinear(one, x + way[0], y + way[1]) for one, way in zip(source, flow, strict=True)
    ]
    images = torch.from_numpy(source).permute(0, 3, 1, 2).requires_grad_(learns)
    got = warp(images, torch.from_numpy(flow))
    np.testing.assert_allclose(
        got.detach().permute(0, 2, 3, 1).numpy(), np.stack(expected), atol=2e-5
    )
    assert got.requires_grad == learns


def test_one_flow_warps_all_pictures_of_a_batch() -> None:
    images = torch.rand(3, 2, 9, 12, generator=torch.Generator().manual_seed(5))
    flow = torch.full((1, 2, 9, 12), 0.75)
    each = torch.cat([warp(one[None], flow) for one in images])
    assert torch.equal(warp(images, flow), each)


def test_warp_moves_by_whole_pixels_exactly() -> None:
    source = torch.arange(20.0).view(1, 1, 4, 5) / 20
    flow = torch.zeros(1, 2, 4, 5)
    flow[:, 0] = 2.0  # look two pixels to the right
    got = warp(source, flow)
    torch.testing.assert_close(got[..., :3], source[..., 2:], atol=1e-6, rtol=0)
    torch.testing.assert_close(got[..., 3:], source[..., 4:].expand(1, 1, 4, 2), atol=1e-6, rtol=0)


@given(st.integers(2, 40), st.integers(2, 40))
@settings(max_examples=20, deadline=None)
def test_zero_flow_changes_nothing(height: int, width: int) -> None:
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))
    got = warp(image, torch.zeros(1, 2, height, width))
    torch.testing.assert_close(got, image, atol=2e-5, rtol=0)


def test_exact_flow_aligns_the_source_with_the_target() -> None:
    clip = motion_clip(96, 54, 2)
    target, source = as_tensor(clip.frames[1]), as_tensor(clip.frames[0])
    flow = torch.from_numpy(clip.flow(1, 0))[None]
    visible = torch.from_numpy(~clip.occluded(1, 0) & ~clip.off_frame(1, 0))
    error = (warp(source, flow) - target).abs().mean(1)[0]
    wrong_way = (warp(source, -flow) - target).abs().mean(1)[0]
    assert error[visible].mean() < 0.005
    assert wrong_way[visible].mean() > 5 * error[visible].mean()


def test_one_flow_serves_a_batch_and_low_precision_keeps_its_type() -> None:
    image = torch.rand(3, 2, 8, 9).bfloat16()
    got = warp(image, torch.zeros(1, 2, 8, 9))
    assert got.dtype == torch.bfloat16
    assert torch.equal(got, image)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="same size"):
        warp(torch.zeros(1, 3, 8, 8), torch.zeros(1, 2, 8, 9))


def test_in_frame_counts_the_borders_as_inside() -> None:
    flow = torch.zeros(1, 2, 3, 4)
    assert in_frame(flow).min() == 1
    flow[0, 0, 1, 3] = 0.25
    flow[0, 1, 0, 0] = -0.25
    assert in_frame(flow)[0, 0].tolist() == [[0, 1, 1, 1], [1, 1, 1, 0], [1, 1, 1, 1]]
    assert in_frame(flow, slack=0.5).min() == 1


def test_resize_scales_vectors_as_the_picture() -> None:
    # The same scene rendered at twice the size has twice the flow.
    small = torch.from_numpy(motion_clip(64, 36, 2, pan=True).flow(1, 0))[None]
    large = torch.from_numpy(motion_clip(128, 72, 2, pan=True).flow(1, 0))[None]
    np.testing.assert_allclose(resize_flow(small, (72, 128)).mean(), large.mean(), rtol=0.03)
    constant = torch.tensor([3.0, -2.0]).view(1, 2, 1, 1).expand(1, 2, 10, 20)
    got = resize_flow(constant, (5, 40))
    torch.testing.assert_close(got[0, :, 2, 7], torch.tensor([6.0, -1.0]))
    assert resize_flow(small, (36, 64)) is small


def test_resize_keeps_the_centre_of_a_zoom() -> None:
    # A zoom about the picture's centre, in half-integer pixel centres, is linear at every size.
    def zoom(height: int, width: int) -> torch.Tensor:
        x = (torch.arange(width) + 0.5 - width / 2) * 0.1
        y = (torch.arange(height) + 0.5 - height / 2) * 0.1
        return torch.stack(torch.meshgrid(x, y, indexing="xy"))[None]

    got = resize_flow(zoom(20, 30), (40, 60))
    torch.testing.assert_close(got[..., 4:-4, 4:-4], zoom(40, 60)[..., 4:-4, 4:-4])


def test_composed_flow_is_the_flow_over_two_frames() -> None:
    # Fast, so that the turning rectangle's vectors differ from place to place.
    clip = motion_clip(96, 54, 3, speed=2.5)
    first, second = (torch.from_numpy(clip.flow(*p))[None] for p in ((2, 1), (1, 0)))
    visible = ~clip.occluded(2, 1) & ~clip.occluded(2, 0) & ~clip.off_frame(2, 1)

    def error(flow: torch.Tensor) -> np.ndarray:
        return np.linalg.norm(flow[0].numpy() - clip.flow(2, 0), axis=0)[visible]

    composed, summed = error(compose(first, second)), error(first + second)
    assert np.median(composed) < 1e-3
    assert np.mean(composed > 0.1) < 0.04  # bilinear sampling across an object's edge
    assert np.mean(summed > 0.1) > 2 * np.mean(composed > 0.1)
