"""The pictures of the least stable frames: what is bright lies where the painted frame has it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from flowstyle.report.html.film import Moment, shape_of
from flowstyle.report.html.worst import compared

PAN = 8
"""Pixels by which the picture moves to the right from one frame to the next."""


def judge(target: Tensor, source: Tensor, frames: tuple[int, int] | None = None) -> Tensor:
    """The pan itself, as a vector on the target's pixels into the source."""
    flow = torch.zeros_like(target[:, :2])
    flow[:, 0] = PAN if frames == (0, 1) else -PAN
    return flow


def test_all_pictures_stand_on_the_pixels_of_the_frame_that_is_named() -> None:
    wide = np.random.default_rng(3).integers(60, 66, (48, 96 + PAN, 3), np.uint8)
    before, now = wide[:, PAN:], wide[:, :-PAN]
    painted = now.copy()
    painted[20:28, 40:48] = 250  # paint that did not come along
    pictures = compared(Moment(before, before), Moment(now, painted), judge, shape_of((96, 48)))
    assert (pictures["painted"][20:28, 40:48] == 250).all()
    rows, columns = np.nonzero(pictures["error"].sum(axis=2) > 300)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 27, 40, 47)
    assert pictures["source_error"][:, PAN:].sum(axis=2).max() < 60
