"""What every source of flow offers."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from torch import Tensor

FramePair = tuple[int, int]
"""Indices of (target, source) in the clip, counted from 0."""

Reach = Literal["direct", "chained", "files"]
"""How a method comes to the flow between frames that are several frames apart: ``direct``, as
between any two; ``chained``, by way of the flows between them; ``files``, only as far as there are
files, so that nothing is asked of it that is not needed."""


class FlowMethod(Protocol):
    """Anything that can tell the flow between two frames.

    Adding one: write a class with these members and ``FLOW_METHODS.register("name", make)``, see
    :mod:`flowstyle.flow.registry`.
    """

    @property
    def name(self) -> str:
        """Short name for messages, and for the check before a work folder is gone on with."""

    @property
    def digest(self) -> str:
        """What else decides its vectors, as SHA-256: weights, files; "" where the code does."""

    @property
    def reach(self) -> Reach:
        """How it comes to the flow between frames that are several frames apart."""

    @property
    def takes_start(self) -> bool:
        """Whether it makes use of ``start``."""

    @property
    def mended(self) -> bool:
        """Whether its vectors near borders of objects gain by :mod:`flowstyle.flow.mend`."""

    @property
    def steadied(self) -> bool:
        """Whether its vectors scatter so that they gain by :mod:`flowstyle.flow.steady`."""

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: FramePair | None = None,
        start: Tensor | None = None,
    ) -> Tensor:
        """Flow on the target's pixels, pointing into the source.

        Args:
            target: 1×3×H×W, RGB, [0, 1].
            source: 1×3×H×W, RGB, [0, 1].
            frames: indices of (target, source) in the clip from 0; only flow read from files needs
                them.
            start: 1×2×H×W in pixels, a flow to begin with; only given where :attr:`takes_start`.

        Returns:
            1×2×H×W float32 in pixels, on the target's device.
        """


@runtime_checkable
class CalledAtOnce(FlowMethod, Protocol):
    """A method that several threads may call at the same time, and that gains by it.

    One without this member is called by one thread at a time.
    """

    @property
    def cores(self) -> int:
        """How many cores one call makes good use of."""


class DirectMethod:
    """What most methods have in common: any two frames alike, no start, nothing but code.

    Example:
        >>> class Still(DirectMethod):
        ...     name = "still"
        ...
        ...     def __call__(self, target, source, frames=None, start=None):
        ...         return torch.zeros_like(target[:, :2])
        >>> Still().reach
        'direct'
    """

    digest = ""
    reach: Reach = "direct"
    takes_start = False
    mended = False
    steadied = False
