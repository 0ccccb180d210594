"""The term that keeps light and dark in their places, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.training.loss import light_and_dark

FRAME = (
    torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    .repeat_interleave(16, -1)
    .repeat_interleave(16, -2)
)


def test_it_is_one_less_the_correlation_of_the_cells() -> None:
    other = torch.rand(FRAME.shape, generator=torch.Generator().manual_seed(1))
    painted = 0.5 * FRAME.flip(-1) + 0.5 * other
    cells = [
        image.mean(1)[0].double().numpy().reshape(16, 8, 16, 8).mean((1, 3)).ravel()
        for image in (FRAME, painted)
    ]
    expected = 1 - np.corrcoef(cells)[0, 1]
    assert float(light_and_dark(FRAME, painted)) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("painted", "value"),
    [(FRAME, 0), (0.3 + 0.4 * FRAME, 0), (1 - FRAME, 2)],
)
def test_a_style_may_be_pale_or_bright_but_no_negative(painted: torch.Tensor, value: float) -> None:
    assert float(light_and_dark(FRAME, painted)) == pytest.approx(value, abs=0.1)


def test_an_even_frame_may_be_painted_as_one_likes() -> None:
    even = torch.full((1, 3, 64, 64), 0.5)
    assert float(light_and_dark(even, FRAME[..., :64, :64])) < 1
