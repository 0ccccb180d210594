"""Fine energy: known of dots, none of shades; sought where the source is flat, at every size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.flow.protocol import DirectMethod
from flowstyle.metrics.clip import ClipMeter
from flowstyle.metrics.evaluation import evaluate_frames
from flowstyle.metrics.grid import fine_energy, flat_areas, flat_energy
from flowstyle.metrics.summary import lines


def dots(height: int, width: int, depth: float) -> Tensor:
    """A chessboard of 0.5 ± depth, the finest dots there are."""
    y, x = np.mgrid[:height, :width]
    board = 0.5 + depth * (-1.0) ** (x + y)
    return torch.from_numpy(np.stack([board] * 3)).float()[None]


def half_textured(width: int) -> Tensor:
    """A slow shade; over the left half waves of a hundredth of the width, by 0.2 up and down."""
    height = width // 2
    y, x = np.mgrid[:height, :width] + 0.5
    waves = 0.2 * np.sin(2 * np.pi * x / (0.01 * width)) * (x < width / 2)
    plane = 0.4 + 0.2 * y / height + waves
    return torch.from_numpy(np.stack([plane] * 3)).float()[None]


def test_fine_energy_of_a_chessboard_is_what_the_blur_takes_of_it() -> None:
    steps = np.arange(-4, 5)
    kernel = np.exp(-0.5 * (steps / 1.2) ** 2)
    passed = float((kernel / kernel.sum() * (-1.0) ** steps).sum()) ** 2  # in x and in y
    assert passed < 0.01
    inner = torch.zeros(1, 1, 40, 40)
    inner[..., 5:-5, 5:-5] = 1  # borders are mirrored, and a chessboard does not go on there
    found = fine_energy(dots(40, 40, 0.1), inner)
    assert found == pytest.approx(0.1 * (1 - passed), rel=1e-4)


def test_fine_energy_is_that_of_opencv() -> None:
    image = np.random.default_rng(0).random((37, 53, 3), np.float32)
    blurred = cv2.GaussianBlur(image, (9, 9), 1.2, borderType=cv2.BORDER_REFLECT)
    expected = float(np.abs(image - blurred).mean())
    assert fine_energy(torch.from_numpy(image.transpose(2, 0, 1))[None]) == pytest.approx(
        expected, rel=1e-4
    )


def test_shades_have_none_and_an_empty_mask_has_no_value() -> None:
    shade = torch.linspace(0, 1, 64).expand(1, 3, 48, 64)
    inner = torch.zeros(1, 1, 48, 64)
    inner[..., 5:-5] = 1
    assert fine_energy(shade, inner) == pytest.approx(0, abs=1e-6)
    assert fine_energy(shade, torch.zeros(1, 1, 48, 64)) is None


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_one_picture_has_the_same_flat_areas_at_every_size(width: int) -> None:
    flat = flat_areas(half_textured(width))[0, 0]
    assert float(flat[:, : width // 2].max()) == 0  # no wave is flat
    far = width // 2 + round(0.03 * width)
    assert float(flat[:, far:].min()) == 1  # and the shade is, some windows from the border
    assert float(flat.mean()) == pytest.approx(0.48, abs=0.01)


def test_faint_noise_leaves_a_wall_flat() -> None:
    wall = torch.full((1, 3, 120, 160), 0.5)
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(wall.shape, generator=rng)
    assert float(flat_areas(wall + noise / 255).mean()) == 1
    assert float(flat_areas(wall + 20 * noise / 255).mean()) == 0


def test_dots_are_found_in_the_flat_half_and_strokes_on_the_texture_are_not_counted() -> None:
    source = half_textured(320)
    left = (torch.arange(320) < 160).float()
    clean = source + left * (dots(160, 320, 0.1) - 0.5)
    dotted = source + (1 - left) * (dots(160, 320, 0.1) - 0.5)
    assert flat_energy(source, clean)[0] == pytest.approx(flat_energy(source, source)[0])
    found, own = flat_energy(source, dotted)
    assert own == pytest.approx(0, abs=1e-3)
    assert found == pytest.approx(0.1, rel=0.02)


def test_too_little_that_is_flat_gives_no_figure() -> None:
    source = torch.rand(1, 3, 160, 320, generator=torch.Generator().manual_seed(0))
    assert flat_energy(source, source) == (None, None)
    source[..., :40] = 0.5  # 40 columns less the widened border: 10 % of the frame
    assert flat_energy(source, source)[1] == pytest.approx(0, abs=1e-6)
    source[..., 12:] = torch.rand(1, 3, 160, 308, generator=torch.Generator().manual_seed(1))
    assert flat_energy(source, source) == (None, None)  # under 2 %


class Still(DirectMethod):
    """No motion."""

    name = "still"

    def __call__(self, target, source, frames=None, start=None) -> Tensor:
        return torch.zeros_like(target[:, :2])


def test_a_clip_has_the_mean_of_its_frames_and_a_verdict_beside_the_style() -> None:
    source = half_textured(320)
    meter = ClipMeter(Still(), style_fine=0.12)
    depths = (0.1, 0.06)
    for depth in depths:
        meter.push(source, source + dots(160, 320, depth) - 0.5)
    found = meter.finish()
    each = [flat_energy(source, source + dots(160, 320, depth) - 0.5)[0] for depth in depths]
    assert found.fine_flat is not None
    assert found.fine_flat.value == pytest.approx(np.mean(each))
    assert found.fine_flat.value == pytest.approx(0.08, rel=0.03)
    assert found.fine.value > found.fine.source > found.fine_flat.source
    assert found.as_dict()["fine_style"] == 0.12
    line = next(line for line in lines(found) if line.metric == "fine energy ×255, flat areas")
    assert line.value == f"{255 * found.fine_flat.value:.1f}"
    assert line.meaning == "dotted (style 30.6)"


def test_the_style_is_measured_at_the_size_it_is_painted_in() -> None:
    frame = np.full((64, 64, 3), 128, np.uint8)
    style = dots(128, 128, 0.2)
    whole, small = (
        evaluate_frames([(frame, frame)], style=style, style_scale=scale, judge=Still())
        for scale in (2, 0.5)
    )
    assert whole.fine_style == pytest.approx(0.2, rel=0.05)  # its own size
    assert small.fine_style == pytest.approx(0, abs=1e-3)  # the dots are gone
    assert evaluate_frames([(frame, frame)], judge=Still()).fine_style is None
