"""Optical flow: estimating it, reading it from files, warping by it, and when to trust it.

Nothing of style here; what a frame does with a warped neighbour is in :mod:`flowstyle.temporal`.
"""

from flowstyle.flow.masks import MaskOptions, TrustMasks, reference_trust, trust_masks
from flowstyle.flow.protocol import Flow, make_flow
from flowstyle.flow.warp import compose, in_frame, resize_flow, warp

__all__ = [
    "Flow",
    "MaskOptions",
    "TrustMasks",
    "compose",
    "in_frame",
    "make_flow",
    "reference_trust",
    "resize_flow",
    "trust_masks",
    "warp",
]
