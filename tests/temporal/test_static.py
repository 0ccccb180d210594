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
from flowstyle.temporal.static import static_mask, with_static_pixels
from flowstyle.temporal.task import FrameTask
from tests.helpers.painting import painter, texture

HALF = torch.tensor([1.0, 1.0, 0.0, 0.0]).view(1, 1, 1, 4)


def test_static_mask_sees_through_noise_but_not_through_a_slow_change():
    generator = torch.Generator().manual_seed(1)
    scene = torch.rand(1, 3, 40, 40, generator=generator)
    still = torch.zeros(1, 2, 40, 40)
    noisy = scene + (torch.rand(scene.shape, generator=generator) - 0.5) * (3 / 255)
    assert static_mask(scene, noisy, scene, still).mean() > 0.99
    assert static_mask(scene, scene + 2 / 255, scene, still).max() == 0
    changed = scene.clone()
    changed[..., 20, 20] += 0.2
    mask = static_mask(scene, changed, changed, still)
    assert mask[..., 18:23, 18:23].max() == 0
    assert mask[..., :12, :].min() == 1
    assert static_mask(scene, scene, scene, still + 1).max() == 0


def test_an_anchor_shows_a_fade_that_is_too_slow_for_neighbours():
    generator = torch.Generator().manual_seed(5)
    scene = 0.3 + 0.3 * torch.rand(1, 3, 32, 32, generator=generator)
    still = torch.zeros(1, 2, 32, 32)
    frames = [scene * (1 - 0.003 * i) for i in range(9)]
    assert static_mask(frames[8], frames[7], frames[7], still).mean() == 1
    assert static_mask(frames[8], frames[7], frames[0], still).mean() < 0.1


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
    settings = load_settings({"iterations": 1, "fill_content": False, **change})
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
