"""Stylises a single picture, coarse to fine; also shows what one layer of the network keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from flowstyle.core.cancel import Stopped
from flowstyle.core.colour import keep_colours, match_mean_covariance
from flowstyle.core.events import Progress, Report, ignore
from flowstyle.engines.optimised.terms import frame_terms, style_loss_name
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.rescale import MeanOne
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.range import out_of_range
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tv import total_variation_l2
from flowstyle.optimize import adam, lbfgs
from flowstyle.optimize.pyramid import pyramid_sizes, resize, resize_moments, scaled
from flowstyle.optimize.result import Moments, Result
from flowstyle.settings import Settings

DEFAULTS: Mapping[str, Any] = {
    "first_iterations": 120,
    "learning_rate": 0.03,
    "average": 0.95,
    "tv_weight": 1.0,
}
"""What a still takes instead of the defaults of a video's first frame: it has more time."""

RATIO: Mapping[str, Any] = {
    "normalization": "gatys",
    "style_weight": 1.0,
    "tv_weight": 0.0,
    "pooling": "average",
    "optimizer": "lbfgs",
}
"""What makes ``content_weight`` Gatys' ratio α/β; see :func:`stylize_still`."""

RECONSTRUCTION_TV = 0.5
"""Weight of the total variation in a reconstruction, beside a relative loss of weight 1: hides the
pixels' noise that no deep layer sees."""


RANGE_WEIGHT = 100.0
"""Weight that keeps L-BFGS, which is not clamped, within the colours that can be shown."""

_RANGE = Term(RANGE_WEIGHT, lambda _, image: out_of_range(image))


def stylize_still(
    photo: Tensor,
    styles: Sequence[Tensor],
    network: FeatureNetwork,
    settings: Settings,
    *,
    blend: Sequence[float] | None = None,
    report: Report = ignore,
    should_stop: Callable[[], bool] | None = None,
) -> Tensor:
    """Paint a photograph in the style of one or several pictures.

    With ``normalization = "gatys"`` the network's activations are rescaled to a mean of 1
    (:class:`MeanOne`) and ``content_weight / style_weight`` is the ratio α/β of Gatys, Ecker and
    Bethge (CVPR 2016).

    Args:
        photo: 1×3×H×W, [0, 1], on the device that computes.
        styles: pictures 1×3×h×w of any sizes, on the same device.
        network: gives the activations.
        settings: those of a video's first frame are used.
        blend: weight of each style; None weighs them alike.
        report: told the progress in iterations over all sizes, with the loss terms.
        should_stop: asked before each iteration.

    Returns:
        1×3×H×W, [0, 1].

    Raises:
        NotFiniteError: if the optimisation diverges.
        Stopped: if ``should_stop`` said so.
    """
    if settings.match_colors:
        styles = [match_mean_covariance(style, photo) for style in styles]
    if settings.normalization == "gatys":
        layers = dict.fromkeys((*settings.content_layers, *settings.style_layers))
        network = MeanOne(network, tuple(layers), photo.device)
    shares = list(blend) if blend is not None else [1.0] * len(styles)
    sizes = pyramid_sizes(photo.shape[-2], photo.shape[-1], smallest=settings.first_smallest)
    image = start_image(photo, sizes[0], settings)
    moments: Moments | None = None
    total = len(sizes) * settings.first_iterations
    for level, size in enumerate(sizes):
        content = ContentTarget.of(
            network, resize(photo, size), settings.content_layers, settings.normalization
        )
        targets = [_style(network, style, size, settings) for style in styles]
        style = StyleTarget.blend(targets, shares)
        terms = frame_terms(settings, content, style, [])
        if settings.optimizer == "lbfgs":
            terms["range"] = _RANGE
        objective = Objective(network, terms)
        done = level * settings.first_iterations
        result = _minimise(
            objective, resize(image, size), settings, moments, done, total, report, should_stop
        )
        image, moments = result.image, result.moments
        if level + 1 < len(sizes):
            moments = resize_moments(moments, sizes[level + 1])
    return keep_colours(image, photo) if settings.original_colors else image


def reconstruct(
    picture: Tensor,
    network: FeatureNetwork,
    layer: str,
    *,
    kind: str = "content",
    iterations: int = 200,
    seed: int = 0,
    report: Report = ignore,
    should_stop: Callable[[], bool] | None = None,
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
        should_stop: asked before each iteration.

    Returns:
        1×3×H×W, [0, 1].

    Raises:
        NotFiniteError: if the optimisation diverges.
        Stopped: if ``should_stop`` said so.
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
            "range": _RANGE,
        },
    )
    result = lbfgs.minimise(
        objective,
        noise(picture, (picture.shape[-2], picture.shape[-1]), seed),
        iterations=iterations,
        callback=lambda i, terms: report(Progress(layer, i, iterations, "iterations", terms)),
        should_stop=should_stop,
    )
    if result.stopped:
        raise Stopped(f"reconstruction from {layer}")
    return result.image


def start_image(photo: Tensor, size: tuple[int, int], settings: Settings) -> Tensor:
    """What the coarsest size starts from: the photograph, or noise by the seed.

    Args:
        photo: 1×3×H×W.
        size: (height, width).
        settings: ``first_start`` and ``seed``.

    Returns:
        1×3×height×width.
    """
    if settings.first_start == "content":
        return resize(photo, size)
    return noise(photo, size, settings.seed)


def noise(like: Tensor, size: tuple[int, int], seed: int) -> Tensor:
    """Grey noise of deviation 0.1, drawn on the CPU so that every device gets the same.

    Args:
        like: gives the device.
        size: (height, width).
        seed: decides the noise.

    Returns:
        1×3×height×width, [0, 1].
    """
    generator = torch.Generator().manual_seed(seed)
    return (0.5 + 0.1 * torch.randn(1, 3, *size, generator=generator)).clamp(0, 1).to(like.device)


def _style(
    network: FeatureNetwork, style: Tensor, size: tuple[int, int], settings: Settings
) -> StyleTarget:
    """One style's statistics for pictures of a size."""
    return StyleTarget.of(
        network,
        resize(style, scaled(style, size, settings.style_scale)),
        settings.style_layers,
        style_loss_name(settings),
        seed=settings.seed,
    )


def _minimise(
    objective: Objective,
    start: Tensor,
    settings: Settings,
    moments: Moments | None,
    done: int,
    total: int,
    report: Report,
    should_stop: Callable[[], bool] | None,
) -> Result:
    """One size."""

    def progress(iteration: int, terms: dict[str, float]) -> None:
        report(Progress("picture", done + iteration, total, "iterations", terms))

    if settings.optimizer == "lbfgs":
        result = lbfgs.minimise(
            objective,
            start,
            iterations=settings.first_iterations,
            callback=progress,
            should_stop=should_stop,
        )
    else:
        result = adam.minimise(
            objective,
            start,
            iterations=settings.first_iterations,
            learning_rate=settings.learning_rate,
            average=settings.average or None,
            moments=moments,
            callback=progress,
            should_stop=should_stop,
        )
    if result.stopped:
        raise Stopped(f"iteration {done + result.iterations} of {total}")
    return result
