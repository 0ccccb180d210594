"""Shows what one layer of a network keeps of a picture, by finding another that it takes for it."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.events import Progress, Report, Stage, ignore
from flowstyle.core.noise import grey_noise
from flowstyle.engines.optimised.terms import RANGE
from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tv import total_variation_l2
from flowstyle.optimize import lbfgs

NOISE = 0.1
"""Deviation of the noise that it starts from."""
RECONSTRUCTION_TV = 0.5
"""Weight of the total variation, beside a relative loss of weight 1: hides the pixels' noise that
no deep layer sees."""
RANGE_WEIGHT = 100.0
"""Weight that keeps the picture within the colours that can be shown."""


def reconstruct(
    picture: Tensor,
    network: FeatureNetwork,
    layer: str,
    *,
    kind: str = "content",
    iterations: int = 200,
    seed: int = 0,
    report: Report = ignore,
    cancel: CancelToken | None = None,
) -> Tensor:
    """Find a picture, from noise, that one layer cannot tell from the given one.

    Figure 1 of Gatys, Ecker and Bethge: the content of low layers is the picture itself, that of
    high layers only its objects; the style of a layer is a texture.

    Args:
        picture: 1×3×H×W, [0, 1].
        network: gives the activations.
        layer: for instance ``relu4_2``.
        kind: ``content`` compares activations, ``style`` Gram matrices.
        iterations: of L-BFGS at the full size; a coarse-to-fine way would let in what the layer
            does not hold.
        seed: of the noise.
        report: told the progress.
        cancel: asked before each iteration.

    Returns:
        1×3×H×W, [0, 1].

    Raises:
        NotFiniteError: if the optimisation diverges.
        Cancelled: the caller asked for an end.
    """
    target: ContentTarget | StyleTarget
    if kind == "content":
        target = ContentTarget.of(network, picture, [layer])
    else:
        target = StyleTarget.of(network, picture, [layer])
    objective = Objective(
        network,
        {
            kind: Term(1.0, target, target.layers),
            "tv": Term(RECONSTRUCTION_TV, lambda _, image: total_variation_l2(image)),
            "range": replace(RANGE, weight=RANGE_WEIGHT),
        },
    )
    height, width = picture.shape[-2:]
    result = lbfgs.minimise(
        objective,
        grey_noise((height, width), NOISE, seed, picture.device),
        iterations=iterations,
        callback=lambda i, terms: report(
            Progress(Stage.RECONSTRUCTION, i, iterations, "iterations", terms)
        ),
        cancel=cancel,
    )
    if result.stopped:
        raise Cancelled(f"reconstruction from {layer}")
    return result.image
