"""Optical flow: estimating it, reading it from files, warping by it, and when to trust it."""

from flowstyle.flow.consistency import MaskOptions, TrustMasks, reference_trust, trust_masks
from flowstyle.flow.estimate import Flow, make_flow
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
