"""Ideal transport: what the warp error would be if the paint were carried along without any fault.

The warp error of sharp paint is never 0: the measure itself warps by parts of a pixel, bilinearly,
and so softens one of the two pictures it compares. At 1280 pixels that alone can be ten times a
soft source's own error. Divided by the error of the same frame carried along *ideally*, by the
judge's own flow and with a sharp kernel, the figure means the same at every size and sharpness:
1 is perfect, and a clip that boils has a hundred.
"""

from __future__ import annotations

from torch import Tensor

from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.metrics.warp_error import warp_error


def ideal_error(frame: Tensor, flow: Tensor, reverse: Tensor, mask: Tensor) -> float | None:
    """The warp error between a frame and the same frame, carried along to the next one's place.

    Args:
        frame: 1×3×H×W, frame t of the clip judged.
        flow: 1×2×H×W in pixels, target t, source t + gap.
        reverse: 1×2×H×W in pixels, target t + gap, source t.
        mask: 1×1×H×W from :func:`flowstyle.metrics.warp_error.trusted`.

    Returns:
        As :func:`flowstyle.metrics.warp_error.warp_error`.

    Example:
        >>> import torch
        >>> frame = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
        >>> still = torch.zeros(1, 2, 16, 16)
        >>> ideal_error(frame, still, still, torch.ones(1, 1, 16, 16)) < 1e-9
        True
    """
    return warp_error(frame, warp_lanczos(frame, reverse), flow, mask)
