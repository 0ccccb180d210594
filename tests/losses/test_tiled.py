"""The objective in tiles against the one of the whole picture, whose gradient is autograd's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.errors import UsageError
from flowstyle.features.reach import Reach, Window, reach_of_chain
from flowstyle.features.tiles import Tiling, tiles_for
from flowstyle.losses import tiled_content
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.parts import PartTerm
from flowstyle.losses.sliced import SLICED
from flowstyle.losses.style import GRAM_LOSSES
from flowstyle.losses.style_loss import STYLE_LOSSES, StyleLoss
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tiled_content import TiledContent
from flowstyle.losses.tiled_objective import TiledObjective
from flowstyle.losses.tv import total_variation_l2

STYLE = ("one", "two", "three")
CONTENT = ("three",)
SIZE = (61, 45)
PIXELS = {"tv": Term(0.3, lambda _, image: total_variation_l2(image))}


class Small:
    """Three random convolutions with poolings between them, in float64."""

    name = "small"
    digest = ""
    layers = STYLE

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.weights = [
            torch.randn(6, channels, 3, 3, generator=generator, dtype=torch.float64) / 5
            for channels in (3, 6, 6)
        ]

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        x, found = image, {}
        for name, weight in zip(self.layers, self.weights, strict=True):
            x = functional.max_pool2d(x, 2) if found else x
            x = found[name] = functional.relu(functional.conv2d(x, weight, padding=1))
        return {name: found[name] for name in layers}

    def reach(self, layers: Sequence[str]) -> Reach:
        conv, pool = (3, 1, 1), (2, 2, 0)
        chain = (("one", conv), ("p", pool), ("two", conv), ("q", pool), ("three", conv))
        return reach_of_chain([Window(name, *window) for name, window in chain], layers)


def smooth(seed: int, size: tuple[int, int] = SIZE) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, size[0] // 3, size[1] // 3, dtype=torch.float64, generator=generator)
    return functional.interpolate(small, size, mode="bilinear")


@pytest.fixture(scope="module")
def network() -> Small:
    return Small()


def tiling(network: Small, size: tuple[int, int] = SIZE) -> Tiling:
    cut = tiles_for(size, network.reach(STYLE), 40 * 32)
    assert len(cut.tiles) > 3
    return cut


def evaluated(objective: Objective | TiledObjective) -> tuple[Tensor, Tensor, dict[str, float]]:
    image = smooth(2).requires_grad_()
    total, terms = objective(image)
    (gradient,) = torch.autograd.grad(total, image)
    return total.detach(), gradient, {name: float(value) for name, value in terms.items()}


def both(
    network: Small,
    loss: StyleLoss,
    content: tuple[str, ...] = CONTENT,
    normalise: bool = False,
) -> tuple[Objective, TiledObjective]:
    """The same objective of the whole, and in tiles."""
    kind = loss.name if loss.name in GRAM_LOSSES else "relative"
    style, photo = smooth(1, (70, 50)), smooth(0)
    target = ContentTarget.of(network, photo, content, kind)
    statistics = StyleTarget.of(network, style, STYLE, loss)
    whole = Objective(
        network,
        {
            "content": Term(2.0, target, content),
            "style": Term(5.0, statistics, STYLE),
            **PIXELS,
        },
        normalise_gradients=normalise,
    )
    parts = {
        "content": PartTerm(2.0, TiledContent(network, photo, content, tiling(network), kind)),
        "style": PartTerm(
            5.0,
            StyleTarget.of(network, style, STYLE, loss, tiling=tiling(network, (70, 50))),
        ),
    }
    tiled = TiledObjective(network, parts, PIXELS, tiling(network), normalise_gradients=normalise)
    return whole, tiled


@pytest.mark.parametrize(
    ("name", "normalise"),
    [
        ("relative", False),
        ("relative", True),
        ("gatys", False),
        ("ruder", False),
        ("wasserstein", False),
        ("wasserstein", True),
    ],
)
def test_value_and_gradient_are_those_of_the_whole(
    network: Small, name: str, normalise: bool
) -> None:
    loss = GRAM_LOSSES[name] if name in GRAM_LOSSES else STYLE_LOSSES.get(name)
    whole, tiled = both(network, loss, normalise=normalise)
    (a, expected, terms), (b, gradient, found) = evaluated(whole), evaluated(tiled)
    # Content is compared in float32.
    allowed = 1e-6
    assert float(b) == pytest.approx(float(a), rel=allowed)
    assert list(found) == list(terms)
    assert found == pytest.approx(terms, rel=allowed)
    assert (gradient - expected).abs().max() < allowed * expected.abs().max()


def test_gradient_is_multiplied_by_what_comes_back(network: Small) -> None:
    _, tiled = both(network, GRAM_LOSSES["relative"])
    image = smooth(2).requires_grad_()
    (once,) = torch.autograd.grad(tiled(image)[0], image)
    (thrice,) = torch.autograd.grad(3 * tiled(0.5 * image + 0.5 * image.detach())[0], image)
    torch.testing.assert_close(thrice, 1.5 * once)


def test_shallow_content_is_not_kept_and_gives_the_same(
    network: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers, photo, cut = ("one", "three"), smooth(0), tiling(network)
    again = TiledContent(network, photo, layers, cut)
    monkeypatch.setattr(tiled_content, "KEPT_BYTES", 10**6)
    kept = TiledContent(network, photo, layers, cut)
    assert len(kept._kept) == len(cut.tiles)
    assert not again._kept
    image = smooth(2)
    with torch.no_grad():
        for tile, features in cut.run(network, image, layers):
            a, b = kept.sums(features, tile), again.sums(features, tile)
            assert {layer: float(s) for layer, (s,) in a.items()} == {
                layer: float(s) for layer, (s,) in b.items()
            }


def test_losses_that_must_see_whole_pictures_are_refused(network: Small) -> None:
    with pytest.raises(UsageError, match="sliced"):
        StyleTarget.of(network, smooth(1), STYLE, SLICED, tiling=tiling(network))


def test_terms_of_weight_0_cost_nothing(network: Small) -> None:
    empty = TiledObjective(network, {}, PIXELS, tiling(network))
    assert evaluated(empty)[2] == evaluated(Objective(None, PIXELS))[2]
    _, tiled = both(network, GRAM_LOSSES["relative"])
    nothing = TiledObjective(
        network, {"style": PartTerm(0.0, tiled._terms["style"].compute)}, {}, tiling(network)
    )
    assert evaluated(nothing)[2] == {}


def test_an_end_is_asked_for_between_tiles(network: Small) -> None:
    _, tiled = both(network, GRAM_LOSSES["relative"])
    token = CancelToken()
    token.cancel()
    ended = TiledObjective(network, tiled._terms, {}, tiling(network), cancel=token)
    with pytest.raises(Cancelled):
        ended(smooth(2))
