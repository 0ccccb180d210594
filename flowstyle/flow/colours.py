"""Flow as colours: hue tells the direction, saturation the length.

The wheel is that of Baker et al., A Database and Evaluation Methodology for Optical Flow (IJCV
2011).

The radius, the length of fully saturated vectors, is given by the caller, one for a whole shot:
normalising every frame by its own maximum would make a video of it flicker.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FlowArray = NDArray[np.float32]
Picture = NDArray[np.uint8]

# The wheel's corners: position among its 55 steps, and colour. In between it is linear.
_STEPS = 55
_CORNERS = (0, 15, 21, 25, 36, 49, 55)
_RED = (255, 255, 0, 0, 0, 255, 255)
_GREEN = (0, 255, 255, 255, 0, 0, 0)
_BLUE = (0, 0, 0, 255, 255, 255, 0)


def flow_colours(flow: FlowArray, radius: float) -> Picture:
    """Draw a flow.

    Args:
        flow: 2×H×W in pixels (x, y).
        radius: length in pixels at which colours are saturated; longer vectors are darkened.

    Returns:
        H×W×3 RGB; white where nothing moves, black where a vector is not finite.

    Raises:
        ValueError: the radius is not positive.
    """
    if not radius > 0:
        raise ValueError(f"the radius must be positive, got {radius}")
    known = np.isfinite(flow).all(axis=0)
    u, v = np.where(known, flow, 0.0).astype(np.float64)
    length = np.hypot(u, v) / radius
    position = (np.arctan2(-v, -u) / np.pi + 1) / 2 * (_STEPS - 1)
    hue = np.stack([np.interp(position, _CORNERS, c) for c in (_RED, _GREEN, _BLUE)], axis=-1)
    inside = 255 - np.minimum(length, 1.0)[..., None] * (255 - hue)
    colours = np.where((length <= 1.0)[..., None], inside, 0.75 * hue)
    colours[~known] = 0
    return colours.astype(np.uint8)


def wheel(diameter: int, background: int = 255) -> Picture:
    """The legend: a disc whose colour at each place is that of the vector pointing there.

    Args:
        diameter: in pixels.
        background: grey around the disc.

    Returns:
        diameter×diameter×3 RGB.
    """
    axis = (np.arange(diameter, dtype=np.float32) + 0.5) * 2 / diameter - 1
    vectors = np.stack(np.meshgrid(axis, axis, indexing="xy"))
    outside = np.hypot(vectors[0], vectors[1]) > 1
    picture = flow_colours(np.where(outside, 0, vectors).astype(np.float32), radius=1.0)
    picture[outside] = background
    return picture


def radius_of(flow: FlowArray) -> float:
    """Length in pixels that 99 of 100 vectors do not exceed; combine over a shot by the maximum.

    Args:
        flow: 2×H×W in pixels.
    """
    length = np.hypot(flow[0], flow[1])
    length = length[np.isfinite(length)]
    return float(np.percentile(length, 99)) if length.size else 0.0
