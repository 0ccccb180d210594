"""The engine that optimises every frame: any picture works at once, with its exact brushwork."""

from __future__ import annotations

from collections.abc import Sequence

from flowstyle.engines.optimised.painter import OptimisedPainter
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.protocol import EngineContext, ShotOpening
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.rescale import CaffeScale, MeanOne
from flowstyle.guides.styles import StylePicture, Styles
from flowstyle.settings import Settings


class OptimisedEngine:
    """Gatys, Ecker and Bethge (CVPR 2016) for stills, Ruder et al. (GCPR 2016) for clips."""

    name = "optimised"
    digest = ""

    def __init__(self) -> None:
        # Statistics of styles, which serve all shots of a render; only a matter of time.
        self._targets: StyleTargets | None = None

    def for_styles(self, styles: Sequence[StylePicture]) -> OptimisedEngine:
        """See :class:`flowstyle.engines.protocol.Engine`; it paints in any."""
        return self

    def adapted(self, settings: Settings) -> Settings:
        """See :class:`flowstyle.engines.protocol.Engine`; it makes use of all of them."""
        return settings

    def open(self, shot: ShotOpening, styles: Styles, context: EngineContext) -> OptimisedPainter:
        """See :class:`flowstyle.engines.protocol.Engine`."""
        if self._targets is None or self._targets.context is not context:
            self._targets = StyleTargets(context, in_units_of_the_losses(context))
        return OptimisedPainter(shot, styles, self._targets)


def in_units_of_the_losses(context: EngineContext) -> FeatureNetwork:
    """The feature network with activations in the units that the losses are meant for."""
    settings = context.settings
    layers = tuple(dict.fromkeys((*settings.content_layers, *settings.style_layers)))
    if settings.normalization == "gatys":
        return MeanOne(context.network, layers, context.device)
    if settings.normalization == "ruder":
        return CaffeScale(context.network, layers, context.device)
    return context.network
