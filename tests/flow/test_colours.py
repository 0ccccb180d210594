"""The colour wheel against torchvision's drawing of the same wheel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.utils import flow_to_image

from flowstyle.flow.colours import flow_colours, radius_of, wheel


def test_wheel_equals_torchvision() -> None:
    flow = np.random.default_rng(0).normal(0, 4, (2, 30, 40)).astype(np.float32)
    radius = float(np.hypot(*flow).max())  # torchvision takes the picture's own maximum
    expected = flow_to_image(torch.from_numpy(flow)).permute(1, 2, 0).numpy()
    got = flow_colours(flow, radius * (1 + 1e-6))
    assert np.abs(got.astype(int) - expected).max() <= 2


def test_still_is_white_and_unknown_black() -> None:
    flow = np.zeros((2, 2, 3), np.float32)
    flow[0, 1, 2] = np.nan
    picture = flow_colours(flow, 1.0)
    assert picture[1, 2].tolist() == [0, 0, 0]
    assert (picture.reshape(-1, 3)[:5] == 255).all()


def test_right_is_red_and_longer_than_the_radius_is_darker() -> None:
    flow = np.zeros((2, 1, 3), np.float32)
    flow[0, 0] = (1, 2, 4)
    pale, full, beyond = flow_colours(flow, 2.0)[0].astype(int)
    # The wheel's first and last step meet at the left, so that "right" is between two steps.
    assert full[0] == 255
    assert full[1:].max() <= 5 or full.argmax() == 0
    assert pale[1:].min() > 100
    assert beyond[0] == pytest.approx(191, abs=1)


def test_one_radius_keeps_colours_over_a_shot() -> None:
    slow = np.full((2, 1, 1), 1, np.float32)
    both = np.concatenate([slow, np.full((2, 1, 1), 9, np.float32)], axis=2)
    assert (flow_colours(slow, 10.0)[0, 0] == flow_colours(both, 10.0)[0, 0]).all()


def test_radius_ignores_one_vector_in_a_hundred_and_unknown_ones() -> None:
    flow = np.ones((2, 20, 20), np.float32)
    flow[:, 0, 0], flow[:, 0, 1] = 50, np.nan
    assert radius_of(flow) == pytest.approx(2**0.5)
    assert radius_of(np.full((2, 2, 2), np.nan, np.float32)) == 0


def test_wheel_is_a_disc() -> None:
    disc = wheel(21)
    assert disc.shape == (21, 21, 3)
    assert (disc[0, 0] == 255).all()
    assert disc[10, 1].max() - disc[10, 1].min() > 150


def test_wrong_radius() -> None:
    with pytest.raises(ValueError, match="positive"):
        flow_colours(np.zeros((2, 1, 1), np.float32), 0.0)
