"""Pixels that are equal to the bit: told from flat things that move, up to the border of a change.

Next to a border of motion an estimated flow belongs now to one side and now to the other, and an
average over a neighbourhood mixes both. Neither is needed where a picture does not change by a
bit: the pixel itself tells, if only it would have changed had the flow been right. Flat pixels
would not have. They go with the rest of their colour's area.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from flowstyle.core.blur import box
from flowstyle.temporal.flat_ground import stands_still

EQUAL = 0.5 / 255  # of a channel: the same level of eight bits
AREA = 5  # pixels: side of the squares in which pixels are equal together
WOULD_CHANGE = 2.0 / 255  # along the flow, that would be seen
ONE_COLOUR = 2.0 / 255  # between neighbours: more is a border between two areas
LARGE = 0.02  # share of a frame: of a smaller area that the flow moves, the flow is right
NONE, SMALL, MOVES, STANDS = range(4)  # what an area is: in none, too small to tell, …
SWEPT = 0.25  # pixels of flow that a ground refutes; before a camera that creeps it is less


def untouched(
    target: Tensor, source: Tensor, anchor: Tensor, flow: Tensor, moved: Tensor, calm: Tensor
) -> Tensor:
    """Where nothing changes by a bit, and that is no flat thing's doing that moves.

    Args:
        target: 1×3×H×W source frame in work.
        source: 1×3×H×W its neighbour.
        anchor: 1×3×H×W an earlier source frame of the shot.
        flow: 1×2×H×W, on the pixels of ``target``, pointing into ``source``.
        moved: 1×3×H×W, ``source`` warped by it.
        calm: 1×1×H×W of bools, where the flow is none.

    Returns:
        1×1×H×W of bools.
    """
    equal = _equal(target, source)
    if anchor is not source:
        equal &= _equal(target, anchor)
    equal = _opened(equal)
    if not bool((equal & ~calm).any()):
        return equal
    change = (moved - target).abs().amax(1, keepdim=True)
    known = equal & (calm | (change > WOULD_CHANGE))
    kinds = _kinds(_areas(target, equal & (change <= WOULD_CHANGE)), flow, known, equal)
    # What is too small for an area goes with what surrounds it.
    around = box(torch.cat([known, equal], 1).float(), AREA)
    led = (kinds == SMALL) & (around[:, :1] > 0.5 * around[:, 1:])
    return (known & (kinds <= SMALL)) | led | (kinds == STANDS)


def grown(mask: Tensor, reach: int) -> Tensor:
    """A mask of bools grown by ``reach`` pixels in rows and columns, N×1×H×W."""
    for axis, sides in ((-1, (reach, reach)), (-2, (0, 0, reach, reach))):
        around, length = pad(mask, sides), mask.shape[axis]
        for shift in range(2 * reach + 1):
            mask = mask | around.narrow(axis, shift, length)
    return mask


def _equal(one: Tensor, other: Tensor) -> Tensor:
    return (one - other).abs().amax(1, keepdim=True) < EQUAL


def _opened(mask: Tensor) -> Tensor:
    """A mask without specks: only whole squares of it, 1×1×H×W of bools."""
    return grown(~grown(~mask, AREA // 2), AREA // 2)


def _areas(target: Tensor, places: Tensor) -> NDArray[np.int32]:
    """Numbers of the connected areas of one colour or a slow shade, H×W; 0 beside the places."""
    right = (target[..., :, 1:] - target[..., :, :-1]).abs().amax(1)[0] <= ONE_COLOUR
    down = (target[..., 1:, :] - target[..., :-1, :]).abs().amax(1)[0] <= ONE_COLOUR
    one = places[0, 0]
    height, width = one.shape
    # Pixels and, between them, whether two belong together.
    links = torch.zeros(2 * height - 1, 2 * width - 1, dtype=torch.bool, device=one.device)
    links[::2, ::2] = one
    links[::2, 1::2] = right & one[:, 1:] & one[:, :-1]
    links[1::2, ::2] = down & one[1:] & one[:-1]
    _, areas = cv2.connectedComponents(links.to(torch.uint8).cpu().numpy(), connectivity=4)
    return np.asarray(areas[::2, ::2], np.int32)


def _kinds(areas: NDArray[np.int32], flow: Tensor, known: Tensor, equal: Tensor) -> Tensor:
    """What each pixel's area is, 1×1×H×W of :data:`NONE` to :data:`STANDS`.

    An area stands still where most of it is known to, or where what lies around it tells so.
    """
    numbers = areas.ravel()
    sizes = np.bincount(numbers)
    vectors = flow[0].float().cpu().numpy()
    lengths = np.hypot(*vectors)
    swept = np.bincount(numbers, lengths.ravel()) > SWEPT * sizes
    sure, same = (mask[0, 0].cpu().numpy() for mask in (known, equal))
    stands = np.bincount(numbers[sure.ravel()], minlength=len(sizes)) > 0.5 * sizes
    small = sizes < AREA**2
    structure = sure & ((areas == 0) | small[areas])
    for number in np.flatnonzero(swept & ~stands & (sizes > LARGE * areas.size)):
        stands[number] = number and stands_still(areas == number, vectors, structure, ~same)
    kinds = np.where(small, SMALL, np.where(stands, STANDS, MOVES)).astype(np.uint8)
    kinds[0] = NONE
    return torch.from_numpy(kinds[areas])[None, None].to(flow.device)
