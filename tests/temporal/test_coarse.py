"""Neighbours brought by masks of half the size: as by those of the full size."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from flowstyle.flow.pairs import Pair
from flowstyle.settings import Settings
from flowstyle.temporal.coarse import _half, bringing, coarse_pull
from flowstyle.temporal.pulls import Pull, pull
from tests.helpers.painting import texture

SETTINGS = Settings.from_preset("default", features="compact")
SHIFT = 6


def shifted(size: tuple[int, int]) -> tuple[Pair, Tensor, Tensor]:
    """A pan of exactly known motion: pair, target, source."""
    wide = texture(3, size[0], size[1] + SHIFT)
    flow = torch.zeros(1, 2, *size)
    flow[:, 0] = SHIFT
    return Pair(flow, -flow), wide[..., :-SHIFT], wide[..., SHIFT:]


def both(size: tuple[int, int]) -> tuple[Pull, Pull, Tensor]:
    """By full and by half masks, and the paint that is brought."""
    pair, target, source = shifted(size)
    paint = texture(4, *size)
    pair = Pair(-pair.to_b, -pair.to_a)  # what is at x in the target is at x − 6 in the source
    return (
        pull(pair, target, source, paint, SETTINGS),
        coarse_pull(pair, target, source, paint, SETTINGS),
        paint,
    )


@pytest.mark.parametrize("size", [(48, 64), (47, 65), (33, 50)])
def test_paint_is_warped_as_at_the_full_size_and_trusted_where_that_is(
    size: tuple[int, int],
) -> None:
    full, half, paint = both(size)
    inner = (..., slice(4, -4), slice(SHIFT + 6, -6))
    torch.testing.assert_close(half.image[inner], full.image[inner], atol=1e-5, rtol=0)
    torch.testing.assert_close(half.image[inner], paint.roll(SHIFT, -1)[inner], atol=1e-4, rtol=0)
    assert (half.usable[inner] - full.usable[inner]).abs().mean() < 0.05
    assert half.usable[..., :SHIFT].max() == 0  # what came into view, to the pixel
    for one in (half.usable, half.trust, half.static):
        assert one.shape == full.usable.shape


def test_what_stands_still_keeps_its_value_to_the_bit() -> None:
    frame, paint = texture(3, 48, 65), texture(4, 48, 65)
    nothing = torch.zeros(1, 2, 48, 65)
    found = coarse_pull(Pair(nothing, nothing), frame, frame, paint, SETTINGS)
    assert bool((found.static == 1).all())
    assert torch.equal(found.image, paint)


@pytest.mark.parametrize("size", [(6, 8), (7, 8), (6, 9), (7, 9)])
def test_half_the_size_is_means_of_squares_as_pooling_has_them(size: tuple[int, int]) -> None:
    picture = texture(5, *size)
    pooled = F.avg_pool2d(picture, 2, ceil_mode=True, count_include_pad=False)
    torch.testing.assert_close(_half(picture), pooled)


def test_a_change_of_light_is_followed() -> None:
    """Half the light: paint gets darker by the same share as with full masks."""
    frame, paint = texture(3, 48, 64), texture(4, 48, 64)
    nothing = torch.zeros(1, 2, 48, 64)
    full = pull(Pair(nothing, nothing), 0.5 * frame, frame, paint, SETTINGS)
    half = coarse_pull(Pair(nothing, nothing), 0.5 * frame, frame, paint, SETTINGS)
    assert full.image.mean() < 0.75 * paint.mean()
    assert (half.image - full.image).abs().mean() < 0.01


def test_only_quick_paint_gets_quick_masks() -> None:
    quick = SETTINGS.changed(flow_quality="quick")
    assert bringing(SETTINGS) is bringing(quick) is pull
    assert bringing(quick.changed(engine="network")) is coarse_pull
    assert bringing(quick.changed(engine="network", refine=2)) is pull
