"""Crops of a clip's own frames, with the flow that a render has between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowstyle.flow.warp import in_frame
from flowstyle.training.motion import Step


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Two frames of a clip, one after the other.

    Args:
        before: 1×3×H×W, [0, 1].
        frame: 1×3×H×W, the one that follows.
        flow: 1×2×H×W in pixels, on the pixels of ``frame``, pointing into ``before``.
        mask: 1×1×H×W in [0, 1], where the flow is to be trusted.
    """

    before: Tensor
    frame: Tensor
    flow: Tensor
    mask: Tensor


def crops_of(
    neighbours: Sequence[Neighbours], count: int, side: int, random: torch.Generator
) -> list[Step]:
    """Crops of ``count`` pairs, as a clip of two frames.

    What moves into a crop from outside is not trusted: in training nothing is known of it.

    Args:
        neighbours: to choose from; frames smaller than ``side`` give smaller crops.
        count: of the crops.
        side: in pixels.
        random: decides the choice.

    Returns:
        Two steps of ``count`` frames; flow and mask of the first are zeros.
    """
    pairs = [
        neighbours[int(torch.randint(len(neighbours), (1,), generator=random))]
        for _ in range(count)
    ]
    side = min(side, *(length for one in pairs for length in one.frame.shape[-2:]))
    cut = [_cut(one, side, random) for one in pairs]
    before, frame, flow, mask = (torch.cat(parts) for parts in zip(*cut, strict=True))
    first = Step(before, torch.zeros_like(flow), torch.zeros_like(mask))
    return [first, Step(frame, flow, mask * in_frame(flow))]


def _cut(
    one: Neighbours, side: int, random: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    y, x = (
        int(torch.randint(length - side + 1, (1,), generator=random))
        for length in one.frame.shape[-2:]
    )
    before, frame, flow, mask = (
        part[..., y : y + side, x : x + side]
        for part in (one.before, one.frame, one.flow, one.mask)
    )
    return before, frame, flow, mask
