"""A network's frame as the start of a few iterations of the optimiser."""

from __future__ import annotations

from dataclasses import replace

from flowstyle.engines.protocol import ShotPainter
from flowstyle.temporal.pulls import Start
from flowstyle.temporal.task import FrameTask, Painted


class RefinedPainter:
    """Paints the frames of a shot by a network, and finishes each by optimisation.

    The network has the colours and the large strokes in one pass; what it paints plainly are the
    fine ones, which is what iterations at the full size are good at.

    Args:
        network: paints the start.
        optimiser: goes on from it, under the style picture itself.
    """

    def __init__(self, network: ShotPainter, optimiser: ShotPainter) -> None:
        self._network = network
        self._optimiser = optimiser

    def paint(self, task: FrameTask) -> Painted:
        """See :class:`flowstyle.engines.protocol.ShotPainter`."""
        begun = self._network.paint(task).image
        return self._optimiser.paint(replace(task, start=Start(begun)))
