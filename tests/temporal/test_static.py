"""Pixels that stand still: found through noise, kept to the last bit, painted around."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from flowstyle.core.events import Stage
from flowstyle.engines.optimised.static import around_static_pixels
from flowstyle.features.compact import load_compact
from flowstyle.optimize.adam import minimise
from flowstyle.settings import load_settings
from flowstyle.temporal.pulls import Pull, Start
from flowstyle.temporal.static import with_static_pixels
from flowstyle.temporal.task import FrameTask
from tests.helpers.painting import painter, texture
from tests.helpers.stillness import standing_still

HALF = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 1, 4)


def test_static_mask_sees_through_noise_but_not_through_a_slow_change():
    generator = torch.Generator().manual_seed(1)
    scene = torch.rand(1, 3, 40, 40, generator=generator)
    still = torch.zeros(1, 2, 40, 40)
    noisy = scene + (torch.rand(scene.shape, generator=generator) - 0.5) * (3 / 255)
    assert standing_still(scene, noisy, scene, still).mean() > 0.99
    assert standing_still(scene, scene + 2 / 255, scene, still).max() == 0
    changed = noisy.clone()
    changed[..., 20, 20] += 0.2
    mask = standing_still(scene, changed, changed, still)
    assert mask[..., 18:23, 18:23].max() == 0
    untouched = torch.ones_like(mask)
    untouched[..., 20, 20] = 0
    alone = torch.where(untouched > 0, scene, changed)  # without noise the pixel itself tells
    assert torch.equal(standing_still(scene, alone, alone, still), untouched)
    assert mask[..., :12, :].min() == 1
    assert standing_still(scene, noisy, scene, still + 1).max() == 0
    assert standing_still(scene, scene, scene, still + 1).min() == 1  # texture would have changed


@pytest.mark.parametrize(
    ("side", "levels", "held"),
    [(6, 1.5, True), (6, 3.0, False), (24, 1.5, False), (1, 40.0, False)],
)
def test_a_speck_of_a_codec_is_noise_and_a_small_thing_is_not(
    side: int, levels: float, held: bool
) -> None:
    scene = texture(1, 64, 64) * 0.8
    changed = scene.clone()
    changed[..., 20 : 20 + side, 20 : 20 + side] += levels / 255
    mask = standing_still(scene, changed, changed, torch.zeros(1, 2, 64, 64))
    assert (mask[..., 20 : 20 + side, 20 : 20 + side].min() == 1) == held
    assert mask[..., :12, :12].min() == 1


def test_an_anchor_shows_a_fade_that_is_too_slow_for_neighbours():
    generator = torch.Generator().manual_seed(5)
    scene = 0.3 + 0.3 * torch.rand(1, 3, 32, 32, generator=generator)
    still = torch.zeros(1, 2, 32, 32)
    frames = [scene * (1 - 0.003 * i) for i in range(9)]
    assert standing_still(frames[8], frames[7], frames[7], still).mean() == 1
    assert standing_still(frames[8], frames[7], frames[0], still).mean() < 0.1


def moving_square(ground: Tensor, square: Tensor) -> tuple[list[Tensor], Tensor]:
    """A square that moves by 4 pixels over a ground in three frames, and 1×1×H×W, where it was."""
    frames, touched = [], torch.zeros(1, 1, *ground.shape[-2:])
    for left in (16, 20, 24):
        frame = ground.clone()
        frame[..., 16:40, left : left + 32] = square
        touched[..., 16:40, left : left + 32] = 1
        frames.append(frame)
    return frames, touched


def colour(red: float, green: float, blue: float) -> Tensor:
    return torch.tensor([red, green, blue]).view(1, 3, 1, 1)


@pytest.mark.parametrize(
    ("ground", "square"),
    [
        (texture(1, 56, 80), texture(2, 24, 32)),
        (texture(1, 56, 80), colour(0.8, 0.2, 0.3)),
        (colour(0.4, 0.5, 0.6).expand(1, 3, 56, 80), texture(2, 24, 32)),
        (colour(0.4, 0.5, 0.6).expand(1, 3, 56, 80), colour(0.8, 0.2, 0.3)),
    ],
    ids=["textured", "flat before texture", "texture before flat", "flat before flat"],
)
@pytest.mark.parametrize("bleeds", [0, 9])
def test_what_does_not_change_by_a_bit_stands_still_up_to_what_moves(ground, square, bleeds):
    """The flow is the square's own, some pixels beyond its borders too; its flat inside moves."""
    (earlier, source, target), touched = moving_square(ground, square)
    flow = torch.zeros(1, 2, 56, 80)
    flow[:, 0, 16 - bleeds : 40 + bleeds, 24 - bleeds : 56 + bleeds] = -4
    still = standing_still(target, source, earlier, flow)
    assert torch.equal(still, 1 - touched)


def test_a_flat_ground_stands_still_though_all_flow_follows_what_moves_before_it():
    flat = colour(0.4, 0.5, 0.6).expand(1, 3, 56, 80)
    (earlier, source, target), touched = moving_square(flat, texture(2, 24, 32))
    flow = torch.zeros(1, 2, 56, 80)
    flow[:, 0] = -4
    assert torch.equal(standing_still(target, source, earlier, flow), 1 - touched)


def test_flat_parts_of_a_scene_that_moves_as_a_whole_do_not_stand_still():
    """A wall with a plain window, before which the camera moves by 2 pixels a frame."""
    scene = texture(1, 56, 96)
    scene[..., 10:46, 24:70] = 0.5
    frames = [scene[..., shift : shift + 80] for shift in (4, 2, 0)]
    flow = torch.zeros(1, 2, 56, 80)
    flow[:, 0] = -2
    assert torch.equal(frames[2][..., 20:40, 30:60], frames[1][..., 20:40, 30:60])
    assert float(standing_still(frames[2], frames[1], frames[0], flow).max()) == 0


def test_static_pixels_keep_the_neighbours_value():
    image, neighbor = torch.full((1, 3, 1, 4), 0.9), torch.full((1, 3, 1, 4), 0.3)
    mixed = with_static_pixels(image, neighbor, HALF)
    assert torch.equal(mixed[0, 0, 0], torch.tensor([0.3, 0.3, 0.9, 0.9]))


def test_the_rest_is_painted_to_fit_what_stands_still():
    """The mean is to become 0.5: with a quarter of it standing at 0.2, the rest must reach 0.6."""
    static = torch.tensor([1.0, 0.0, 0.0, 0.0]).view(1, 1, 1, 4)
    neighbor = torch.full((1, 3, 1, 4), 0.2)

    def objective(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        total = (image.mean() - 0.5).square()
        return total, {"mean": total.detach()}

    around = around_static_pixels(objective, neighbor, static)
    start = torch.full((1, 3, 1, 4), 0.3)
    result = minimise(around, start, iterations=300, learning_rate=0.01).image
    assert torch.allclose(result[..., 1:], torch.tensor(0.6), atol=0.01)
    assert torch.allclose(result[..., 0], start[..., 0])  # no gradient reaches it


@pytest.mark.parametrize("change", [{}, {"temporal_weight": 0.0}, {"lock_static": False}])
def test_a_frame_is_optimised_around_them(change: dict[str, object]) -> None:
    """The iteration sees the neighbour's value in the static half, not the start's."""
    settings = load_settings(
        {"iterations": 1, "further_iterations": 0, "fill_content": False, **change}
    )
    inner = load_compact()
    seen: list[Tensor] = []

    class Watching:
        layers, name, digest = inner.layers, inner.name, ""

        def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
            if image.requires_grad:
                seen.append(image.detach().clone())
            return inner(image, layers)

    content = texture(1, 32, 32)
    static = torch.zeros(1, 1, 32, 32)
    static[..., :16] = 1
    image = torch.full_like(content, 0.25)
    near = Pull(image, static, static, static, weight=1.0)
    pulls = (near,) if settings.temporal_weight else ()
    task = FrameTask(1, 1, Stage.STYLISE, content, start=Start(content), pulls=pulls, near=near)
    painter(settings, network=Watching()).paint(task)
    left, right = seen[-1][..., :16], seen[-1][..., 16:]
    assert torch.equal(right, content[..., 16:])
    expected = image if settings.lock_static else content
    assert torch.equal(left, expected[..., :16])
