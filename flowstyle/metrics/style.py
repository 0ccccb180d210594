"""Is the style there, is the content still there, and is the style as strong at the borders?

Distances are relative, as in the losses: 0 is the style picture (or the photograph) itself, so
figures of one network compare between sizes and clips, but not with those of another network.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import pad

from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.content import relative_content
from flowstyle.losses.gram import gram
from flowstyle.losses.style import relative_gram

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
STRIPS = 6
"""Strips into which a frame is cut in either direction; the outermost are the borders."""
MARGIN = 64
"""Pixels by which a frame is continued at its borders; most of what relu5_1 sees of them."""

Features = Mapping[str, Tensor]


@torch.no_grad()
def extract(network: FeatureNetwork, image: Tensor) -> Features:
    """Activations at all layers that this module uses, of an image 1×3×H×W."""
    return network(image, (*STYLE_LAYERS, CONTENT_LAYER))


def style_grams(features: Features) -> dict[str, Tensor]:
    """Gram matrix of each style layer."""
    return {layer: gram(features[layer]) for layer in STYLE_LAYERS}


def style_distance(features: Features, style: Features) -> float:
    """‖G − A‖² / ‖A‖², the mean over the style layers.

    Args:
        features: of the picture, from :func:`extract`.
        style: the style's Gram matrices, from :func:`style_grams`.

    Returns:
        ≥ 0; 0 for the style picture itself.
    """
    found = style_grams(features)
    return sum(float(relative_gram(found[la], style[la])) for la in STYLE_LAYERS) / len(
        STYLE_LAYERS
    )


def content_distance(features: Features, source: Features) -> float:
    """‖F − P‖² / ‖P‖² at relu4_2; both from :func:`extract`."""
    return float(relative_content(features[CONTENT_LAYER], source[CONTENT_LAYER]))


def border_distances(network: FeatureNetwork, image: Tensor, style: Features) -> dict[str, float]:
    """Style distance of the strips at the four borders over that of the strips between them.

    The strips are cut from the activations, and the frame is continued by its reflection first:
    the zeros with which a network pads would make every border look poorly styled.

    Args:
        network: the one that made ``style``.
        image: 1×3×H×W, [0, 1]; at least 96 pixels in a direction to be cut in it.
        style: the style's Gram matrices.

    Returns:
        Ratios under ``left``, ``right``, ``top`` and ``bottom``; 1 = styled as strongly as the
        middle, above 1 = less styled. A direction with too few pixels is left out. Content moves
        the ratio too: compare with that of a clip stylised frame by frame.
    """
    features = _extract_reflected(network, image)
    ratios: dict[str, float] = {}
    for dim, names in ((-1, ("left", "right")), (-2, ("top", "bottom"))):
        if any(features[layer].shape[dim] < STRIPS for layer in STYLE_LAYERS):
            continue
        cut = {layer: features[layer].tensor_split(STRIPS, dim=dim) for layer in STYLE_LAYERS}
        far = [
            style_distance({layer: cut[layer][k] for layer in STYLE_LAYERS}, style)
            for k in range(STRIPS)
        ]
        middle = sum(far[1:-1]) / (STRIPS - 2)
        if middle > 0:
            ratios[names[0]], ratios[names[1]] = far[0] / middle, far[-1] / middle
    return ratios


def _extract_reflected(network: FeatureNetwork, image: Tensor) -> Features:
    """Activations of the frame inside its reflection."""
    height, width = image.shape[-2:]
    coarsest = 2**4  # pixels an entry of relu5_1 stands for
    margin = min(MARGIN, (min(height, width) - 1) // coarsest * coarsest)
    found = extract(network, pad(image, (margin,) * 4, mode="reflect"))
    inside = {}
    for layer in STYLE_LAYERS:
        step = 2 ** (int(layer[4]) - 1)
        begin = margin // step
        rows, columns = slice(begin, begin + height // step), slice(begin, begin + width // step)
        inside[layer] = found[layer][..., rows, columns]
    return inside
