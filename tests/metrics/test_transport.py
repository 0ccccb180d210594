"""Ideal transport: 1 for paint carried perfectly, at any sharpness; large where it boils."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.flow.protocol import DirectMethod
from flowstyle.metrics.clip import ClipMeter

STEP = 0.5  # pixels to the right in a frame, where a bilinear warp blurs most


def view(seed: int, shift: float, cycles: float) -> Tensor:
    """A band-limited texture at an exact place: waves of at most ``cycles`` a pixel."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:48, :64].astype(np.float64)
    planes = np.zeros((3, 48, 64))
    for plane in planes:
        for _ in range(12):
            kx, ky = rng.uniform(-cycles, cycles, 2)
            plane += np.cos(2 * np.pi * (kx * (x - shift) + ky * y) + rng.uniform(0, 6.3))
    return torch.from_numpy(0.5 + 0.06 * planes).float()[None].clamp(0, 1)


class Known(DirectMethod):
    """The exact flow of the texture's shift."""

    name = "known"

    def __call__(self, target, source, frames=None, start=None) -> Tensor:
        flow = torch.zeros_like(target[:, :2])
        flow[:, 0] = STEP * (frames[1] - frames[0])
        return flow


def figures(styled: list[Tensor], source: list[Tensor]):
    meter = ClipMeter(Known())
    for one, other in zip(source, styled, strict=True):
        meter.push(one, other)
    return meter.finish()


@pytest.mark.parametrize("cycles", [0.05, 0.2, 0.35])
def test_paint_that_is_carried_perfectly_has_one_at_any_sharpness(cycles: float) -> None:
    source = [view(1, STEP * i, 0.05) for i in range(4)]
    styled = [view(2, STEP * i, cycles) for i in range(4)]
    found = figures(styled, source)
    assert found.transport is not None
    assert found.transport.value == pytest.approx(1, abs=0.25)  # borders repeat pixels
    assert found.transport.source == pytest.approx(1, abs=0.25)  # borders repeat pixels
    ratio = found.warp_error.value / found.warp_error.source
    assert (ratio > 10) == (cycles > 0.1)  # which says nothing of the transport


def test_paint_that_boils_or_stands_while_the_clip_moves_has_much_more() -> None:
    source = [view(1, STEP * i, 0.05) for i in range(4)]
    boiling = [view(3 + i, 0, 0.2) for i in range(4)]
    standing = [view(2, 0, 0.2) for i in range(4)]
    assert figures(boiling, source).transport.value > 20
    assert figures(standing, source).transport.value > 2


def test_a_clip_that_stands_has_no_such_figure() -> None:
    still = [view(1, 0, 0.05)] * 3

    class Nothing(Known):
        def __call__(self, target, source, frames=None, start=None) -> Tensor:
            return torch.zeros_like(target[:, :2])

    meter = ClipMeter(Nothing())
    for frame in still:
        meter.push(frame, frame)
    assert meter.finish().transport is None
