"""The engine that runs a network which was trained for the style."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence

import torch

from flowstyle.core.errors import UsageError
from flowstyle.engines.network.choose import trained_for
from flowstyle.engines.network.painter import NetworkPainter
from flowstyle.engines.network.refined import RefinedPainter
from flowstyle.engines.optimised.engine import OptimisedEngine
from flowstyle.engines.protocol import EngineContext, ShotOpening, ShotPainter
from flowstyle.guides.styles import StylePicture, Styles
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.networks.file import TrainedStyle, encoded
from flowstyle.optimize.precision import render_precision
from flowstyle.settings import Settings

UNUSED = {
    "fill_iterations": 0,
    "fill_content": False,
    "long_term": (),
    "sweeps": 0,
}
"""What the optimiser gets from the frames around, and a network does without.

Keyframes are no such thing: without them the paint differs much more from that of ten frames before
(docs/tried.md)."""

BEGUN = 10
"""Times as many iterations for a shot's first frame, where frames are refined: later ones go on
from paint that has had as many. With as few, the style's distance halved in ten frames."""


class NetworkEngine:
    """Paints each frame in one pass through a trained network.

    Args:
        trained: the network; None: the styles of the render tell which.
    """

    name = "network"

    def __init__(self, trained: TrainedStyle | None = None) -> None:
        self._trained = trained
        # The network on the device that paints, for all shots of a render; only a matter of time.
        self._ready: tuple[EngineContext, FeedForward] | None = None
        self._optimiser = OptimisedEngine()  # of frames that are refined

    @property
    def trained(self) -> TrainedStyle | None:
        """The network; None where the styles are still to tell which."""
        return self._trained

    @property
    def digest(self) -> str:
        """Of the file, or of what would be written into it."""
        if self._trained is None:
            return ""
        return self._trained.digest or hashlib.sha256(encoded(self._trained)).hexdigest()

    def for_styles(self, styles: Sequence[StylePicture]) -> NetworkEngine:
        """See :class:`flowstyle.engines.protocol.Engine`.

        Raises:
            UsageError: there is no network for these styles.
            WeightsError: its file is refused.
        """
        return self if self._trained is not None else NetworkEngine(trained_for(styles))

    def adapted(self, settings: Settings) -> Settings:
        """See :class:`flowstyle.engines.protocol.Engine`.

        The flow is made quickly where it was not asked to be ``fine``: it would take longer than
        the network. Frames that are refined are worth the usual flow, and get the iterations that
        were asked for.
        """
        if settings.refine:
            first = settings.refine * (BEGUN if settings.neighbors else 1)
            return settings.changed(
                **UNUSED,
                engine=self.name,
                iterations=settings.refine,
                further_iterations=0,
                first_iterations=first,
            )
        quality = "quick" if settings.flow_quality == "default" else settings.flow_quality
        return settings.changed(**UNUSED, engine=self.name, flow_quality=quality)

    def open(self, shot: ShotOpening, styles: Styles, context: EngineContext) -> ShotPainter:
        """See :class:`flowstyle.engines.protocol.Engine`."""
        if self._ready is None or self._ready[0] is not context:
            self._ready = (context, self._placed(context))
        painter = NetworkPainter(self._ready[1], context)
        if not context.settings.refine:
            return painter
        return RefinedPainter(painter, self._optimiser.open(shot, styles, context))

    def _placed(self, context: EngineContext) -> FeedForward:
        """The network on the device and in the numbers of a render."""
        if self._trained is None:
            raise UsageError(
                "no trained network was chosen", "engine", "call for_styles before open"
            )
        precision = render_precision(context.settings, context.device)
        network = copy.deepcopy(self._trained.network).requires_grad_(False).eval()
        network = network.to(context.device, precision)
        return network.to(memory_format=torch.channels_last)
