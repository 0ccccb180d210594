import torch

from flowstyle.flow.estimate import both_ways
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import Pair
from flowstyle.flow.warp import warp
from flowstyle.settings import load_settings
from flowstyle.temporal.pulls import (
    Pull,
    blend,
    closest_first,
    filled,
    open_area,
    pull,
)
from scripts.common.motion import motion_clip


def a_pull(
    value: float,
    trust: list[float],
    static: list[float] | None = None,
    usable: list[float] | None = None,
) -> Pull:
    """One row of pixels of a single grey value; usable as a start where it can be trusted."""
    mask = torch.tensor(trust).view(1, 1, 1, -1)
    still = torch.zeros_like(mask) if static is None else torch.tensor(static).view_as(mask)
    start = mask if usable is None else torch.tensor(usable).view_as(mask)
    return Pull(torch.full((1, 3, 1, len(trust)), value), mask, start, still, 1.0)


def row(image: torch.Tensor) -> list[float]:
    return [round(v, 4) for v in image[0, 0, 0].tolist()]


def test_closest_first_gives_each_pixel_to_the_nearest_frame_that_is_trusted():
    # Hand values of Ruder's equation 9: c(1), max(c(10) - c(1), 0), max(c(20) - c(1) - c(10), 0).
    near, middle, far = closest_first(
        [a_pull(0, [1, 0, 0.25]), a_pull(0, [1, 1, 0.75]), a_pull(0, [1, 1, 1])]
    )
    assert row(near.trust) == [1, 0, 0.25]
    assert row(middle.trust) == [0, 1, 0.5]
    assert row(far.trust) == [0, 0, 0]


def test_fill_takes_the_first_pull_then_the_next_then_the_rest():
    pulls = [a_pull(0.2, [1, 0, 0.5]), a_pull(0.6, [1, 1, 0.5])]
    start = filled(pulls).over(torch.ones(1, 3, 1, 3))
    assert row(start) == [0.2, 0.6, round(0.5 * 0.2 + 0.25 * 0.6 + 0.25, 4)]


def test_a_start_is_taken_where_it_is_usable_not_only_where_it_is_trusted():
    pulls = [a_pull(0.2, [1, 0, 0], usable=[1, 1, 0]), a_pull(0.6, [0, 0, 0], usable=[1, 0, 0.5])]
    assert row(filled(pulls).over(torch.ones(1, 3, 1, 3))) == [0.2, 0.2, 0.8]
    assert open_area(pulls).flatten().tolist() == [0, 0, 0.5]


def test_a_motion_boundary_is_not_trusted_but_serves_as_a_start():
    scene = 0.2 + 0.5 * torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(6))
    flow = torch.zeros(1, 2, 32, 48)
    flow[:, 0, :, 24:] = 2.0  # the right half comes from two pixels to the right
    target = warp(scene, flow)
    one = pull(Pair(flow, -flow), target, scene, scene, load_settings({"lock_static": False}))
    assert one.trust[0, 0, 16, 24] < 0.5
    assert one.usable[0, 0, 16, 24] > 0.9
    assert (one.usable >= one.trust).all()
    other = pull(Pair(flow, -flow), target + 0.5, scene, scene, load_settings({}))
    assert other.usable.mean() < 0.1  # nothing looks alike: nothing to start from


def test_smooth_motion_that_fails_the_check_serves_as_a_start_if_the_colours_agree():
    scene = 0.2 + 0.5 * torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(7))
    flow = torch.full((1, 2, 32, 48), 2.0)
    target = warp(scene, flow)
    pair = Pair(flow, torch.zeros_like(flow))  # the way back is lost
    one = pull(pair, target, scene, scene, load_settings({}))
    inner = (..., slice(8, -8), slice(8, -8))
    assert one.trust[inner].max() < 0.01
    assert one.usable[inner].min() > 0.99


def test_little_of_what_was_hidden_serves_as_a_start():
    clip = motion_clip(320, 180, 3)
    target, source = (
        torch.from_numpy(clip.frame(t).transpose(2, 0, 1)[None].astype("float32") / 255)
        for t in (2, 1)
    )
    pair = Pair(*both_ways(DisFlow(), target, source))
    one = pull(pair, target, source, source, load_settings({}))
    off_frame = clip.off_frame(2, 1)
    hidden = torch.from_numpy(clip.occluded(2, 1) & ~off_frame)[None, None]
    visible = torch.from_numpy(~clip.occluded(2, 1) & ~off_frame)[None, None]
    assert one.usable[hidden].mean() < 0.3
    assert one.usable[visible].mean() > 0.98


def test_blend_is_ruders_equation_11():
    mixed = blend(torch.full((1, 3, 1, 2), 0.2), [a_pull(0.8, [1, 0.5])], 1.0)
    assert row(mixed) == [0.5, round((0.2 + 0.5 * 0.8) / 1.5, 4)]


def test_a_still_scene_is_pulled_to_exactly_its_neighbour():
    generator = torch.Generator().manual_seed(2)
    scene, result = torch.rand(2, 1, 3, 32, 48, generator=generator)
    drift = torch.full((1, 2, 32, 48), 0.1)  # an estimator is never quite zero
    one = pull(Pair(drift, -drift), scene, scene, result, load_settings({}))
    assert torch.equal(one.image, result)
    assert one.trust.min() == 1


def test_the_sources_own_change_of_light_is_measured():
    generator = torch.Generator().manual_seed(4)
    scene = 0.2 + 0.5 * torch.rand(1, 3, 32, 48, generator=generator)
    flow = torch.zeros(1, 2, 32, 48)
    one = pull(Pair(flow, flow), scene + 0.005, scene, scene, load_settings({}))
    assert one.change is not None
    assert torch.allclose(one.change, torch.full((1, 3, 1, 1), 0.005), atol=1e-4)
