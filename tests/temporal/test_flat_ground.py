"""Flat areas that look the same whether they move or not; scenes whose motion is known."""

from __future__ import annotations

import numpy as np
import pytest

from flowstyle.temporal.flat_ground import stands_still

SIZE = (60, 90)


def scene(
    still: list[tuple[int, int]], moving: list[tuple[int, int]], shift: int
) -> tuple[np.ndarray, ...]:
    """Squares of 8×8 pixels before a flat ground, some of which have moved to the right.

    Args:
        still: (row, column) of those that stand.
        moving: of those that move, where they were.
        shift: how far they have moved.

    Returns:
        The ground H×W, the flow into the earlier frame 2×H×W, what stands and what changes, H×W.
    """
    stands, was, now = (np.zeros(SIZE, bool) for _ in range(3))
    for row, column in still:
        stands[row : row + 8, column : column + 8] = True
    for row, column in moving:
        was[row : row + 8, column : column + 8] = True
        now[row : row + 8, column + shift : column + shift + 8] = True
    flow = np.zeros((2, *SIZE), np.float32)
    flow[0] = -shift  # an estimate follows what it can see
    return ~stands & ~was & ~now, flow, stands, was ^ now


LETTERS = [(row, column) for row in range(4, 50, 14) for column in range(4, 70, 14)]


@pytest.mark.parametrize("shift", [1, 4])
@pytest.mark.parametrize(
    ("still", "moving", "stands"),
    [
        ([(20, 60)], [(20, 10)], True),
        ([(4, 4), (18, 4)], LETTERS[2:], True),
        ([], [(20, 30)], True),
        ([], LETTERS, False),
    ],
    ids=["a house holds it", "two still letters hold a page", "alone", "a page"],
)
def test_what_holds_a_ground(still, moving, stands, shift):
    assert stands_still(*scene(still, moving, shift)) == stands


def test_an_area_that_moves_before_still_texture_moves():
    """Its upper and lower rim touch what stands, but it never lay there."""
    area, was = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    area[10:40, 24:70] = was[10:40, 20:66] = True
    flow = np.zeros((2, *SIZE), np.float32)
    flow[0] = -4
    assert not stands_still(area, flow, ~(area | was), area ^ was)


def test_a_shift_out_of_the_frame_is_nothing_s_doing():
    area = np.ones(SIZE, bool)
    flow = np.full((2, *SIZE), 1000, np.float32)
    assert stands_still(area, flow, ~area, ~area)


def test_what_a_codec_leaves_where_it_was_holds_nothing():
    """A camera that creeps by half a pixel: a tenth of the structure is equal to the bit."""
    area, flow, still, changes = scene(LETTERS[:2], LETTERS[2:], 1)
    assert stands_still(area, flow, still, changes)
    assert not stands_still(area, 0.6 * flow, still, changes)
