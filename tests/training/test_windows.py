"""Windows of frames: whole where they are small, at their own scale, decided by the seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.networks.feed_forward import FACTOR
from flowstyle.training.windows import MOST, Windows


def frame(height: int, width: int) -> np.ndarray:
    """Red counts the rows, green the columns."""
    rows, columns = np.indices((height, width))
    return np.stack([rows, columns, 0 * rows], -1).astype(np.uint8)


def test_a_small_frame_is_shown_whole_and_at_times_mirrored() -> None:
    one = frame(100, 180)
    straight = torch.from_numpy(one).permute(2, 0, 1).float() / 255
    shown = [Windows([one]).batch(1, seed, late=False)[0] for seed in range(12)]
    mirrored = [torch.equal(each, straight.flip(-1)) for each in shown]
    assert all(m or torch.equal(each, straight) for m, each in zip(mirrored, shown, strict=True))
    assert 0 < sum(mirrored) < len(mirrored)


@pytest.mark.parametrize("size", [(720, 1280), (2160, 3840), (1000, 300), (232, 413)])
def test_a_large_frame_is_shown_in_parts_of_its_proportions(size: tuple[int, int]) -> None:
    height, width = Windows([np.zeros((*size, 3), np.uint8)]).size(late=True)
    assert 0.98 * MOST < height * width <= MOST
    assert height / width == pytest.approx(size[0] / size[1], rel=0.03)
    assert height % FACTOR == width % FACTOR == 0  # else a border comes into the training


def test_parts_keep_the_scale_and_come_from_everywhere() -> None:
    large = Windows([frame(400, 600) // 3])  # below 256
    shown = large.batch(40, 3, late=True) * 255
    assert shown.shape == (40, 3, *large.size(late=False))
    tops = shown[:, 0, 0, 0]
    assert tops.min() < 15 < 35 < tops.max()
    assert torch.equal(large.batch(40, 3, late=False) * 255, shown)
    assert not torch.equal(large.batch(40, 4, late=True) * 255, shown)


def test_a_part_of_a_strip_is_high_enough_for_the_features() -> None:
    """A sixteenth of a side is what the deepest layer sees."""
    assert Windows([np.zeros((20, 9600, 3), np.uint8)]).size(late=True) == (16, 6788)
