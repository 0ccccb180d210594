"""The objective of the tiles that change against the one of the whole picture."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.engines.optimised.active_tiles import active_tiles, whole_picture
from flowstyle.features.compact import load_compact
from flowstyle.features.reach import reach_of
from flowstyle.features.tiles import Span, Tile, Tiling, tiles_for
from flowstyle.losses.active_objective import ActiveObjective
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.parts import PartTerm
from flowstyle.losses.style_loss import STYLE_LOSSES
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tiled_content import TiledContent
from tests.losses.test_tiled import CONTENT, PIXELS, SIZE, STYLE, Small, smooth

CHANGES = (..., slice(28, 36), slice(20, 28))
"""Pixels of the picture that change."""


def window(network: Small, around: int, halo: int) -> Tiling:
    """One tile with so many pixels around what changes, and so many beyond."""
    rows, columns = (
        Span(
            place.start - around,
            place.stop + around,
            place.start - around - halo,
            place.stop + around + halo,
            ends=False,
        )
        for place in CHANGES[1:]
    )
    return Tiling((Tile(rows, columns),), network.reach(STYLE))


def objectives(
    loss: str, active: Tiling, *, in_tiles: bool = False
) -> tuple[Objective, ActiveObjective, Tensor]:
    """The same objective of the whole, and of what changes, and what it is evaluated at."""
    network, photo, start = Small(), smooth(0), smooth(2)
    style = StyleTarget.of(network, smooth(1, (70, 50)), STYLE, STYLE_LOSSES.get(loss))
    content = ContentTarget.of(network, photo, CONTENT)
    terms = {"content": Term(2.0, content, CONTENT), "style": Term(5.0, style, STYLE)}
    reach = network.reach(STYLE)
    whole = tiles_for(SIZE, reach, 40 * 32) if in_tiles else whole_picture(SIZE, reach)
    parts = {
        "content": PartTerm(2.0, TiledContent(network, photo, CONTENT, whole)),
        "style": PartTerm(5.0, style),
    }
    found = ActiveObjective(network, parts, PIXELS, whole=whole, active=active, start=start)
    changed = start.clone()
    changed[CHANGES] = smooth(7)[CHANGES]
    return Objective(network, terms | PIXELS), found, changed


def evaluated(objective: Objective | ActiveObjective, image: Tensor) -> tuple[Tensor, Tensor]:
    """The total, and the gradient of the pixels that change."""
    seen = image.clone().requires_grad_()
    total, terms = objective(seen)
    assert set(terms) == {"content", "style", "tv"}
    (gradient,) = torch.autograd.grad(total, seen)
    return total.detach(), gradient[CHANGES]


@pytest.mark.parametrize("loss", ["gram", "wasserstein"])
@pytest.mark.parametrize("in_tiles", [False, True])
def test_with_all_that_the_network_sees_it_is_the_objective_of_the_whole(
    loss: str, in_tiles: bool
) -> None:
    halo = 12  # the reach of the three layers is 10, and tiles begin at multiples of 4
    whole, active, changed = objectives(loss, window(Small(), 8, halo), in_tiles=in_tiles)
    for image in (smooth(2), changed):
        (total, gradient), (own, its) = evaluated(whole, image), evaluated(active, image)
        assert torch.allclose(total, own, rtol=1e-7)  # totals are float32's
        assert torch.allclose(gradient, its, rtol=1e-5, atol=1e-9 * float(gradient.abs().max()))


def test_with_what_is_taken_around_it_is_exact_at_the_start_and_nearly_so_elsewhere() -> None:
    """The bundled features, which see 68 pixels, and a thing of 32 pixels."""
    network, size = load_compact(), (320, 352)
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    photo, start, other = (smooth(seed, size).float() for seed in (0, 2, 7))
    style = StyleTarget.of(network, smooth(1, (300, 300)).float(), layers)
    content = ContentTarget.of(network, photo, ("relu4_2",))
    terms = {"content": Term(1.0, content, content.layers), "style": Term(5.0, style, layers)}
    reach = reach_of(network, (*layers, "relu4_2"))
    assert reach is not None
    place = (..., slice(150, 182), slice(160, 192))
    static = torch.ones(1, 1, *size)
    static[place] = 0
    active, whole = active_tiles(static, reach), whole_picture(size, reach)
    assert active is not None
    parts = {
        "content": PartTerm(1.0, TiledContent(network, photo, content.layers, whole)),
        "style": PartTerm(5.0, style),
    }
    few = ActiveObjective(network, parts, {}, whole=whole, active=active, start=start)
    changed = start.clone()
    changed[place] = other[place]
    found = []
    for objective in (Objective(network, terms), few):
        seen = changed.clone().requires_grad_()
        total, _ = objective(seen)
        found.append((float(total.detach()), torch.autograd.grad(total, seen)[0][place]))
        assert float(objective(start)[0]) == pytest.approx(float(few(start)[0]), rel=1e-5)
    (total, gradient), (own, its) = found
    assert own == pytest.approx(total, rel=1e-3)
    assert float((gradient - its).norm() / gradient.norm()) < 0.01


def test_where_nothing_changes_the_network_need_not_run() -> None:
    whole, active, _ = objectives("gram", Tiling((), Small().reach(STYLE)))
    image = smooth(2).requires_grad_()
    total, _ = active(image)
    assert torch.allclose(total, whole(image)[0])
    (gradient,) = torch.autograd.grad(total, image)
    alone = torch.autograd.grad(Objective(None, PIXELS)(image)[0], image)[0]
    assert torch.equal(gradient, alone)
