"""Newly shown areas: when they are painted, at which sizes, how long."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.engines.optimised.disocclusion import WORTH_FILLING, paint_disocclusions
from flowstyle.settings import load_settings


class Painter:
    """Lightens what it is given, and remembers sizes and iterations."""

    def __init__(self) -> None:
        self.calls: list[tuple[tuple[int, int], int]] = []

    def __call__(self, start: Tensor, photo: Tensor, iterations: int) -> Tensor:
        assert start.shape == photo.shape
        self.calls.append(((start.shape[-2], start.shape[-1]), iterations))
        return start + 0.1


def test_a_quarter_then_a_half_of_the_size_and_the_contents_detail_stays() -> None:
    painter, content = Painter(), 0.5 * torch.rand(1, 3, 64, 100)
    painted = paint_disocclusions(painter, content, 0.1, load_settings({"fill_iterations": 20}))
    assert painter.calls == [((16, 25), 40), ((32, 50), 10)]
    assert torch.allclose(painted, content + 0.2, atol=0.02)  # both sizes lightened it


@pytest.mark.parametrize(
    ("share", "settings"), [(WORTH_FILLING / 2, {}), (0.5, {"fill_iterations": 0})]
)
def test_nothing_is_painted_where_all_is_known_or_nobody_wants_it(
    share: float, settings: dict[str, int]
) -> None:
    painter, content = Painter(), torch.rand(1, 3, 64, 100)
    assert paint_disocclusions(painter, content, share, load_settings(settings)) is content
    assert painter.calls == []
