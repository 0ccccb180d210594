import itertools

import torch
from torch import Tensor

from flowstyle.flow.pairs import Pair
from flowstyle.settings import load_settings
from flowstyle.temporal.held_colours import (
    CALM,
    expected_change,
    hold_colors,
    mean_colour,
    return_to,
)
from flowstyle.temporal.pulls import pull


def row(image: Tensor) -> list[float]:
    return [round(float(value), 4) for value in image[0, 0, 0]]


def test_colours_are_held_where_the_neighbour_is_trusted():
    warped = torch.full((1, 3, 1, 3), 0.5)
    trust = torch.tensor([1.0, 1.0, 0.0]).view(1, 1, 1, 3)
    brighter = torch.tensor([0.51, 0.55, 0.9]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
    # Mean of the change over the trusted pixels: (0.01 + 0.05) / 2 = 0.03.
    nothing = torch.zeros(1, 3, 1, 1)
    assert row(hold_colors(brighter, warped, trust, nothing)) == [0.48, 0.52, 0.9]
    # The source became brighter by 0.03 itself: nothing to take out.
    assert row(hold_colors(brighter, warped, trust, nothing + 0.03)) == [0.51, 0.55, 0.9]


def test_a_small_push_in_every_frame_does_not_add_up():
    image = torch.full((1, 3, 4, 4), 0.5)
    expected, still = mean_colour(image), torch.zeros(1, 3, 1, 1)
    everywhere = torch.ones(1, 1, 4, 4)
    for _ in range(200):
        image = return_to(image + 0.0005, expected, still, everywhere)
    # Without it 0.1. In balance the push is a tenth of the distance: 0.0005 · 0.9 / 0.1.
    assert torch.allclose(image, torch.full_like(image, 0.5 + 0.0045), atol=1e-4)


def test_other_content_may_have_another_colour():
    image, expected = torch.full((1, 3, 4, 4), 0.8), torch.full((1, 3, 1, 1), 0.4)
    free = torch.ones(1, 1, 4, 4)
    moved = torch.full((1, 3, 1, 1), 48 / 255)
    # 48/255 is four times OTHER_SCENE: 2^-16 of a tenth.
    assert torch.allclose(return_to(image, expected, moved, free), image, atol=1e-5)
    assert return_to(image, expected, moved / 4, free).mean() < 0.79
    # What stands still keeps its value.
    assert torch.equal(return_to(image, expected, moved / 4, 0 * free), image)


def test_colours_follow_a_light_that_changes_fast_and_return_after_a_slow_fade():
    generator = torch.Generator().manual_seed(6)
    scene = 0.2 + 0.6 * torch.rand(1, 3, 24, 24, generator=generator)
    paint = 0.2 * torch.rand(1, 3, 24, 24, generator=generator)
    flow = torch.zeros(1, 2, 24, 24)
    pair, settings = Pair(flow, flow), load_settings({"lock_static": False})
    fast = pull(pair, 0.9 * scene, scene, paint, settings)  # the paint is brought to the new light
    assert float(fast.image.mean()) < 0.95 * float(paint.mean())
    assert float(fast.change.abs().max()) < 2 / 255  # where it is held
    own = mean_colour(0.9 * scene), mean_colour(scene)
    free = expected_change(0.9 * scene, scene, paint, torch.ones(1, 1, 24, 24))
    assert free is None
    assert float((own[0] - own[1]).abs().max()) > CALM
    mean = float(paint.mean())
    light = [1 - 0.01 * i for i in range(50)] + [0.5 + 0.01 * i for i in range(51)]
    for before, now in itertools.pairwise(light):
        one = pull(pair, now * scene, before * scene, paint, settings)
        assert one.change is not None
        paint = hold_colors(paint, one.image, one.trust, one.change)
    assert abs(float(paint.mean()) - mean) < 0.02
