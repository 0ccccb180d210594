"""Tiles around what changes: all of it is in one, none overlap, and they are worth it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.engines.optimised.active_tiles import AROUND, WORTH, active_tiles, whole_picture
from flowstyle.features.reach import Reach

REACH = Reach(68, {"relu1_1": 1, "relu5_1": 16})


def random_static(seed: int) -> Tensor:
    """A picture that stands still but for some rectangles."""
    random = np.random.default_rng(seed)
    height, width = (int(side) for side in random.integers(200, 900, 2))
    static = torch.ones(1, 1, height, width)
    for _ in range(int(random.integers(1, 5))):
        top, left = int(random.integers(0, height)), int(random.integers(0, width))
        static[..., top : top + int(random.integers(1, 60)), left : left + 30] = 0
    return static


@pytest.mark.parametrize("seed", range(40))
def test_all_that_changes_is_in_one_tile_with_enough_around(seed: int) -> None:
    static = random_static(seed)
    height, width = static.shape[-2:]
    found = active_tiles(static, REACH)
    covered = torch.zeros_like(static)
    if found is None:
        return
    for tile in found.tiles:
        rows, columns = tile.rows, tile.columns
        covered[..., rows.first : rows.last, columns.first : columns.last] += 1
        for span, side in ((rows, height), (columns, width)):
            assert span.first % 16 == 0
            assert span.outer_first % 16 == 0
            assert span.last % 16 == 0 or span.last == side
            assert span.ends == (span.last == side)
            assert span.outer_first == max(0, span.first - AROUND)
            assert side >= span.outer_last >= span.last
    assert float(covered.max()) == 1  # none overlap
    ys, xs = np.nonzero((static[0, 0] == 0).numpy())
    for y, x in zip(ys[::7], xs[::7], strict=True):
        near = covered[0, 0, max(0, y - AROUND) : y + AROUND, max(0, x - AROUND) : x + AROUND]
        assert bool((near > 0).all())
    assert sum(tile.pixels for tile in found.tiles) <= WORTH * height * width


def test_where_much_changes_the_whole_is_cheaper() -> None:
    static = torch.ones(1, 1, 480, 640)
    assert active_tiles(static, REACH).tiles == ()
    static[..., :100] = 0
    assert active_tiles(static, REACH) is not None
    static[..., ::64, ::64] = 0  # noise here and there
    assert active_tiles(static, REACH) is None


def test_one_tile_may_be_the_whole_picture() -> None:
    (tile,) = whole_picture((218, 512), REACH).tiles
    assert tile.pixels == 218 * 512
    image = torch.rand(1, 3, 218, 512)
    assert tile.cut(image).shape == image.shape
    assert tile.own(torch.rand(1, 4, 13, 32), 16).shape == (1, 4, 13, 32)
