"""A neighbour brought onto a frame by masks of half its size, for painting that takes less time.

At the full size the masks of a pair take as long as a trained network takes for the frame. Where
paint is trusted changes slowly over a picture: E_warp and style came out the same within 5 % on
three clips of 176 to 400 pixels. The paint itself is warped at the full size, once.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from flowstyle.flow.masks import mean_around, seen_before
from flowstyle.flow.paint_warp import warp_paint
from flowstyle.flow.pairs import Pair
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Origin, Pull, pull, whole
from flowstyle.temporal.shown import what_is_shown
from flowstyle.temporal.static import with_static_pixels


def bringing(settings: Settings) -> Callable[..., Pull]:
    """How a render brings neighbours onto its frames: quickly for a network's quick paint alone."""
    quick = settings.engine == "network" and settings.flow_quality == "quick"
    return coarse_pull if quick and not settings.refine else pull


def coarse_pull(
    pair: Pair,
    target: Tensor,
    source: Tensor,
    result: Tensor,
    settings: Settings,
    *,
    anchor: Tensor | None = None,
    weight: float = 1.0,
    index: int = 0,
) -> Pull:
    """As :func:`flowstyle.temporal.pulls.pull`, with all but the paint at half the size.

    Settings of the masks in pixels (``mask_dilate``, ``mask_blur``) count for pixels of that size.
    Nothing is said of the neighbour's own light (``lit``): that serves frames that lend their paint
    to those before, and for a network none does.
    """
    size = (result.shape[-2], result.shape[-1])
    half_target = _half(target.to(result))
    half = what_is_shown(
        Pair(*(_half(flow.to(result)) / 2 for flow in (pair.to_b, pair.to_a))),
        half_target,
        _half(source.to(result)),
        settings,
        anchor=None if anchor is None else _half(anchor.to(result)),
    )
    static = interpolate(half.static, scale_factor=2.0, mode="nearest")
    static = static[..., : size[0], : size[1]]
    flow = pair.to_b.to(result) * (1 - static)
    image = warp_paint(result, flow).clamp(0, 1)
    if half.light is not None:
        image = (image * whole(half.light.paint, size)).clamp(0, 1)
    image = with_static_pixels(image, result, static)
    half = half.in_this_light()
    # Where the frame ends is a matter of single pixels, and of creep of less than one.
    seen = seen_before(flow, mean_around(flow))
    return Pull(
        image,
        torch.maximum(whole(half.trust, size) * seen, static),
        torch.maximum(whole(half.usable, size) * seen, static),
        static,
        weight,
        half.expected_change(half_target, _half(image)),
        Origin(index, flow, half.masks),
    )


def _half(image: Tensor) -> Tensor:
    """Means of 2×2 pixels; where a side is odd, the last ones are of fewer.

    By sums of slices: on a CPU average pooling takes seven times as long.
    """
    height, width = image.shape[-2:]
    if height % 2 or width % 2:
        image = pad(image, (0, width % 2, 0, height % 2), mode="replicate")
    rows = image[..., ::2, :] + image[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4
