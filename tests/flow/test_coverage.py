"""What lands where, on motion that is known exactly."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from flowstyle.flow.coverage import coverage
from scripts.common.motion import motion_clip


@given(st.integers(-9, 9), st.integers(-9, 9))
def test_a_whole_pan_uncovers_its_borders_alone(right: int, down: int) -> None:
    flow = torch.tensor([float(right), float(down)]).reshape(1, 2, 1, 1).expand(1, 2, 8, 8)
    expected = torch.zeros(8, 8)
    rows, columns = slice(max(0, down), max(0, 8 + down)), slice(max(0, right), max(0, 8 + right))
    expected[rows, columns] = 1
    assert torch.equal(coverage(flow)[0, 0], expected)


def test_behind_an_object_nothing_lands_and_in_front_of_it_both_do() -> None:
    motion = motion_clip(192, 108, 3)
    flow = torch.from_numpy(motion.flow(0, 1))[None]  # on the pixels of frame 0, into frame 1
    landed = coverage(flow)[0, 0]
    hidden = torch.from_numpy(motion.occluded(1, 0))  # of frame 1: not to be seen in frame 0
    assert float(landed[hidden].mean()) < 0.2
    assert float(landed[~hidden].mean()) > 0.95
    assert float(landed.max()) >= 2
