"""Where the source is flat, fine detail takes small steps: dots would be all that it could add."""

from __future__ import annotations

from torch import Tensor

from flowstyle.core.blur import local_contrast

WINDOW = 0.005
"""Of the longer side: what is narrower is texture, whatever the size in pixels."""
TEXTURED = 8.0 / 255.0
"""Local contrast from which on steps have their full size."""
LEAST = 0.1
"""Share of a step in a perfectly flat area."""


def detail_steps(photo: Tensor) -> Tensor:
    """How far the finest of several levels of steps goes, see :mod:`flowstyle.optimize.levels`.

    Adam's steps have one size, however small the gradient. Nothing in a flat area holds its
    pixels, and so the finest level puts dots of two to four pixels there. The coarser levels give
    it strokes, which look better and are nearer to the style.

    Args:
        photo: 1×3×H×W, the source frame at the size that is painted.

    Returns:
        1×1×H×W in [0.1, 1].
    """
    window = max(1.0, WINDOW * max(photo.shape[-2:]))
    return (local_contrast(photo, window) / TEXTURED).clamp(LEAST, 1.0)
