"""E_warp against a float64 numpy version of its definition, hand values, and exact motion."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from flowstyle.metrics.warp_error import forward_gradient_energy, trusted, warp_error
from scripts.common.motion import motion_clip

Floats = NDArray[np.float64]


def sample(field: Floats, flow: Floats) -> Floats:
    """Bilinear sampling of C×H×W at grid + flow, border repeated: the textbook formula."""
    height, width = flow.shape[1:]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x = np.clip(x + flow[0], 0, width - 1)
    y = np.clip(y + flow[1], 0, height - 1)
    x0 = np.minimum(np.floor(x).astype(int), width - 2)
    y0 = np.minimum(np.floor(y).astype(int), height - 2)
    a, b = x - x0, y - y0
    return (
        (1 - a) * (1 - b) * field[:, y0, x0]
        + a * (1 - b) * field[:, y0, x0 + 1]
        + (1 - a) * b * field[:, y0 + 1, x0]
        + a * b * field[:, y0 + 1, x0 + 1]
    )


def reference_mask(flow: Floats, reverse: Floats) -> NDArray[np.bool_]:
    back = sample(reverse, flow)
    du, dv = np.zeros_like(flow), np.zeros_like(flow)
    du[:, :, :-1] = flow[:, :, 1:] - flow[:, :, :-1]
    dv[:, :-1] = flow[:, 1:] - flow[:, :-1]
    occluded = ((flow + back) ** 2).sum(0) > 0.01 * ((flow**2).sum(0) + (back**2).sum(0)) + 0.5
    boundary = (du**2).sum(0) + (dv**2).sum(0) > 0.01 * (flow**2).sum(0) + 0.002
    return ~occluded & ~boundary


def smooth_field(seed: int, height: int = 20, width: int = 30) -> Floats:
    """A flow whose smooth parts are trusted and whose steep parts are not."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 10.0
    u = 1.5 + np.sin(x * rng.uniform(1, 2)) * rng.uniform(0.8, 1.6)
    v = np.cos(y * rng.uniform(1, 2)) * rng.uniform(0.8, 1.6)
    return np.stack([u, v])


def tensor(array: NDArray[np.generic]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))[None]


def test_equals_the_definition_in_float64() -> None:
    rng = np.random.default_rng(1)
    flow, reverse = smooth_field(2), -smooth_field(3)
    target, source = rng.random((2, 3, 20, 30))
    mask = reference_mask(flow, reverse)
    assert 0.1 < mask.mean() < 0.9
    expected = (mask * (target - sample(source, flow)) ** 2).sum() / (3 * mask.sum())

    found_mask = trusted(tensor(flow), tensor(reverse))
    found = warp_error(tensor(target), tensor(source), tensor(flow), found_mask)

    np.testing.assert_array_equal(found_mask[0, 0].numpy() > 0.5, mask)
    assert found == pytest.approx(expected, rel=1e-5)


def test_hand_value_of_a_uniform_difference() -> None:
    # 0.6 and 0.4 everywhere, no motion: (0.2)² in every channel; the paper's form would be 0.12.
    still = torch.zeros(1, 2, 5, 7)
    mask = trusted(still, still)
    found = warp_error(torch.full((1, 3, 5, 7), 0.6), torch.full((1, 3, 5, 7), 0.4), still, mask)
    assert found == pytest.approx(0.04, rel=1e-5)


def test_only_trusted_pixels_count() -> None:
    still = torch.zeros(1, 2, 4, 4)
    mask = torch.zeros(1, 1, 4, 4)
    mask[..., :2] = 1
    target = torch.zeros(1, 3, 4, 4)
    target[..., 2:] = 1.0
    assert warp_error(target, torch.zeros(1, 3, 4, 4), still, mask) == 0.0
    assert warp_error(target, torch.zeros(1, 3, 4, 4), still, torch.zeros_like(mask)) is None


def test_forward_differences_leave_out_the_last_column_and_row() -> None:
    flow = torch.zeros(1, 2, 3, 3)
    flow[0, 0, :, 2] = 2.0  # u jumps by 2 between columns 1 and 2
    expected = torch.tensor([[0.0, 4.0, 0.0]] * 3)
    torch.testing.assert_close(forward_gradient_energy(flow)[0, 0], expected)


@pytest.mark.parametrize("gap", [1, 3])
def test_exact_motion_gives_a_small_error_and_a_mask_without_occlusion(gap: int) -> None:
    clip = motion_clip(96, 64, 4)
    images = [tensor(frame.transpose(2, 0, 1) / 255) for frame in clip.frames]
    flow, reverse = tensor(clip.flow(0, gap)), tensor(clip.flow(gap, 0))
    mask = trusted(flow, reverse)
    error = warp_error(images[0], images[gap], flow, mask)
    unaligned = warp_error(images[0], images[gap], torch.zeros_like(flow), mask)
    assert error is not None
    assert unaligned is not None
    assert error < 0.1 * unaligned
    hidden = clip.occluded(0, gap)
    assert mask[0, 0].numpy()[hidden].mean() < 0.35
    assert mask[0, 0].numpy()[~hidden].mean() > 0.9
