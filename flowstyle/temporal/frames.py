"""Where a shot finds its frames: small interfaces, so that it can be painted in memory too.

Indices are those of the render: 0 is the first frame that is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.types import Passage

RESULT = "stylised"
"""Kind of the frames that are the result; those of earlier sweeps are named by their shot."""


class Timeline(Protocol):
    """Which frames there are, and where shots begin."""

    def exists(self, index: int) -> bool:
        """Whether the render has this frame; waits until that is known."""

    def begins_shot(self, index: int) -> bool:
        """Whether a cut lies before this existing frame; waits until that is known."""

    def passage(self, index: int) -> Passage | None:
        """The passage that an existing frame lies in, if any; waits until that is known."""

    @property
    def count(self) -> int:
        """Number of frames that are there so far."""

    @property
    def stopped(self) -> bool:
        """Whether the render was told to end: no frame that is missing then will come."""


class SourceFrames(Protocol):
    """The clip's frames at render size."""

    def load(self, index: int) -> Tensor:
        """1×3×H×W float32 on the CPU, [0, 1]."""


class PaintedFrames(Protocol):
    """The frames that were painted, by kind (see :data:`RESULT`) and index."""

    def is_done(self, kind: str, index: int) -> bool:
        """Whether a frame is committed, or its whole kind was and has been given up since."""

    def load(self, kind: str, index: int) -> Tensor:
        """A committed frame, 1×3×H×W float32 on the CPU, exactly as it was committed."""

    def commit(
        self, kind: str, index: int, image: Tensor, noted: Mapping[str, float]
    ) -> NDArray[np.uint16]:
        """Keep a frame at 16 bits, on the disk when this returns; what :meth:`load` gives back.

        ``noted`` are figures that stay with it, such as the seconds that it took.
        """

    def discard(self, kind: str) -> None:
        """Give up all frames of a kind: no later frame needs them."""


@dataclass(frozen=True)
class Frames:
    """All frames of a render."""

    timeline: Timeline
    sources: SourceFrames
    painted: PaintedFrames
