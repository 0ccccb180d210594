"""The palette term against float64 numpy, and what it sees that Gram matrices hardly do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from flowstyle.losses.palette import DETAILS, HALVING, Palette, moments
from flowstyle.losses.wasserstein import EPSILON

Array = NDArray[np.float64]


def picture(height: int = 48, width: int = 64, seed: int = 0) -> torch.Tensor:
    """Coloured noise of several sizes, 1×3×H×W in [0, 1]."""
    rng = np.random.default_rng(seed)
    small = torch.from_numpy(rng.random((1, 3, 6, 8)))
    large = torch.nn.functional.interpolate(small, (height, width), mode="bilinear")
    return (0.7 * large + 0.3 * torch.from_numpy(rng.random((1, 3, height, width)))).float()


def details(image: Array) -> list[Array]:
    """Samples, 3×N: the colours, and differences of neighbours at three sizes, pixel by pixel."""
    found = [image.reshape(3, -1)]
    for number in range(DETAILS):
        if number:
            rows, columns = ((side - 4) // 2 + 1 for side in image.shape[1:])
            smaller = np.zeros((3, rows, columns))
            for y, x in np.ndindex(rows, columns):
                window = image[:, 2 * y : 2 * y + 4, 2 * x : 2 * x + 4]
                smaller[:, y, x] = np.einsum("cyx,y,x->c", window, HALVING, HALVING)
            image = smaller
        across, down = np.diff(image, axis=2).reshape(3, -1), np.diff(image, axis=1).reshape(3, -1)
        # Each direction counts half, however many pairs it has.
        sides = [one * np.sqrt(0.5 / one.shape[1]) for one in (across, down)]
        found.append(np.concatenate(sides, 1))
    return found


def moments_of(samples: Array, *, whole: bool) -> tuple[Array, Array]:
    """Mean and covariance of the whole; of differences the mean is 0, and they are weighed."""
    if whole:
        return samples.mean(1), np.cov(samples, bias=True)
    return np.zeros(3), samples @ samples.T


def root(matrix: Array) -> Array:
    """Square root of a symmetric matrix by its eigenvectors."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T


def distance(one: Array, other: Array, *, whole: bool) -> float:
    """W₂² of the Gaussians of two bands over the second's energy, ε added to both covariances."""
    (mu, sigma), (nu, target) = (moments_of(x, whole=whole) for x in (one, other))
    energy = (np.trace(target) + (nu**2).sum()) / 3
    if not whole:  # what is not light and dark alone
        chroma = np.eye(3) - 1 / 3
        sigma, target = chroma @ sigma @ chroma, chroma @ target @ chroma
    a, b = (x / energy + EPSILON * np.eye(3) for x in (sigma, target))
    half = root(b)
    squared = ((mu - nu) ** 2).sum() / energy
    return float(squared + np.trace(a + b - 2 * root(half @ a @ half))) / 3


@pytest.mark.parametrize("size", [(48, 64), (49, 67), (18, 18), (17, 90)])
def test_moments_are_those_of_the_details_themselves(size: tuple[int, int]) -> None:
    image = picture(*size)
    mean, covariance = moments(image)
    for number, band in enumerate(details(image[0].double().numpy())):
        expected = moments_of(band, whole=number == 0)
        np.testing.assert_allclose(mean[number], expected[0], atol=1e-6)
        np.testing.assert_allclose(covariance[number], expected[1], atol=1e-6)


def test_pictures_of_a_few_pixels_have_no_large_details() -> None:
    image = picture(3, 40).requires_grad_()
    _, covariance = moments(image)
    covariance = covariance.detach()
    assert float(covariance[1].abs().max()) > 0
    assert float(covariance[2:].abs().max()) == 0
    distance = Palette.of(picture())({}, image)
    assert torch.isfinite(torch.autograd.grad(distance, image)[0]).all()


def test_the_gradient_is_that_of_finite_differences() -> None:
    image = picture(18, 23).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: moments(x)[0], image)
    assert torch.autograd.gradcheck(lambda x: moments(x)[1], image)


@pytest.mark.parametrize("strip", [1, 100, 250])
@pytest.mark.parametrize("size", [(18, 23), (33, 20), (5, 40)])
def test_strips_are_of_no_account(
    monkeypatch: pytest.MonkeyPatch, strip: int, size: tuple[int, int]
) -> None:
    image = picture(*size).double().requires_grad_()
    weights = torch.arange(36, dtype=torch.float64).view(4, 3, 3)

    def gradient() -> torch.Tensor:
        mean, covariance = moments(image)
        total = mean.square().sum() + (weights * covariance).sum()
        return torch.autograd.grad(total, image)[0]

    at_once, known = moments(image), gradient()
    monkeypatch.setattr("flowstyle.losses.palette.STRIP", strip)
    for one, other in zip(moments(image), at_once, strict=True):
        assert torch.allclose(one, other, rtol=1e-12, atol=1e-14)
    assert torch.allclose(gradient(), known, rtol=1e-10, atol=1e-14)


def test_the_distance_is_the_sum_over_the_bands() -> None:
    one, style = picture(seed=1), picture(seed=2)
    pairs = zip(*(details(x[0].double().numpy()) for x in (one, style)), strict=True)
    bands = [distance(a, b, whole=number == 0) for number, (a, b) in enumerate(pairs)]
    expected = bands[0] + sum(bands[1:]) / DETAILS
    assert float(Palette.of(style)({}, one)) == pytest.approx(expected, rel=5e-3)


def test_the_style_itself_has_no_distance_nor_its_mirror_image() -> None:
    style = picture()
    palette = Palette.of(style)
    assert float(palette({}, style)) == pytest.approx(0, abs=1e-5)
    assert float(palette({}, style.flip(-1))) == pytest.approx(0, abs=1e-3)  # a border is left out


def test_rainbows_along_strokes_count_although_the_colours_of_the_whole_are_right() -> None:
    grey = picture().mean(1, keepdim=True).expand(1, 3, 48, 64)
    tint = torch.zeros(1, 3, 48, 64)
    tint[:, 0, :, ::2], tint[:, 1, :, 1::2] = 0.02, 0.02  # red and green, pixel by pixel
    tint -= tint.mean((-2, -1), keepdim=True)
    palette = Palette.of(grey)
    seen = float(palette({}, grey + tint))
    pair = (
        (grey + tint)[0].reshape(3, -1).double().numpy(),
        grey[0].reshape(3, -1).double().numpy(),
    )
    whole = distance(*pair, whole=True)
    assert seen > 5 * whole > 0


def test_light_and_dark_from_pixel_to_pixel_do_not_count() -> None:
    style = picture()
    noise = 0.05 * torch.sign(torch.randn(1, 1, 48, 64, generator=torch.Generator().manual_seed(0)))
    palette = Palette.of(style)
    # Of the whole, whose variance they raise, a little; details have ten times that of the style.
    assert float(palette({}, style + noise)) < 0.02


def test_a_blend_has_the_mean_of_both_palettes() -> None:
    one, other = (Palette.of(picture(seed=seed)) for seed in (1, 2))
    blend = Palette.blend([one, other], [3, 1])
    torch.testing.assert_close(blend.mean, 0.75 * one.mean + 0.25 * other.mean)
    torch.testing.assert_close(blend.covariance, 0.75 * one.covariance + 0.25 * other.covariance)
    same = Palette.blend([one, one], [1, 5])
    torch.testing.assert_close(same.root, one.root)
