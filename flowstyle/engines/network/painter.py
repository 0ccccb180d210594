"""Paints one frame by one pass through a network, from what the frame takes from its neighbours."""

from __future__ import annotations

import torch
from torch import Tensor

from flowstyle.engines.protocol import EngineContext
from flowstyle.networks.recurrent import RecurrentStyle
from flowstyle.settings import Settings
from flowstyle.temporal.pulls import Pull
from flowstyle.temporal.task import FrameTask, Painted


class NetworkPainter:
    """Paints the frames of a shot; nothing is kept from one to the next.

    Args:
        network: on the device that paints.
        context: the render's.
    """

    def __init__(self, network: RecurrentStyle, context: EngineContext) -> None:
        self._network = network
        self._context = context

    def paint(self, task: FrameTask) -> Painted:
        """See :class:`flowstyle.engines.protocol.ShotPainter`."""
        self._context.cancel.check(f"frame {task.number}")
        settings, content = self._context.settings, task.content
        pull = task.near or next(iter(task.pulls), None)  # passages have no nearest neighbour
        if pull is None:
            carried, mask = content, torch.zeros_like(content[:, :1])
        else:
            carried, mask = pull.image, trusted(pull, settings.trust)
        with torch.no_grad():
            image = self._network(content, carried, mask, kept(settings))
        return Painted(image)


def trusted(pull: Pull, trust: float) -> Tensor:
    """Where the carried paint is right, 1×1×H×W in [0, 1].

    Args:
        pull: the neighbour.
        trust: the factor that its masks carry already; it is the gate's, not the network's, which
            is to see its neighbour as in the training.
    """
    return (pull.usable / max(trust, 1e-6)).clamp(0, 1)


def kept(settings: Settings) -> float:
    """Factor on the network's gate: the dial, or else the trust that the settings give."""
    return settings.trust if settings.stability is None else settings.stability
