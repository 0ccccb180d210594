"""What a network is trained to: the same content and style losses that frames are optimised under.

Content and style of each painted frame, its smoothness, and what it keeps of the paint that was
carried onto it (Johnson et al. 2016; Ruder et al. 2018, eq. 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tv import total_variation_l2


@dataclass(frozen=True)
class Weights:
    """Weights of the terms."""

    content: float = 3.0
    style: float = 10.0
    smooth: float = 3.0
    temporal: float = 100.0


WEIGHTS = Weights()
CONTENT_LAYERS = ("relu3_1", "relu4_2")


def training_loss(
    network: FeatureNetwork,
    style: StyleTarget,
    frame: Tensor,
    painted: Tensor,
    carried: Tensor,
    mask: Tensor,
    weights: Weights = WEIGHTS,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Total and terms.

    Args:
        network: feature network.
        style: what the paint's statistics are compared with.
        frame: N×3×H×W, the source, [0, 1].
        painted: N×3×H×W, the network's answer.
        carried: N×3×H×W, the paint of the frame before, warped.
        mask: N×1×H×W, where it is known.
        weights: of the terms.
    """
    content = ContentTarget.of(network, frame, CONTENT_LAYERS)
    layers = list(dict.fromkeys((*content.layers, *style.layers)))
    features = network(painted, layers)
    terms = {
        "content": weights.content * content(features, painted),
        "style": weights.style * _mean_style(style, features, painted),
        "smooth": weights.smooth * total_variation_l2(painted),
        "temporal": weights.temporal * (mask * (painted - carried)).square().mean(),
    }
    return torch.stack(list(terms.values())).sum(), terms


def _mean_style(style: StyleTarget, features: dict[str, Tensor], painted: Tensor) -> Tensor:
    """Of each picture by itself: a batch has no statistics in common."""
    each: Sequence[Tensor] = [
        style({layer: value[i : i + 1] for layer, value in features.items()}, painted[i : i + 1])
        for i in range(len(painted))
    ]
    return torch.stack(list(each)).mean()
