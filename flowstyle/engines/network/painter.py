"""Paints one frame: what the neighbour shows is carried over, the network paints the rest.

A network's paint of two frames in a row is alike only as far as the frames are. Paint that is
carried along the motion is the same paint. So each frame is carried paint where that is to be
trusted, but for a small share of new paint, which renews it: errors of the motion fade, and strokes
stay as sharp as the network paints them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowstyle.engines.protocol import EngineContext
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.settings import Settings
from flowstyle.settings.stability import STABILITY_DEFAULT
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.task import FrameTask, Painted

KEPT = 0.95
"""Share of the carried paint where it is trusted fully. With 0.85 the paint differs up to half as
much again from that of ten frames before; with 1 nothing that went wrong is ever mended
(docs/tried.md)."""


class NetworkPainter:
    """Paints the frames of a shot; nothing is kept from one to the next.

    Args:
        network: on the device that paints.
        context: the render's.
    """

    def __init__(self, network: FeedForward, context: EngineContext) -> None:
        self._network = network
        self._context = context

    def paint(self, task: FrameTask) -> Painted:
        """See :class:`flowstyle.engines.protocol.ShotPainter`."""
        self._context.cancel.check(f"frame {task.number}")
        settings = self._context.settings
        with torch.no_grad():
            new = self._network(task.content)
        pull = task.near or next(iter(task.pulls), None)  # passages have no nearest neighbour
        if pull is None:
            return Painted(new)
        share = kept(settings) * trusted(pull, settings.trust)
        return Painted(torch.lerp(new, pull.image, share))


def trusted(pull: Pull, trust: float) -> Tensor:
    """Where the carried paint is right, 1×1×H×W in [0, 1].

    Args:
        pull: the neighbour.
        trust: the factor that its masks carry already.
    """
    return (pull.usable / max(trust, 1e-6)).clamp(0, 1)


def kept(settings: Settings) -> float:
    """Share of the carried paint where it is right: by the dial, or else the trust that is set.

    The dial's usual position stands for the usual share; each step of it takes away as much of the
    new paint as the one before, in proportion, up to all of it at 1.
    """
    if settings.stability is None:
        return KEPT * settings.trust
    steepness = math.log(1 - KEPT) / math.log(1 - STABILITY_DEFAULT)
    return float(1 - (1 - settings.stability) ** steepness)
