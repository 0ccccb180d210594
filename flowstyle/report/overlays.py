"""What a person looks at to judge flow and masks: wheel, overlay, error. Pictures are H×W×3 RGB."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from flowstyle.flow.colours import flow_colours, wheel
from flowstyle.flow.masks import TrustMasks
from flowstyle.report.annotations import heat
from flowstyle.report.layout import Colour, Picture, to_picture

MISSED: Colour = (255, 60, 50)
OVERSHOOT: Colour = (80, 130, 255)
EDGES: Colour = (255, 210, 40)
MASK_LEGEND = (("missed", MISSED), ("overshoot", OVERSHOOT), ("edges", EDGES))

HIDDEN = 0.12
"""Grey where a mask lets nothing through."""

ERROR_SCALE = 0.2
"""Mean difference of the channels that the brightest colour of an error map stands for."""


def flow_picture(flow: Tensor, radius: float) -> Picture:
    """The flow as a colour wheel shows it, with the wheel itself in the corner.

    Args:
        flow: 1×2×H×W in pixels.
        radius: length in pixels of saturated colours, one for a shot.
    """
    picture = flow_colours(flow[0].detach().cpu().numpy(), radius)
    height, width = picture.shape[:2]
    size = min(height, width) // 5
    if size >= 8:
        # Only the disc is laid over, on a dark rim that sets it off from the flow's own colours.
        place = picture[height - size :, width - size :]
        centre = (size // 2, size // 2)
        stencil = cv2.circle(np.zeros((size, size), np.uint8), centre, size // 2 - 1, 1, -1)
        rim = cv2.circle(np.zeros((size, size), np.uint8), centre, size // 2, 1, -1)
        place[rim > 0] = 40
        place[stencil > 0] = wheel(size)[stencil > 0]
    return picture


def mask_overlay(image: Tensor, masks: TrustMasks) -> Picture:
    """A frame in pale grey with the reasons for distrust in colour, as in :data:`MASK_LEGEND`.

    Args:
        image: 1×3×H×W, the frame on which the masks stand.
        masks: occlusions are drawn over vectors that leave the frame, those over motion boundaries.
    """
    gray = to_picture(image).mean(axis=2, keepdims=True)
    picture = np.repeat(64 + 0.5 * gray, 3, axis=2)
    parts = ((masks.edges, EDGES), (masks.overshoot, OVERSHOOT), (masks.missed, MISSED))
    for mask, colour in parts:
        distrust = 0.75 * (1 - mask[0, 0].detach().float().cpu().numpy())[..., None]
        picture = picture * (1 - distrust) + np.array(colour) * distrust
    return picture.astype(np.uint8)


def error_picture(first: Tensor, second: Tensor, scale: float = ERROR_SCALE) -> Picture:
    """Mean absolute difference of the channels as a heat map (inferno: black, violet, yellow).

    Args:
        first: 1×3×H×W in [0, 1].
        second: 1×3×H×W in [0, 1].
        scale: the difference shown brightest.
    """
    error = (first - second).detach().float().abs().mean(dim=1)[0].cpu().numpy()
    return heat(np.clip(np.rint(error / scale * 255), 0, 255).astype(np.uint8))


def seen_picture(image: Tensor, mask: Tensor) -> Picture:
    """A picture as far as a mask lets it through; the rest is dark.

    Args:
        image: 1×3×H×W in [0, 1].
        mask: 1×1×H×W in [0, 1].
    """
    return to_picture(image * mask + HIDDEN * (1 - mask))
