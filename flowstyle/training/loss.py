"""What a network is trained to: the same content and style losses that frames are optimised under.

Content and style of each painted picture, its smoothness, and that light and dark stay in their
places (Johnson et al. 2016). Nothing is asked of two frames in a row: paint is carried from one to
the other, whatever a network would paint there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tv import total_variation_l2


@dataclass(frozen=True)
class Weights:
    """Weights of the terms."""

    content: float = 3.0
    style: float = 15.0
    smooth: float = 3.0
    light: float = 1.0


WEIGHTS = Weights()
CONTENT_LAYERS = ("relu3_1", "relu4_2")
CELL = 8
"""Pixels: sides of the cells whose lightness is compared."""
VISIBLE = 0.02
"""Deviation of lightness below which a crop counts as even, and may be painted as it likes."""


def training_loss(
    network: FeatureNetwork,
    style: StyleTarget,
    frame: Tensor,
    painted: Tensor,
    weights: Weights = WEIGHTS,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Total and terms.

    Args:
        network: feature network.
        style: what the paint's statistics are compared with.
        frame: N×3×H×W, the source, [0, 1].
        painted: N×3×H×W, the network's answer.
        weights: of the terms.
    """
    content = ContentTarget.of(network, frame, CONTENT_LAYERS)
    layers = list(dict.fromkeys((*content.layers, *style.layers)))
    features = network(painted, layers)
    terms = {
        "content": weights.content * content(features, painted),
        "style": weights.style * style(features, painted),
        "smooth": weights.smooth * total_variation_l2(painted),
        "light": weights.light * light_and_dark(frame, painted),
    }
    return torch.stack(list(terms.values())).sum(), terms


def light_and_dark(frame: Tensor, painted: Tensor) -> Tensor:
    """How far light and dark have changed places: 1 − correlation of lightness over cells.

    Deep features hardly tell a picture from its negative, and a network that begins with nothing
    may settle on a dark sky. What the style's own range of lightness is does not matter here.

    Args:
        frame: N×3×H×W, the source, [0, 1].
        painted: N×3×H×W.

    Returns:
        Scalar, 0 where all are in the same order and 2 where all are reversed.
    """
    one, other = (
        (cells - cells.mean((-2, -1), keepdim=True)).flatten(1)
        for cells in (avg_pool2d(image.mean(1), CELL) for image in (frame, painted))
    )
    floor = VISIBLE**2 * one.shape[1]
    size = (one.square().sum(1) + floor) * (other.square().sum(1) + floor)
    return (1 - ((one * other).sum(1) + floor) / size.sqrt()).mean()
