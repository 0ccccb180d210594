"""Style and content distances against float64 numpy, on a network that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from flowstyle.metrics.style import (
    STRIPS,
    border_distances,
    content_distance,
    extract,
    style_distance,
    style_grams,
)
from tests.metrics.networks import PooledColours, ZeroPadded

Floats = NDArray[np.float64]


def pooled(image: Floats, block: int) -> Floats:
    both = np.concatenate([image, image**2])
    side = 2 ** (block - 1)
    height, width = both.shape[1] // side, both.shape[2] // side
    cells = both[:, : height * side, : width * side].reshape(6, height, side, width, side)
    return cells.mean((2, 4))


def gram(features: Floats) -> Floats:
    rows = features.reshape(len(features), -1)
    return rows @ rows.T / rows.shape[1]


def tensor(image: Floats) -> torch.Tensor:
    return torch.from_numpy(image.astype(np.float32))[None]


def test_distances_equal_their_definition() -> None:
    rng = np.random.default_rng(0)
    picture, style, source = (rng.random((3, 48, 64)) ** power for power in (1.0, 2.0, 1.5))
    terms = []
    for block in range(1, 6):
        g, a = gram(pooled(picture, block)), gram(pooled(style, block))
        terms.append(((g - a) ** 2).sum() / (a**2).sum())
    f, p = pooled(picture, 4), pooled(source, 4)

    network = PooledColours()
    found = extract(network, tensor(picture))
    grams = style_grams(extract(network, tensor(style)))

    assert style_distance(found, grams) == pytest.approx(np.mean(terms), rel=1e-4)
    expected = ((f - p) ** 2).sum() / (p**2).sum()
    assert content_distance(found, extract(network, tensor(source))) == pytest.approx(
        expected, rel=1e-4
    )
    assert style_distance(extract(network, tensor(style)), grams) == pytest.approx(0, abs=1e-9)


def test_an_unstyled_border_stands_out_on_its_side_only() -> None:
    rng = np.random.default_rng(1)
    style = rng.random((3, 192, 192)) * 0.3
    picture = np.clip(style + rng.normal(0, 0.05, style.shape), 0, 1)
    picture[:, :, -192 // STRIPS :] = 0.8  # new content at the right, without style
    network = PooledColours()
    grams = style_grams(extract(network, tensor(style)))
    ratios = border_distances(network, tensor(picture), grams)
    assert set(ratios) == {"left", "right", "top", "bottom"}
    assert ratios["right"] > 5
    assert ratios["left"] == pytest.approx(1, abs=0.3)
    assert ratios["top"] == pytest.approx(1, abs=0.3)


def test_a_frame_too_small_for_strips_has_no_border_figures() -> None:
    network = PooledColours()
    image = torch.rand(1, 3, 64, 64)
    assert border_distances(network, image, style_grams(extract(network, image))) == {}


def test_a_uniform_texture_is_as_well_styled_at_its_borders_as_in_its_middle() -> None:
    # Holds only because of the reflection: the zeros that a network pads with are no style.
    network = ZeroPadded()
    random = torch.Generator().manual_seed(0)
    picture, style = torch.rand(2, 1, 3, 192, 320, generator=random)
    grams = style_grams(extract(network, 0.5 * style))
    ratios = border_distances(network, picture, grams)
    assert ratios == {side: pytest.approx(1, abs=0.1) for side in ratios}
    assert len(ratios) == 4
