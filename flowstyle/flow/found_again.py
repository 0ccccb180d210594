"""Parts of a frame that have moved too far for DIS, looked for in the other frame.

DIS refines from coarse to fine, and loses what moves by more than about a twentieth of the width:
a hand, a ball, all of a picture when the camera turns fast. Where colours do not agree along its
flow, small parts of the frame are looked for all around (normalised correlation, Lewis 1995). Where
several of them near each other say the same, that is a flow to begin with again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

SMALL = 160
"""Longer side in pixels of the copies in which parts are looked for."""
PART = 8
"""Side of a part, in these pixels."""
REACH = 0.3
"""Part of the sides by which it may have moved."""
MOST = 250
"""Parts that are looked for at most; where much has moved they lie farther apart."""
UNLIKE = 0.07
"""Deviation of a part's colours from those that the flow leads to, of 1, from which on it is looked
for."""
TEXTURE = 4.0
"""Grey levels by which a part's colours must vary: what is flat is found anywhere."""
ALIKE = 0.8
"""Correlation from which on a part counts as found ..."""
CLOSER = 0.85
"""... if its colours also deviate by no more than this part of what they do along the flow."""
ALONE = 0.01
"""How much less any other place must be like it: patterns that repeat are found anywhere."""
TOGETHER = 3
"""Parts that must have moved alike, to one pixel of the copies ..."""
AROUND = 3 * PART
"""... within this distance."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Found:
    """A part of the frame and how far from there it lies in the other one, in the copies' pixels.

    ``left`` and ``top`` are of its corner, ``x`` and ``y`` the shift.
    """

    left: int
    top: int
    x: int
    y: int


def begin_again(flow: Tensor, target: Tensor, source: Tensor) -> Tensor | None:
    """A flow to begin with, with the motion of parts that were found far away.

    Args:
        flow: 1×2×H×W in pixels, target → source.
        target: 1×3×H×W, [0, 1].
        source: 1×3×H×W.

    Returns:
        1×2×H×W, ``flow`` with these parts in it; None where none was found.

    Example:
        >>> import torch
        >>> frame = torch.rand(1, 3, 48, 96, generator=torch.Generator().manual_seed(0))
        >>> frame = torch.nn.functional.interpolate(frame, scale_factor=2, mode="bicubic")
        >>> moved = frame.clamp(0, 1).roll(40, dims=-1)
        >>> begun = begin_again(torch.zeros(1, 2, 96, 192), frame.clamp(0, 1), moved)
        >>> abs(float(begun[0, 0].median()) - 40) < 2
        True
    """
    height, width = flow.shape[-2:]
    if min(height, width) < 2 * PART:
        return None
    scale = min(1.0, max(SMALL / max(height, width), 2 * PART / min(height, width)))
    size = (round(width * scale), round(height * scale))
    one, other = (_copy(image, size) for image in (target, source))
    unlikeness = _unlikeness(flow, one, other)
    kept = _alike(list(_found(one, other, unlikeness)))
    if not kept:
        return None
    begun = flow.clone()
    across, down = width / size[0], height / size[1]
    for part in kept:
        rows = slice(round(part.top * down), round((part.top + PART) * down))
        columns = slice(round(part.left * across), round((part.left + PART) * across))
        begun[0, 0, rows, columns] = part.x * across
        begun[0, 1, rows, columns] = part.y * down
    return begun


def _copy(image: Tensor, size: tuple[int, int]) -> Picture:
    """A small copy, H×W×3."""
    return np.rint(_small(image, size) * 255).clip(0, 255).astype(np.uint8)


def _small(image: Tensor, size: tuple[int, int]) -> NDArray[np.float32]:
    """A picture or flow at a smaller size (width, height), H×W×C.

    Plane by plane: OpenCV would copy the whole into the order that it wants.
    """
    planes = image[0].float().cpu().numpy()
    small = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in planes]
    return np.stack(small, -1).astype(np.float32, copy=False)


def _unlikeness(flow: Tensor, one: Picture, other: Picture) -> NDArray[np.float32]:
    """How unlike each part is what the flow leads to: see :func:`_apart`, at each part's corner."""
    rows, columns = one.shape[:2]
    small = _small(flow, (columns, rows))
    y, x = np.indices((rows, columns), dtype=np.float32)
    x = x + small[..., 0] * (columns / flow.shape[-1])
    y = y + small[..., 1] * (rows / flow.shape[-2])
    moved = cv2.remap(other, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    change = (one.astype(np.float32) - moved) / 255
    mean, square = (cv2.blur(each, (PART, PART), anchor=(0, 0)) for each in (change, change**2))
    spread = np.sqrt(np.maximum(square - mean**2, 0)).mean(2)
    return np.asarray(spread[: rows - PART + 1, : columns - PART + 1])


def _apart(part: Picture, other: Picture) -> float:
    """Deviation of the difference of two parts' colours, of 1: a flash lights both evenly."""
    change = (part.astype(np.float32) - other) / 255
    return float(change.std(axis=(0, 1)).mean())


def _found(one: Picture, other: Picture, unlikeness: NDArray[np.float32]) -> Iterator[Found]:
    """The parts that disagree along the flow and lie somewhere else."""
    unlike = unlikeness > UNLIKE
    step = max(PART // 2, math.ceil(math.sqrt(unlike.sum() / MOST)))
    grid = np.zeros_like(unlike)
    grid[::step, ::step] = True
    reach = [round(REACH * side) for side in one.shape[:2]]
    for top, left in np.argwhere(unlike & grid).tolist():
        part = one[top : top + PART, left : left + PART]
        if part.std(axis=(0, 1)).max() < TEXTURE:
            continue
        above, before = max(0, top - reach[0]), max(0, left - reach[1])
        window = other[above : top + PART + reach[0], before : left + PART + reach[1]]
        match = cv2.matchTemplate(window, part, cv2.TM_CCOEFF_NORMED)
        _, best, _, (x, y) = cv2.minMaxLoc(match)
        apart = _apart(part, window[y : y + PART, x : x + PART])
        match[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] = -1
        unlike_others = best - match.max() >= ALONE
        if best >= ALIKE and unlike_others and apart <= CLOSER * unlikeness[top, left]:
            yield Found(left, top, before + x - left, above + y - top)


def _alike(found: list[Found]) -> list[Found]:
    """The parts that have moved as others near them have."""
    if not found:
        return []
    places = np.array([(one.left, one.top) for one in found])
    shifts = np.array([(one.x, one.y) for one in found])
    kept = []
    for number, one in enumerate(found):
        near = np.hypot(*(places - places[number]).T) <= AROUND
        same = (np.abs(shifts - shifts[number]) <= 1).all(1)
        if (near & same).sum() >= TOGETHER:
            kept.append(one)
    return kept
