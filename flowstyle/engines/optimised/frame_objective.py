"""The objective of one frame: of the whole picture, or in tiles where it is too large for that."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from flowstyle.core.allocator import give_back_freed_memory
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.optimised.terms import pixel_terms
from flowstyle.guides.styles import StyleShare
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.parts import PartTerm
from flowstyle.losses.targets import ContentTarget
from flowstyle.losses.tiled_content import TiledContent
from flowstyle.losses.tiled_objective import TiledObjective
from flowstyle.optimize.result import Minimised
from flowstyle.temporal.pulls import Pull


def frame_objective(
    targets: StyleTargets,
    shares: Sequence[StyleShare],
    photo: Tensor,
    pulls: Sequence[Pull] = (),
    *,
    exclusive: bool = False,
) -> Minimised:
    """What is minimised for a picture at one size.

    Args:
        targets: the styles' statistics, and what computes.
        shares: the styles of the frame and their weights.
        photo: 1×3×H×W, the source picture.
        pulls: neighbours of the temporal term.
        exclusive: the masks of the pulls do not overlap.

    Raises:
        UsageError: it must be in tiles, and network or style loss cannot.
    """
    settings, network = targets.context.settings, targets.network
    height, width = photo.shape[-2:]
    style = targets.at(shares, (height, width))
    tiling = targets.tiling((height, width))
    pixels = pixel_terms(settings, pulls, exclusive=exclusive)
    normalise = settings.normalize_gradients
    content_layers, kind = settings.content_layers, settings.normalization
    if tiling is None:
        content = ContentTarget.of(network, photo, content_layers, kind)
        activations = {
            "content": Term(settings.content_weight, content, content.layers),
            "style": Term(settings.style_weight, style, style.layers),
        }
        return Objective(network, activations | pixels, normalise_gradients=normalise)
    give_back_freed_memory()  # holes that smaller sizes left
    parts = {
        "content": PartTerm(
            settings.content_weight, TiledContent(network, photo, content_layers, tiling, kind)
        ),
        "style": PartTerm(settings.style_weight, style),
    }
    cancel = targets.context.cancel
    return TiledObjective(
        network, parts, pixels, tiling, normalise_gradients=normalise, cancel=cancel
    )
