"""Tiles: their activations are those of the whole picture, each once."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.features.compact import load_compact
from flowstyle.features.reach import Reach, Tileable, reach_of
from flowstyle.features.rescale import CaffeScale
from flowstyle.features.tiles import smallest_tile, tiles_for
from flowstyle.features.vgg19 import VGG19, shapes
from tests.helpers.network import TinyNetwork

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")


def random_vgg() -> VGG19:
    """VGG19 with random weights that keep the strength of activations, in float64."""
    generator = torch.Generator().manual_seed(0)
    weights = {
        name: (
            torch.randn(o, i, 3, 3, generator=generator) * (2 / (9 * i)) ** 0.5,
            0.1 * torch.randn(o, generator=generator),
        )
        for name, (o, i) in shapes().items()
    }
    return VGG19(weights, dtype=torch.float64)


@pytest.fixture(scope="module", params=["compact", "vgg19"])
def network(request: pytest.FixtureRequest) -> FeatureNetwork:
    return load_compact().double() if request.param == "compact" else random_vgg()


def together(network: FeatureNetwork, image: Tensor, reach: Reach) -> dict[str, Tensor]:
    """Activations of the whole put together from tiles; NaN where no tile gave any."""
    whole = network(image, LAYERS)
    found = {layer: torch.full_like(values, torch.nan) for layer, values in whole.items()}
    tiling = tiles_for((image.shape[-2], image.shape[-1]), reach, 48_000)
    assert len(tiling.tiles) > 1
    with torch.no_grad():
        for tile, features in tiling.run(network, image, LAYERS):
            for layer, values in features.items():
                place = tile.of_whole(found[layer], reach.strides[layer])
                assert place.isnan().all()
                place.copy_(values)
    return {layer: (found[layer] - whole[layer]).abs() for layer in LAYERS}


def test_activations_of_tiles_are_those_of_the_whole(network: FeatureNetwork) -> None:
    image = torch.rand(1, 3, 281, 235, dtype=torch.float64)  # odd, no multiples of 16
    reach = reach_of(network, LAYERS)
    assert reach is not None
    for layer, error in together(network, image, reach).items():
        assert error.max() < 1e-12, layer
    # A halo that is one step too narrow shows.
    error = together(network, image, replace(reach, halo=reach.halo - 32))
    assert error["relu5_1"].max() > 1e-6


def test_reach_of_vgg19_is_known() -> None:
    # 156 pixels of receptive field and 16 of stride: 70 on each side.
    vgg = VGG19.reach(VGG19, LAYERS)  # type: ignore[arg-type]
    assert vgg == Reach(70, dict(zip(LAYERS, (1, 2, 4, 8, 8, 16), strict=True)))
    assert VGG19.reach(VGG19, ["relu1_1"]) == Reach(1, {"relu1_1": 1})  # type: ignore[arg-type]
    assert vgg.alignment == 16
    assert smallest_tile(vgg) == (16 + 2 * 80) ** 2


def test_reach_is_what_a_gradient_reaches(network: FeatureNetwork) -> None:
    image = torch.rand(1, 3, 304, 304, dtype=torch.float64, requires_grad=True)
    reach = reach_of(network, ["relu5_1"])
    assert reach is not None
    (gradient,) = torch.autograd.grad(
        network(image, ["relu5_1"])["relu5_1"][..., 9, 9].sum(), image
    )
    rows = gradient.abs().sum((0, 1, 3)).nonzero()
    assert int(rows.min()) >= 144 - reach.halo
    assert int(rows.max()) <= 159 + reach.halo


@pytest.mark.parametrize("size", [(281, 235), (20, 900), (160, 161), (7, 5)])
@pytest.mark.parametrize("largest", [1, 40_000, 70_000, 10**9])
def test_each_pixel_lies_in_one_tile(size: tuple[int, int], largest: int) -> None:
    reach = Reach(70, {"relu1_1": 1, "relu5_1": 16})
    count = torch.zeros(size)
    tiling = tiles_for(size, reach, largest)
    for tile in tiling.tiles:
        tile.of_whole(count, 1).add_(1)
        assert tile.pixels <= max(largest, smallest_tile(reach) * 4)
        assert tile.pixels <= largest or largest == 1
    assert (count == 1).all()
    assert largest < 10**9 or len(tiling.tiles) == 1


def test_networks_that_do_not_tell() -> None:
    tiny = TinyNetwork()
    assert not isinstance(tiny, Tileable)
    assert reach_of(tiny, ["relu1_1"]) is None
    assert reach_of(CaffeScale(tiny, ["relu1_1"]), ["relu1_1"]) is None
    compact = load_compact()
    assert reach_of(CaffeScale(compact, LAYERS), LAYERS) == compact.reach(LAYERS)
