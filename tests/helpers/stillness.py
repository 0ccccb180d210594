"""Where a scene stands still, from frames and their flow alone."""

from __future__ import annotations

from torch import Tensor

from flowstyle.flow.warp import warp
from flowstyle.temporal.static import static_mask


def standing_still(target: Tensor, source: Tensor, anchor: Tensor, flow: Tensor) -> Tensor:
    """:func:`flowstyle.temporal.static.static_mask` with the source warped along the flow."""
    return static_mask(target, source, anchor, flow, warp(source, flow))
