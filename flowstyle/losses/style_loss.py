"""What a style loss is, and the style losses by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor

from flowstyle.core.registry import Registry

Statistics = tuple[Tensor, ...]
"""What is kept of a style's activations at one layer; its meaning is the loss's own business."""


class StyleLoss(Protocol):
    """How far the activations of a picture are from those of a style, layer by layer.

    Adding one: write a class with these members and ``STYLE_LOSSES.register("name", it)``. It
    computes the same on every call and waits for no GPU, where iterations are recorded.
    """

    @property
    def name(self) -> str:
        """Short name, for the check before a work folder is gone on with."""

    @property
    def digest(self) -> str:
        """What else decides its values, for the same check; "" where the code does."""

    def weights(self, count: int) -> list[float]:
        """Layer weights of the reference that the loss comes from, shallow to deep.

        Args:
            count: number of layers.
        """

    def statistics(self, features: Tensor, seed: int) -> Statistics:
        """What is kept of a style's activations; computed once for a picture, size and network.

        Args:
            features: 1×C×H×W, any floating type.
            seed: for losses that draw something.
        """

    def distance(self, features: Tensor, style: Statistics) -> Tensor:
        """The loss at one layer, a scalar, 0 for the style itself.

        Args:
            features: N×C×H×W of the picture, any floating type.
            style: from :meth:`statistics`.
        """

    def blend(self, styles: Sequence[Statistics], shares: Sequence[float]) -> Statistics:
        """The statistics of a mixture of styles.

        Args:
            styles: of each style at one layer.
            shares: of each, with sum 1.
        """


@runtime_checkable
class SummedStyleLoss(StyleLoss, Protocol):
    """A style loss that knows a picture by sums over its positions.

    Sums of parts add up to those of the whole, so that a picture can be painted whose activations
    do not fit into memory at once. A loss that lacks these members is asked for whole pictures.
    """

    def sums(self, features: Tensor) -> Statistics:
        """Sums over the positions of a part, differentiable.

        Args:
            features: N×C×H×W of the part, any floating type.
        """

    def statistics_of_sums(self, sums: Statistics, positions: int, seed: int) -> Statistics:
        """As :meth:`StyleLoss.statistics`, from the sums of a whole style.

        Args:
            sums: float64.
            positions: over which they were taken.
            seed: for losses that draw something.
        """

    def distance_of_sums(self, sums: Statistics, positions: int, style: Statistics) -> Tensor:
        """As :meth:`StyleLoss.distance`, from the sums of a whole picture.

        Args:
            sums: float64.
            positions: over which they were taken.
            style: from :meth:`StyleLoss.statistics` or :meth:`statistics_of_sums`.
        """


STYLE_LOSSES = Registry[StyleLoss](
    "style loss",
    "--style-loss",
    {
        "gram": "flowstyle.losses.style:RELATIVE",
        "wasserstein": "flowstyle.losses.wasserstein:WASSERSTEIN",
        "sliced": "flowstyle.losses.sliced:SLICED",
    },
)
"""``gram`` stands for the loss on Gram matrices in the units of the render's normalisation, see
:data:`flowstyle.losses.style.GRAM_LOSSES`."""
