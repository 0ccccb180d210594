"""What an engine gives back is checked before it is used, whichever the engine."""

from __future__ import annotations

from torch import Tensor

from flowstyle.core.errors import NotFiniteError
from flowstyle.temporal.task import Painted


def checked(painted: Painted, content: Tensor) -> Painted:
    """An answer that can be committed.

    Args:
        painted: from an engine.
        content: 1×3×H×W, the frame that it was asked to paint.

    Returns:
        The same.

    Raises:
        ValueError: it is of another size: a mistake of the engine.
        NotFiniteError: it holds a value that is not finite.
    """
    if painted.image.shape != content.shape:
        raise ValueError(
            f"an engine was given a frame of {tuple(content.shape)} and gave back "
            f"{tuple(painted.image.shape)}"
        )
    if not bool(painted.image.isfinite().all()):
        raise NotFiniteError(
            "the picture became not-a-number or infinite",
            "the engine's answer",
            "use --precision fp32, a lower weight or fewer iterations",
        )
    return painted
