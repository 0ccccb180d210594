"""Pixels where the source stands still: which they are, and that they keep their value exactly."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from flowstyle.core.blur import box
from flowstyle.temporal.untouched import grown, untouched

STATIC_FLOW = 0.25  # pixels
STATIC_DRIFT = 0.05  # pixels: of the mean flow around; more is a camera that creeps
AROUND = 8  # pixels: sides of the cells, three by three of which are averaged
AREA = 5  # pixels: side of the squares over which noise is averaged
STATIC_MEAN = 1.0 / 255  # of the averaged difference: sees a slow change through noise
STATIC_PEAK = 5.0 / 255  # of the single difference: noise of a camera or a codec
SPECK = 100  # pixels: what changes by one or two levels in fewer is noise, wherever it is
SPECK_MEAN = 2.0 / 255  # of the averaged difference


def static_mask(
    target: Tensor, source: Tensor, anchor: Tensor, flow: Tensor, moved: Tensor
) -> Tensor:
    """Where a scene stands still between two frames: no motion, and no change but noise.

    A slow fade changes too little from one frame to the next to be told from noise; an earlier
    frame, the anchor, shows it. Flat areas before a camera that creeps do not change either; the
    flow around, which noise scatters but does not shift, shows it. Paint that was held there would
    part from the rest. Texture that would change and does not stands still whatever the flow is.

    Args:
        target: 1×3×H×W source frame in work.
        source: 1×3×H×W its neighbour.
        anchor: 1×3×H×W an earlier source frame of the shot.
        flow: 1×2×H×W, on the pixels of ``target``, pointing into ``source``.
        moved: 1×3×H×W, ``source`` warped by it.

    Returns:
        1×1×H×W of 0 and 1.
    """
    mean, peak = _change(target, source)
    if anchor is not source:
        before = _change(target, anchor)
        mean, peak = torch.maximum(mean, before[0]), torch.maximum(peak, before[1])
    same = (mean <= STATIC_MEAN) & (peak <= STATIC_PEAK)
    calm = flow.square().sum(1, keepdim=True) <= STATIC_FLOW**2
    calm &= ~_creeps(target, _mean_around(flow, same & calm))
    changes = _without_specks(~(same & calm), (mean > SPECK_MEAN) | (peak > STATIC_PEAK) | ~calm)
    # Noise is averaged over an area, so that a pixel counts only with its neighbourhood: no holes
    # and no ragged borders. What is equal to the bit needs no average.
    still = ~grown(changes, AREA // 2)
    return (still | untouched(target, source, anchor, flow, moved, calm)).float()


def with_static_pixels(image: Tensor, neighbor: Tensor, static: Tensor) -> Tensor:
    """An image with the neighbour's value where the scene stands still.

    Args:
        image: 1×3×H×W.
        neighbor: 1×3×H×W, the neighbour done before.
        static: 1×1×H×W of exactly 0 and 1, in the images' type; these are finite.
    """
    return torch.lerp(image, neighbor, static)  # exact at 0 and 1, in a fifth of a choice's time


def _creeps(target: Tensor, drift: Tensor) -> Tensor:
    """Where a drift of the surroundings would change too little to be seen, 1×1×H×W."""
    padded = pad(target, (1, 1, 1, 1), mode="replicate")
    across = 0.5 * (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2])
    down = 0.5 * (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1])
    change = (across * drift[:, :1] + down * drift[:, 1:]).abs().amax(1, keepdim=True)
    change = box(change, AREA)
    far = drift.square().sum(1, keepdim=True) > STATIC_DRIFT**2
    return far & (change < STATIC_MEAN)


def _mean_around(flow: Tensor, chosen: Tensor) -> Tensor:
    """Mean over the chosen pixels near each pixel, 1×2×H×W; 0 where there is none."""
    weighted = torch.cat([flow * chosen, chosen.to(flow)], 1)
    cells = avg_pool2d(weighted, AROUND, ceil_mode=True, count_include_pad=False)
    cells = avg_pool2d(cells, 3, stride=1, padding=1, count_include_pad=False)
    sums = interpolate(cells, size=flow.shape[-2:], mode="bilinear")
    return sums[:, :2] / sums[:, 2:].clamp_min(1e-6)


def _change(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """How much two frames differ, over an area and in a pixel alone, 1×1×H×W each."""
    difference = one - other
    peak = difference.abs().amax(1, keepdim=True)
    return box(difference, AREA).abs().amax(1, keepdim=True), peak


def _without_specks(changes: Tensor, surely: Tensor) -> Tensor:
    """What changes, without small areas of which no pixel surely does, 1×1×H×W of bools."""
    mask = changes[0, 0].to("cpu").numpy().astype(np.uint8)
    count, areas, stats, _ = cv2.connectedComponentsWithStats(mask)
    known = np.bincount(areas[surely[0, 0].to("cpu").numpy()], minlength=count) > 0
    kept = known | (stats[:, cv2.CC_STAT_AREA] > SPECK)
    kept[0] = False  # what does not change
    return torch.from_numpy(kept[areas])[None, None].to(changes.device)
