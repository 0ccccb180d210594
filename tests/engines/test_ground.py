"""Where there is no paint, a later frame begins with its content in the colours of the paint."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.engines.optimised.ground import begun, recoloured
from flowstyle.temporal.pulls import Start
from tests.helpers.media import picture

SIZE = (96, 64)
TURN = torch.tensor([[0.1, 0.2, 0.5], [0.3, 0.1, 0.2], [0.2, 0.6, 0.0]])
OFFSET = torch.tensor([0.1, 0.05, 0.15])


@pytest.fixture
def content() -> torch.Tensor:
    pixels = picture(0, SIZE).astype(np.float32) / 255
    return torch.from_numpy(pixels).movedim(-1, 0)[None].contiguous()


def painted(content: torch.Tensor) -> torch.Tensor:
    """In other colours, by one affine map for all of the picture."""
    return torch.einsum("ij,njhw->nihw", TURN, content) + OFFSET[:, None, None]


def hole(content: torch.Tensor) -> torch.Tensor:
    found = torch.zeros_like(content[:, :1])
    found[..., 20:44, 30:50] = 1
    return found


def test_the_map_of_colours_that_the_paint_has_is_found(content: torch.Tensor) -> None:
    paint, hidden = painted(content), hole(content)
    found = recoloured(content, paint * (1 - hidden), 1 - hidden)
    error, was = (float((hidden * (one - paint)).abs().mean()) for one in (found, content))
    assert error < 0.15 * was


def test_it_is_that_of_the_places_around(content: torch.Tensor) -> None:
    """Left and right halves are painted differently; holes in each get the colours of theirs."""
    paint = painted(content)
    half = content.shape[-1] // 2
    paint[..., half:] = 1 - content[..., half:]
    hidden = torch.zeros_like(content[:, :1])
    hidden[..., 28:36, 8:16] = hidden[..., 28:36, -16:-8] = 1
    found = begun(Start(paint * (1 - hidden), hidden), content)
    for columns in (slice(8, 16), slice(-16, -8)):
        error, was = (
            float((one - paint)[..., 28:36, columns].abs().mean()) for one in (found, content)
        )
        assert error < 0.4 * was


def test_paint_stays_as_it_is_and_without_any_so_does_the_content(content: torch.Tensor) -> None:
    paint, hidden = painted(content), hole(content)
    found = begun(Start(paint * (1 - hidden), hidden), content)
    assert torch.equal(found * (1 - hidden), paint * (1 - hidden))
    assert torch.equal(begun(Start(paint), content), paint)
    nothing = Start(torch.zeros_like(content), torch.ones_like(hidden))
    assert torch.equal(begun(nothing, content), content)


def test_what_appears_over_an_even_ground_stays_visible() -> None:
    content = torch.full((1, 3, 64, 96), 0.1)
    content[..., 28:36, 40:60] = 0.9  # a title
    blue = torch.tensor([0.05, 0.1, 0.5])[:, None, None].expand(1, 3, 64, 96)
    hidden = torch.zeros(1, 1, 64, 96)
    hidden[..., 20:44, 30:70] = 1
    found = begun(Start(blue * (1 - hidden), hidden), content)
    title, around = found[..., 30:34, 45:55].mean((-2, -1)), found[..., 21:24, 32:38].mean((-2, -1))
    assert float((title - around).min()) > 0.4
    assert float((around - blue[..., 0, 0]).abs().max()) < 0.05


def test_hardly_any_paint_decides_nothing(content: torch.Tensor) -> None:
    known = torch.full_like(content[:, :1], 1e-7)
    found = recoloured(content, (1 - content) * known, known)
    assert float((found - content).abs().max()) < 0.01


@pytest.mark.parametrize("size", [(16, 16), (17, 40), (400, 30)])
def test_any_size(size: tuple[int, int]) -> None:
    content = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(3))
    hidden = torch.zeros(1, 1, *size)
    hidden[..., :5, :7] = 0.5
    found = begun(Start(content.flip(1) * (1 - hidden), hidden), content)
    assert found.shape == content.shape
    assert float(found.min()) >= 0
    assert float(found.max()) <= 1
