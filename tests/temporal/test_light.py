"""Light that changes is told from motion and noise, and paint follows it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.flow.pairs import Pair
from flowstyle.settings import load_settings
from flowstyle.temporal.light import change_of_light
from flowstyle.temporal.pulls import pull
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import paint, panning, texture

SCENE = 0.2 + 0.5 * texture(3, 64, 96)
EVERYWHERE = torch.ones(1, 1, 64, 96)
STILL = torch.zeros(1, 2, 64, 96)


def level(image: Tensor) -> float:
    return float(image.mean())


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.97, 1.03, 1.3])
def test_a_light_that_changes_everywhere_is_measured(factor: float) -> None:
    light = change_of_light(SCENE * factor, SCENE, EVERYWHERE)
    assert light is not None
    # Dark pictures are compared on a floor of 8/255, which draws the factor towards 1.
    assert float(light.source.mean()) == pytest.approx(factor, abs=0.05)
    assert abs(float(light.paint.mean()) - 1) < abs(float(light.source.mean()) - 1)


def test_more_change_leaves_less_of_the_paint() -> None:
    factors = (0.97, 0.9, 0.7, 0.4)
    told = [float(change_of_light(SCENE * f, SCENE, EVERYWHERE).told.mean()) for f in factors]
    assert told == sorted(told, reverse=True)
    assert told[0] > 0.7
    assert told[-1] < 0.05


def test_noise_texture_and_what_is_not_known_are_no_light() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = 0.04 * torch.randn(SCENE.shape, generator=generator)
    assert change_of_light((SCENE + noise).clamp(0, 1), SCENE, EVERYWHERE) is None
    assert change_of_light(SCENE.flip(-1).flip(-1), SCENE, EVERYWHERE) is None
    half = EVERYWHERE.clone()
    half[..., 48:] = 0
    other = torch.cat([SCENE[..., :48], 1 - SCENE[..., 48:]], -1)
    assert change_of_light(other, SCENE, half) is None


def test_a_lamp_changes_its_own_part_alone() -> None:
    lamp = SCENE.clone()
    lamp[..., :32] *= 1.5
    light = change_of_light(lamp, SCENE, EVERYWHERE)
    assert light is not None
    assert float(light.source[..., :16].mean()) > 1.3
    assert float(light.told[..., :16].mean()) < 0.3
    inner = light.source[..., 56:]
    assert float(inner.mean()) < 1.12  # the whole has become a little lighter as well


def test_a_neighbours_paint_is_brought_to_the_light() -> None:
    settings = load_settings({"lock_static": False})
    paint_ = texture(5, 64, 96)
    dimmed = pull(Pair(STILL, STILL), SCENE * 0.9, SCENE, paint_, settings)
    same = pull(Pair(STILL, STILL), SCENE, SCENE, paint_, settings)
    assert level(dimmed.image) == pytest.approx(0.91 * level(same.image), rel=0.02)
    assert 0.1 < float(dimmed.trust.mean()) < 0.9
    assert float(same.trust.mean()) == 1
    assert dimmed.change is not None  # colours are held in the new light, too


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["fade in", "dusk", "flash"])
def test_paint_has_the_level_of_the_light_whatever_it_was_before(kind: str) -> None:
    """Ten frames of a pan under changing light end as if the light had always been the last."""
    # With a palette, paint that began in other light comes from another colour: 10% darker at dusk.
    quick = {"first_iterations": 12, "iterations": 8, "fill_iterations": 6, "first_smallest": 32}
    settings = load_settings(quick | {"palette_weight": 0})
    lights = {
        "fade in": [0.0, 0.12, 0.3, 0.5, 0.7, 0.85, 1, 1, 1, 1],
        "dusk": [1 - 0.07 * i for i in range(8)] + [0.5, 0.5],
        "flash": [1, 1, 1, 1, 1.6, 1, 1, 1, 1, 1],
    }[kind]
    scene = [0.1 + 0.6 * frame for frame in panning(10)]
    changed = paint(
        MemoryFrames([f * light for f, light in zip(scene, lights, strict=True)]), settings
    )
    constant = paint(MemoryFrames([frame * lights[-1] for frame in scene]), settings)
    assert level(changed[-1]) == pytest.approx(level(constant[-1]), rel=0.07)
    assert float(changed[-1].std()) == pytest.approx(float(constant[-1].std()), rel=0.07)
