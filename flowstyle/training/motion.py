"""Short clips with exactly known flow, made from single pictures.

A picture is moved by a smooth random flow, and a piece of another picture moves in front of it by
its own: what a network meets in real clips (drift, zoom, turning, things that pass, areas that come
into view), without an estimator's mistakes (after ReReVST, Wang et al. 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from flowstyle.flow.warp import in_frame, pixel_grid, warp

SPEEDS = (1.0, 4.0, 12.0)
"""Deviations of the shift in pixels, one drawn for each clip: creeping, walking, panning."""
NOISE = 0.01
"""Deviation of the noise of each frame: paint must not follow it."""


@dataclass(frozen=True)
class Step:
    """A frame and how the one before lies on it.

    Args:
        frame: N×3×H×W, [0, 1].
        flow: N×2×H×W in pixels, from this frame into the one before.
        mask: N×1×H×W, 1 where what is seen was seen in the frame before.
    """

    frame: Tensor
    flow: Tensor
    mask: Tensor

    def to(self, device: torch.device) -> Step:
        """The same on another device."""
        return Step(self.frame.to(device), self.flow.to(device), self.mask.to(device))


def moving(pictures: Tensor, length: int, random: torch.Generator) -> list[Step]:
    """A clip of each picture, with a piece of the next one passing in front.

    Args:
        pictures: N×3×H×W, [0, 1].
        length: number of frames.
        random: decides the motion.

    Returns:
        ``length`` steps; flow and mask of the first are zeros.
    """
    count, _, height, width = pictures.shape
    back = _flow(count, height, width, random)
    front = _shift(count, random)[..., None, None].expand(-1, -1, height, width)
    shape = _blob(count, height, width, random)
    pieces = pictures.roll(1, 0).flip(-1)
    zeros = torch.zeros(count, 1, height, width)
    steps: list[Step] = []
    behind = pictures
    for number in range(length):
        if number:
            behind, pieces = warp(behind, back), warp(pieces, front, padding="reflection")
            shape_before, shape = shape, warp(shape, front, padding="zeros")
            covered = shape > 0.5
            flow = torch.where(covered, front, back)
            # Seen before: the piece itself, or a background that the piece did not hide.
            free = (warp(shape_before, back, padding="zeros") < 0.1).to(shape.dtype)
            mask = torch.where(covered, 1.0, free) * in_frame(flow)
        else:
            flow, mask = torch.zeros_like(back), zeros
        frame = behind + shape * (pieces - behind)
        noise = NOISE * torch.randn(frame.shape, generator=random)
        steps.append(Step((frame + noise).clamp(0, 1), flow, mask))
    return steps


def _flow(count: int, height: int, width: int, random: torch.Generator) -> Tensor:
    """Shift, zoom, turn and a smooth bending, N×2×H×W in pixels."""
    flow = _shift(count, random)[..., None, None].repeat(1, 1, height, width)
    x, y = pixel_grid(flow)
    x, y = x - width / 2, y - height / 2
    zoom, turn = 0.01 * torch.randn(2, count, 1, 1, generator=random)
    flow[:, 0] += zoom * x - turn * y
    flow[:, 1] += turn * x + zoom * y
    bend = torch.randn(count, 2, 4, 4, generator=random)
    return flow + F.interpolate(bend, (height, width), mode="bicubic", align_corners=True)


def _shift(count: int, random: torch.Generator) -> Tensor:
    """N×2 pixels."""
    speeds = torch.tensor(SPEEDS)[torch.randint(len(SPEEDS), (count,), generator=random)]
    return speeds[:, None] * torch.randn(count, 2, generator=random)


def _blob(count: int, height: int, width: int, random: torch.Generator) -> Tensor:
    """Soft shapes somewhere in the picture, N×1×H×W in [0, 1]; one in three is none."""
    wave = F.interpolate(
        torch.randn(count, 1, 5, 5, generator=random),
        (height, width),
        mode="bicubic",
        align_corners=True,
    )
    there = (torch.rand(count, 1, 1, 1, generator=random) > 1 / 3).to(wave.dtype)
    return (4 * (wave - 0.6)).clamp(0, 1) * there
