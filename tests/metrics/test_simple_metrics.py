"""Flicker, sharpness, drift and tOF: hand values and independent formulas."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from flowstyle.metrics.drift import change_over_clip, lab_statistics, mean_colour, slopes
from flowstyle.metrics.flicker import frame_difference, static_pixels
from flowstyle.metrics.sharpness import gradient_energy
from flowstyle.metrics.tof import flow_difference
from scripts.common.motion import motion_clip


def tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


def test_frame_difference_is_the_mean_over_pixels_and_channels() -> None:
    first, second = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    second[0, 0, 0, 0] = 0.6
    second[0, 1, 1, 1] = 0.3
    assert frame_difference(first, second) == pytest.approx(0.9 / 12)
    mask = torch.zeros(1, 1, 2, 2)
    mask[0, 0, 0, 0] = 1
    assert frame_difference(first, second, mask) == pytest.approx(0.6 / 3)
    assert frame_difference(first, second, torch.zeros(1, 1, 2, 2)) is None


def test_static_pixels_are_the_background_of_a_clip_with_a_still_camera() -> None:
    clip = motion_clip(96, 64, 2)
    first, second = (tensor(frame) for frame in clip.frames)
    found = static_pixels(first, second, torch.from_numpy(clip.flow(0, 1))[None])[0, 0].numpy() > 0
    moving = (np.abs(clip.flow(0, 1)) > 0.25).any(0)
    assert not found[moving].any()
    assert found[clip.static(0, 1, margin=4)].all()


def test_no_pixel_of_a_pan_is_static() -> None:
    clip = motion_clip(96, 64, 2, pan=True)
    first, second = (tensor(frame) for frame in clip.frames)
    found = static_pixels(first, second, torch.from_numpy(clip.flow(0, 1))[None])
    assert found.mean() < 0.01
    # Neither the flow nor the difference alone decides.
    assert static_pixels(first, second, torch.zeros(1, 2, 64, 96)).mean() < 0.2


def test_gradient_energy_hand_value() -> None:
    image = torch.zeros(1, 1, 2, 3)
    image[0, 0, :, 2] = 0.5  # one step of 0.5 among the two differences of each row
    assert gradient_energy(image) == pytest.approx(0.25 / 2)
    assert gradient_energy(torch.full((1, 3, 4, 4), 0.7)) == 0.0
    assert gradient_energy(torch.ones(1, 3, 1, 1)) == 0.0


def test_blur_lowers_and_noise_raises_sharpness() -> None:
    frame = motion_clip(96, 64, 1).frames[0]
    sharp = gradient_energy(tensor(frame))
    assert gradient_energy(tensor(cv2.GaussianBlur(frame, (0, 0), 1.5))) < 0.8 * sharp
    noise = np.random.default_rng(0).normal(0, 12, frame.shape)
    noisy = np.clip(frame + noise, 0, 255).astype(np.uint8)
    assert gradient_energy(tensor(noisy)) > 1.5 * sharp


def reference_lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of H×W×3 in [0, 1], float64, from the standard's formulas."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = linear @ matrix.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def test_lab_statistics_equal_the_standard() -> None:
    rgb = np.random.default_rng(4).random((12, 9, 3))
    lab = reference_lab(rgb).reshape(-1, 3)
    expected = np.concatenate([lab.mean(0), lab.std(0)])
    found = lab_statistics(torch.from_numpy(rgb).permute(2, 0, 1)[None].float())
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_mean_colour() -> None:
    image = torch.tensor([0.1, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    np.testing.assert_allclose(mean_colour(image), [0.1, 0.5, 0.9], rtol=1e-6)


def test_slopes_equal_polyfit() -> None:
    rng = np.random.default_rng(5)
    series = [np.array([0.3 * t, -0.1 * t, 7.0]) + rng.normal(0, 0.1, 3) for t in range(20)]
    expected = np.polyfit(np.arange(20), np.array(series), 1)[0]
    np.testing.assert_allclose(slopes(series), expected, rtol=1e-9)
    np.testing.assert_array_equal(slopes([np.ones(3)]), np.zeros(3))


def test_change_over_clip_compares_first_and_last_tenth() -> None:
    series = [np.array([float(t)]) for t in range(30)]  # tenths: mean of 0, 1, 2 and of 27, 28, 29
    np.testing.assert_allclose(change_over_clip(series), [27.0])
    np.testing.assert_allclose(change_over_clip(series[:2]), [1.0])
    np.testing.assert_allclose(change_over_clip(series[:1]), [0.0])


def test_tof_is_zero_for_the_same_motion_and_a_shift_for_another() -> None:
    clip = motion_clip(96, 64, 2, pan=True)
    first, second = (tensor(frame) for frame in clip.frames)
    assert flow_difference(first, second, first, second) == 0.0
    # The result stands still while the source moves: the mean length of the source's flow.
    gray = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in clip.frames]
    field = cv2.calcOpticalFlowFarneback(gray[0], gray[1], None, 0.5, 3, 15, 3, 5, 1.2, 0)
    expected = np.linalg.norm(field, axis=-1).mean()
    assert flow_difference(first, second, first, first) == pytest.approx(expected, rel=0.02)
