"""Slow change of colour and contrast over a clip, against the source's own change.

Naive chaining darkens or bleaches a picture a little in every frame; no comparison of neighbours
sees that, the trend over the clip does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from kornia.color import rgb_to_lab
from numpy.typing import NDArray
from torch import Tensor


def lab_statistics(image: Tensor) -> NDArray[np.float64]:
    """Mean and standard deviation of L*, a*, b* (CIE 1976, D65).

    Args:
        image: 1×3×H×W, RGB, [0, 1], sRGB-encoded.

    Returns:
        Six numbers: the means of L*, a*, b*, then their deviations; L* is in [0, 100].
    """
    lab = rgb_to_lab(image)[0].flatten(1).double()
    return np.concatenate(
        [lab.mean(dim=1).cpu().numpy(), lab.std(dim=1, correction=0).cpu().numpy()]
    )


def mean_colour(image: Tensor) -> NDArray[np.float64]:
    """Mean R, G, B of an image 1×3×H×W, [0, 1]: three numbers in [0, 1]."""
    return image[0].flatten(1).double().mean(dim=1).cpu().numpy()


def slopes(series: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Least-squares slope of each column over the frame number.

    Args:
        series: one vector of K numbers a frame.

    Returns:
        K slopes, in units a frame; zeros for fewer than two frames.
    """
    table = np.asarray(series, dtype=np.float64)
    if len(table) < 2:
        return np.zeros(table.shape[1] if table.ndim == 2 else 0)
    time = np.arange(len(table), dtype=np.float64)
    time -= time.mean()
    return np.asarray(time @ (table - table.mean(axis=0)) / (time @ time))


def change_over_clip(series: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean of the last tenth of a clip less the mean of its first tenth (at least one frame each).

    Args:
        series: one vector of K numbers a frame, at least one frame.

    Returns:
        K differences.
    """
    table = np.asarray(series, dtype=np.float64)
    tenth = max(1, len(table) // 10)
    return np.asarray(table[-tenth:].mean(axis=0) - table[:tenth].mean(axis=0))
