"""tOF (Chu et al., TecoGAN, SIGGRAPH 2020): does the result move as its source does?"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.device import at_once
from flowstyle.flow.methods.dis import gray_8bit
from flowstyle.metrics.judge import farneback, reduced


def flow_difference(
    source_first: Tensor, source_second: Tensor, first: Tensor, second: Tensor
) -> float:
    """Mean length of the difference between the result's flow and the source's.

    Both flows are Farneback's with TecoGAN's parameters (.5, 3, 15, 3, 5, 1.2, 0). TecoGAN crops
    the frames to a multiple of 8 first; here they are used whole, and larger ones than 640×360
    reduced to that area, with the result in pixels of the frames. 0 for identical clips. Texture
    that swims, and texture that stands still on a moving object, both raise it.

    Args:
        source_first: 1×3×H×W, [0, 1], frame t of the source.
        source_second: frame t + 1 of the source.
        first: frame t of the result.
        second: frame t + 1 of the result.

    Returns:
        Pixels.
    """
    expected, found = at_once(
        partial(_flow, source_first, source_second), partial(_flow, first, second), first.device
    )
    difference = float(np.linalg.norm(found - expected, axis=-1).mean(dtype=np.float64))
    return difference * float(first.shape[-1] / found.shape[1])


def _flow(one: Tensor, other: Tensor) -> NDArray[np.float32]:
    return farneback(
        gray_8bit(reduced(one)), gray_8bit(reduced(other)),
        levels=3, iterations=3, neighborhood=5, sigma=1.2, gaussian=False,
    )  # fmt: skip
