"""Blur against OpenCV's, local contrast against a wave's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from flowstyle.core.blur import gaussian, local_contrast


def test_gaussian_equals_cv2() -> None:
    image = np.random.default_rng(0).random((13, 17), np.float32)
    expected = cv2.GaussianBlur(image, (7, 7), 1.0, borderType=cv2.BORDER_REFLECT)
    got = gaussian(torch.from_numpy(image)[None, None], 1.0, radius=3)[0, 0].numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)
    assert gaussian(torch.rand(1, 1, 1, 2), 3.0).shape == (1, 1, 1, 2)


def test_local_contrast_of_a_fine_wave_is_its_root_of_the_mean_square() -> None:
    x = torch.arange(64.0)
    wave = 0.5 + 0.1 * torch.sin(2 * torch.pi * x / 4)  # of a period that a blur of 2 px takes away
    picture = wave.expand(1, 3, 48, 64).clone()
    picture[..., :24, :] = 0.5
    contrast = local_contrast(picture, 2.0)
    assert float(contrast[..., 40:, 16:48].mean()) == pytest.approx(0.1 / 2**0.5, rel=0.02)
    assert float(contrast[..., :8, :].max()) < 1e-4


def test_local_contrast_does_not_see_slow_shades() -> None:
    ramp = torch.linspace(0.2, 0.8, 200).expand(1, 3, 40, 200)
    assert float(local_contrast(ramp, 1.5)[..., 8:-8].max()) < 1e-4
