"""The objective of one frame: of the whole picture, in tiles, or of those tiles that change.

Tiles are for pictures that are too large for the memory; where most of a picture stands still, the
network runs over the rest of it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from flowstyle.core.allocator import give_back_freed_memory
from flowstyle.engines.optimised.active_tiles import active_tiles, whole_picture
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.optimised.terms import pixel_terms
from flowstyle.features.reach import reach_of
from flowstyle.features.tiles import Tiling
from flowstyle.guides.styles import StyleShare
from flowstyle.losses.active_objective import ActiveObjective
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.parts import PartTerm
from flowstyle.losses.style_loss import SummedStyleLoss
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tiled_content import TiledContent
from flowstyle.losses.tiled_objective import TiledObjective
from flowstyle.optimize.result import Minimised
from flowstyle.temporal.pulls import Pull


@dataclass(frozen=True)
class Still:
    """What of a picture keeps its value while the rest is painted.

    Args:
        start: 1×3×H×W, what the painting begins with, the kept values in place.
        changing: share of the pixels that do not keep theirs.
        active: the tiles that hold these.
    """

    start: Tensor
    changing: float
    active: Tiling


def frame_objective(
    targets: StyleTargets,
    shares: Sequence[StyleShare],
    photo: Tensor,
    pulls: Sequence[Pull] = (),
    *,
    exclusive: bool = False,
    still: Still | None = None,
) -> Minimised:
    """What is minimised for a picture at one size.

    Args:
        targets: the styles' statistics, and what computes.
        shares: the styles of the frame and their weights.
        photo: 1×3×H×W, the source picture.
        pulls: neighbours of the temporal term.
        exclusive: the masks of the pulls do not overlap.
        still: what keeps its value, where that is most of the picture.

    Raises:
        UsageError: it must be in tiles, and network or style loss cannot.
    """
    settings, network = targets.context.settings, targets.network
    size = (photo.shape[-2], photo.shape[-1])
    style, tiling = targets.at(shares, size), targets.tiling(size)
    pixels = pixel_terms(settings, pulls, exclusive=exclusive)
    if settings.palette_weight:
        pixels["palette"] = Term(settings.palette_weight, targets.palette(shares, size))
    if still is not None and _fits(targets, still.active):
        whole = tiling or whole_picture(size, still.active.reach)
        parts = _parts(targets, photo, style, whole)
        return ActiveObjective(
            network,
            parts,
            pixels,
            whole=whole,
            active=still.active,
            start=still.start,
            cancel=targets.context.cancel,
        )
    normalise = settings.normalize_gradients
    if tiling is None:
        content = ContentTarget.of(network, photo, settings.content_layers, settings.normalization)
        activations = {
            "content": Term(settings.content_weight, content, content.layers),
            "style": Term(settings.style_weight, style, style.layers),
        }
        return Objective(network, activations | pixels, normalise_gradients=normalise)
    give_back_freed_memory()  # holes that smaller sizes left
    parts, cancel = _parts(targets, photo, style, tiling), targets.context.cancel
    return TiledObjective(
        network, parts, pixels, tiling, normalise_gradients=normalise, cancel=cancel
    )


def _parts(
    targets: StyleTargets, photo: Tensor, style: StyleTarget, tiling: Tiling
) -> dict[str, PartTerm]:
    """The terms on activations, as functions of sums over tiles."""
    settings = targets.context.settings
    content = TiledContent(
        targets.network, photo, settings.content_layers, tiling, settings.normalization
    )
    return {
        "content": PartTerm(settings.content_weight, content),
        "style": PartTerm(settings.style_weight, style),
    }


def still_part(targets: StyleTargets, start: Tensor, static: Tensor) -> Still | None:
    """What keeps its value; None where that is too little to help, or terms must see all at once.

    Args:
        targets: the styles' statistics, and what computes.
        start: 1×3×H×W, what the painting begins with, the kept values in place.
        static: 1×1×H×W of 0 and 1, 1 where the value is kept.
    """
    settings = targets.context.settings
    reach = reach_of(targets.network, (*settings.content_layers, *settings.style_layers))
    in_parts = isinstance(targets.context.style_loss, SummedStyleLoss)
    if reach is None or not in_parts or settings.normalize_gradients:
        return None
    active = active_tiles(static, reach)
    return None if active is None else Still(start, 1 - float(static.mean()), active)


def _fits(targets: StyleTargets, active: Tiling) -> bool:
    """Whether the memory suffices for some tiles at a time; else the whole picture is in tiles."""
    largest = targets.context.largest_pass
    return largest is None or active.pixels <= largest
