"""The statistics of the styles at each size, worked out once for a render."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from flowstyle.core.errors import UsageError
from flowstyle.engines.protocol import EngineContext
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.reach import reach_of
from flowstyle.features.tiles import Tiling, tiles_for
from flowstyle.guides.styles import Style, StyleShare
from flowstyle.losses.palette import Palette
from flowstyle.losses.targets import StyleTarget
from flowstyle.optimize.pyramid import LEAST_SIDE, resize, scaled

KEPT = 64
"""Statistics that are kept: of some styles at the dozen sizes of a first frame."""

Kept = tuple[StyleTarget, Palette]


class StyleTargets:
    """Gives the target for a mixture of styles at a size.

    Args:
        context: of the render.
        network: its feature network, in the units of the losses.
    """

    def __init__(self, context: EngineContext, network: FeatureNetwork) -> None:
        self.context = context
        self.network = network
        self._kept: OrderedDict[tuple[Style, tuple[int, int]], Kept] = OrderedDict()

    def at(self, shares: Sequence[StyleShare], size: tuple[int, int]) -> StyleTarget:
        """The mixture of styles.

        Args:
            shares: the styles and their weights.
            size: (height, width) of the frame.

        Raises:
            UsageError: a style is meant for a part of the frame.
        """
        if any(share.mask is not None for share in shares):
            raise UsageError(
                "the optimised engine paints whole frames in a style, not parts of them",
                "a style with a mask",
                "leave the mask out",
            )
        targets = [self._of(share.style, size)[0] for share in shares]
        return StyleTarget.blend(targets, [share.weight for share in shares])

    def palette(self, shares: Sequence[StyleShare], size: tuple[int, int]) -> Palette:
        """The colours of the mixture of styles.

        Args:
            shares: the styles and their weights.
            size: (height, width) of the frame.
        """
        palettes = [self._of(share.style, size)[1] for share in shares]
        return Palette.blend(palettes, [share.weight for share in shares])

    def grey(self, shares: Sequence[StyleShare]) -> bool:
        """Whether a mixture of styles is painted in grey: it is, and its palette counts.

        Args:
            shares: the styles and their weights.
        """
        heeded = self.context.settings.palette_weight > 0
        return heeded and all(share.style.grey for share in shares if share.weight > 0)

    def tiling(self, size: tuple[int, int]) -> Tiling | None:
        """The tiles of a picture; None where the network can take it as a whole.

        Args:
            size: (height, width) of the picture.

        Raises:
            UsageError: the network does not tell how far it sees.
        """
        largest, settings = self.context.largest_pass, self.context.settings
        if largest is None or size[0] * size[1] <= largest:
            return None
        reach = reach_of(self.network, (*settings.content_layers, *settings.style_layers))
        if reach is None:
            raise UsageError(
                f"the {self.network.name} features do not tell how far they see, which tiles need",
                "--features",
                "use vgg19 or compact, or a smaller --width, which fits as a whole",
            )
        return tiles_for(size, reach, largest)

    def least_side(self) -> int:
        """Pixels that a picture's shorter side needs for the deepest layer to have a position."""
        settings = self.context.settings
        reach = reach_of(self.network, (*settings.content_layers, *settings.style_layers))
        return LEAST_SIDE if reach is None else reach.alignment

    def _of(self, style: Style, size: tuple[int, int]) -> Kept:
        settings = self.context.settings
        key = (style, size)
        if key not in self._kept:
            picture = resize(style.picture, scaled(style.picture, size, settings.style_scale))
            target = StyleTarget.of(
                self.network,
                picture,
                settings.style_layers,
                self.context.style_loss,
                seed=settings.seed,
                tiling=self.tiling((picture.shape[-2], picture.shape[-1])),
            )
            self._kept[key] = target, Palette.of(picture)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]
