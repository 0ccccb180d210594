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

from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.flow.masks import TrustMasks, mean_around, seen_before
from flowstyle.flow.pairs import Pair
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Origin, Pull, pull


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
    Nothing is said of the light before the frame's own (``lit``): paint in it is not at hand at
    the full size.
    """
    size = (result.shape[-2], result.shape[-1])
    to_b, to_a = (_half(flow.to(result)) / 2 for flow in (pair.to_b, pair.to_a))
    half = pull(
        Pair(to_b, to_a),
        _half(target.to(result)),
        _half(source.to(result)),
        _half(result),
        settings,
        anchor=None if anchor is None else _half(anchor.to(result)),
        weight=weight,
        index=index,
    )
    trust, usable, static = half.trust, half.usable, half.static
    static = interpolate(static, scale_factor=2.0, mode="nearest")[..., : size[0], : size[1]]
    flow = pair.to_b.to(result) * (1 - static)
    image = warp_lanczos(result, flow).clamp(0, 1)
    if half.lit is not None:
        image = (image * _whole(half.lit.light.paint, size)).clamp(0, 1)
    # Where the frame ends is a matter of single pixels, and of creep of less than one.
    seen = seen_before(flow, mean_around(flow))
    return Pull(
        torch.where(static > 0, result, image),
        torch.maximum(_whole(trust, size) * seen, static),
        torch.maximum(_whole(usable, size) * seen, static),
        static,
        weight,
        half.change,
        None if half.origin is None else _origin(half.origin, flow, size),
    )


def _origin(half: Origin, flow: Tensor, size: tuple[int, int]) -> Origin:
    """What debug pictures show, at the full size."""
    masks = (half.masks.missed, half.masks.overshoot, half.masks.edges, half.masks.trust)
    return Origin(half.index, flow, TrustMasks(*(_whole(mask, size) for mask in masks)))


def _half(image: Tensor) -> Tensor:
    """Means of 2×2 pixels; where a side is odd, the last ones are of fewer.

    By sums of slices: on a CPU average pooling takes seven times as long.
    """
    height, width = image.shape[-2:]
    if height % 2 or width % 2:
        image = pad(image, (0, width % 2, 0, height % 2), mode="replicate")
    rows = image[..., ::2, :] + image[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4


def _whole(half: Tensor, size: tuple[int, int]) -> Tensor:
    """Back at the full size (height, width), each value in the middle of its pixels."""
    return interpolate(half, scale_factor=2.0, mode="bilinear")[..., : size[0], : size[1]]
