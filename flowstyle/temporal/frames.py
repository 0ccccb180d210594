"""Where a sequence finds its frames: a small interface, so that it can be tested in memory."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

RESULT = "stylised"
"""Kind of the frames that are the result; those of earlier sweeps are named by their shot."""


class Frames(Protocol):
    """Source frames in, stylised frames in and out, all by index.

    Indices are those of the render: 0 is the first frame that is rendered.
    """

    def exists(self, index: int) -> bool:
        """Whether the render has this frame; waits until that is known."""
        ...

    def begins_shot(self, index: int) -> bool:
        """Whether a cut lies before this existing frame; waits until that is known."""
        ...

    def source(self, index: int) -> Tensor:
        """The source frame at render size, 1×3×H×W float32 on the CPU."""
        ...

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame of a sweep is committed."""
        ...

    def load(self, kind: str, index: int) -> Tensor:
        """A committed frame, 1×3×H×W float32 on the CPU, exactly as it was committed."""
        ...

    def commit(self, kind: str, index: int, image: Tensor, seconds: float) -> None:
        """Keep a frame; afterwards :meth:`load` gives it back rounded to 16 bits."""
        ...

    def discard(self, kind: str) -> None:
        """Give up all frames of a kind: no later frame needs them."""
        ...
