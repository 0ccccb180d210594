"""Colour transfer against numpy and hand values."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from flowstyle.core.colour import keep_colours, match_mean_covariance


def picture(seed: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(1, 3, 20, 30, generator=generator)


def test_mean_and_covariance_are_the_references() -> None:
    reference = picture(0, 0.4, 0.6)
    reference[:, 1] = 0.5 * reference[:, 0] + 0.3  # correlated channels
    moved = match_mean_covariance(picture(1, 0.1, 0.7), reference)
    a, b = (x[0].double().numpy().reshape(3, -1) for x in (moved, reference))
    np.testing.assert_allclose(a.mean(1), b.mean(1), atol=1e-3)
    np.testing.assert_allclose(np.cov(a), np.cov(b), atol=5e-5)


def test_matching_a_picture_with_itself_changes_nothing() -> None:
    np.testing.assert_allclose(match_mean_covariance(picture(0), picture(0)), picture(0), atol=1e-5)


def test_a_picture_of_one_colour_is_no_trouble() -> None:
    flat = torch.full((1, 3, 8, 8), 0.3)
    assert bool(match_mean_covariance(flat, picture(0)).isfinite().all())
    np.testing.assert_allclose(match_mean_covariance(picture(0), flat).mean(), 0.3, atol=1e-3)


def test_keep_colours_takes_brightness_and_chroma_apart() -> None:
    stylised, content = picture(0, 0.4, 0.6), picture(1, 0.4, 0.6)
    kept = keep_colours(stylised, content)

    def yuv(image: torch.Tensor) -> np.ndarray:
        array = np.ascontiguousarray(image[0].permute(1, 2, 0).numpy())
        return cv2.cvtColor(array, cv2.COLOR_RGB2YUV)

    np.testing.assert_allclose(yuv(kept)[..., 0], yuv(stylised)[..., 0], atol=5e-3)
    np.testing.assert_allclose(yuv(kept)[..., 1:], yuv(content)[..., 1:], atol=1e-2)
