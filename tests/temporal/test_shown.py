"""What a neighbour shows of a frame, on a flat scene whose motion is known."""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.flow.pairs import Pair
from flowstyle.settings import Settings
from flowstyle.temporal.shown import what_is_shown


def crossing(left: int) -> Tensor:
    """A textured square before a flat ground that a still post holds."""
    frame = torch.full((1, 3, 64, 96), 0.6)
    generator = torch.Generator().manual_seed(0)
    frame[..., 20:44, left : left + 24] = torch.rand(1, 3, 24, 24, generator=generator)
    frame[..., 50:60, 80:90] = torch.rand(1, 3, 10, 10, generator=generator)
    return frame


def test_ground_that_stands_still_does_not_move_into_what_a_thing_uncovers() -> None:
    """The flow behind the square goes on with it, out of ground of the same colour that stayed."""
    source, target = crossing(30), crossing(38)
    to_source, to_target = torch.zeros(1, 2, 64, 96), torch.zeros(1, 2, 64, 96)
    to_source[:, 0, 14:50, 16:68], to_target[:, 0, 14:50, 16:68] = -8, 8
    shown = what_is_shown(
        Pair(to_source, to_target), target, source, Settings.from_preset("default")
    )
    uncovered = (..., slice(22, 42), slice(31, 37))
    assert float(shown.static[uncovered].max()) == 0
    assert float(shown.static[..., 20:44, 4:14].min()) == 1
    assert float(shown.usable[uncovered].max()) == 0
    assert float(shown.trust[uncovered].max()) == 0
    assert float(shown.usable[..., 26:38, 44:56].min()) > 0.9  # the square brings its own paint
