"""Where the source is flat, fine detail takes small steps: dots would be all that it could add."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from flowstyle.core.blur import local_contrast

WINDOW = 0.005
"""Of the longer side: what is narrower is texture, whatever the size in pixels."""
FINE = 0.25
"""Of the window: σ of the contrast that is looked at ..."""
LEAST_SIGMA = 0.6
"""... and in pixels, at least: less sees no neighbour."""
TEXTURED = 4.0 / 255.0
"""Contrast from which on steps have their full size."""
LEAST = 0.1
"""Share of a step in a perfectly flat area."""
GRADES = 16
"""Of a level of 255, in which contrasts are told apart."""


def detail_steps(photo: Tensor) -> Tensor:
    """How far the finest of several levels of steps goes, and by its root the next one.

    The levels are those of :mod:`flowstyle.optimize.levels`.

    Adam's steps have one size, however small the gradient. Nothing in a flat area holds its
    pixels, and so the finest levels put dots of two to eight pixels there. The coarser ones give
    it strokes, which look better and are nearer to the style.

    A border between two areas is a line, of which no more than half of a window is in sight: of the
    contrasts in the window the median counts, so that what is flat is flat up to the border.

    Args:
        photo: 1×3×H×W, the source frame at the size that is painted.

    Returns:
        1×1×H×W in [0.1, 1].
    """
    window = max(1.0, WINDOW * max(photo.shape[-2:]))
    contrast = local_contrast(photo, max(LEAST_SIGMA, FINE * window))
    graded = (255 * GRADES * contrast[0, 0]).clamp(0, 255).to("cpu", torch.uint8).numpy()
    # OpenCV's median takes large windows of bytes alone, and repeats the border.
    median = cv2.medianBlur(graded, 2 * round(window) + 1).astype(np.float32)
    found = torch.from_numpy(median)[None, None].to(photo.device) / (255 * GRADES)
    return (found / TEXTURED).clamp(LEAST, 1.0)
