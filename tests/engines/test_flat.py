"""Fine steps are small where the source is flat, and full where it is not."""

from __future__ import annotations

import torch

from flowstyle.engines.optimised.flat import LEAST, detail_steps


def test_a_flat_half_and_a_textured_one() -> None:
    photo = torch.full((1, 3, 60, 120), 0.7)
    photo[..., 60:] += 0.1 * (torch.arange(60) % 2)
    steps = detail_steps(photo)
    assert steps.shape == (1, 1, 60, 120)
    assert torch.all(steps[..., :50] == LEAST)
    assert torch.all(steps[..., 66:] == 1)


def test_what_is_flat_is_flat_up_to_a_border() -> None:
    """Of two flat areas of 640 pixels each, but for a line of a few pixels between them."""
    photo = torch.full((1, 3, 40, 1280), 0.2)
    photo[..., 640:] = 0.8
    steps = detail_steps(photo)
    assert torch.all(steps[..., :632] == LEAST)
    assert torch.all(steps[..., 648:] == LEAST)


def test_noise_of_a_camera_and_a_slow_shade_are_flat() -> None:
    noise = torch.randn(1, 3, 80, 80, generator=torch.Generator().manual_seed(0)) / 255
    shade = torch.linspace(0.3, 0.6, 80).expand(1, 3, 80, 80)
    assert float(detail_steps(shade + noise)[..., 8:-8].max()) < 0.5
