"""What a picture is pulled to: a photograph's activations, and a style's statistics.

Both are computed once for a picture, size and network, and are then cheap to compare with in every
iteration and frame. A target is itself callable as a term of :class:`~.objective.Objective`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowstyle.core.errors import UsageError
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.tiles import Tile, Tiling
from flowstyle.losses.content import gatys_content, relative_content, ruder_content
from flowstyle.losses.parts import Positions, Sums, Total
from flowstyle.losses.style import RELATIVE
from flowstyle.losses.style_loss import Statistics, StyleLoss, SummedStyleLoss

CONTENT_LOSSES = {"relative": relative_content, "gatys": gatys_content, "ruder": ruder_content}
"""The content losses by the name of the normalisation."""


@dataclass(frozen=True)
class ContentTarget:
    """The photograph's activations.

    ``features`` maps layer to N×C×h×w, ``loss`` names the normalisation. Several layers are
    averaged.
    """

    features: Mapping[str, Tensor]
    loss: str = "relative"

    @classmethod
    def of(
        cls,
        network: FeatureNetwork,
        image: Tensor,
        layers: Sequence[str],
        loss: str = "relative",
    ) -> ContentTarget:
        """Run the network over a photograph.

        Args:
            network: gives the activations.
            image: N×3×H×W, [0, 1], of the size of the picture to be optimised.
            layers: for instance ``["relu4_2"]``.
            loss: ``relative`` (to ‖P‖²), ``gatys`` (half the mean) or ``ruder`` (the mean).

        Returns:
            The target.
        """
        with torch.no_grad():
            return cls(network(image, layers), loss)

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that the loss needs."""
        return tuple(self.features)

    def __call__(self, features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        """Mean content loss over the layers, a scalar."""
        loss = CONTENT_LOSSES[self.loss]
        return torch.stack(
            [loss(features[layer], target) for layer, target in self.features.items()]
        ).mean()


@dataclass(frozen=True)
class StyleTarget:
    """A style's statistics.

    ``statistics`` maps layer to what ``loss`` compares with, ``weights`` layer to its weight.
    """

    statistics: Mapping[str, Statistics]
    weights: Mapping[str, float]
    loss: StyleLoss = RELATIVE

    @classmethod
    def of(
        cls,
        network: FeatureNetwork,
        image: Tensor,
        layers: Sequence[str],
        loss: StyleLoss = RELATIVE,
        weights: Sequence[float] | None = None,
        seed: int = 0,
        tiling: Tiling | None = None,
    ) -> StyleTarget:
        """Run the network over a style picture.

        Args:
            network: gives the activations.
            image: 1×3×H×W, [0, 1], of any size; its scale is the scale of the texture.
            layers: for instance ``["relu1_1", … "relu5_1"]``.
            loss: what is compared, for instance ``STYLE_LOSSES.get("sliced")``.
            weights: one for each layer; None takes the loss's own.
            seed: for losses that draw something.
            tiling: of the picture, where it is to be seen one tile at a time.

        Returns:
            The target.

        Raises:
            UsageError: if the number of weights is not that of the layers, or the loss must see
                whole pictures.
        """
        weights = loss.weights(len(layers)) if weights is None else weights
        if len(weights) != len(layers):
            raise UsageError(
                f"{len(weights)} style layer weights for {len(layers)} layers",
                ", ".join(layers),
                "give one weight for each style layer",
            )
        with torch.no_grad():
            if tiling is None:
                features = network(image, layers)
                statistics = {layer: loss.statistics(features[layer], seed) for layer in layers}
            else:
                statistics = _statistics_in_parts(network, image, layers, loss, seed, tiling)
        return cls(statistics, dict(zip(layers, map(float, weights), strict=True)), loss)

    @classmethod
    def blend(cls, targets: Sequence[StyleTarget], weights: Sequence[float]) -> StyleTarget:
        """Mix several styles by averaging their statistics.

        Args:
            targets: of the same network, layers and loss.
            weights: one each; only their ratio counts.

        Returns:
            The mixed target.

        Raises:
            UsageError: if the weights do not fit the styles or have no positive sum.
        """
        if len(weights) != len(targets) or min(weights) < 0 or sum(weights) <= 0:
            raise UsageError(
                f"blend weights {', '.join(f'{w:g}' for w in weights)} for {len(targets)} styles",
                "blend",
                "give one weight, 0 or more, for each style picture",
            )
        if len(targets) == 1:
            return targets[0]
        shares = [w / sum(weights) for w in weights]
        mixed = {
            layer: targets[0].loss.blend([one.statistics[layer] for one in targets], shares)
            for layer in targets[0].statistics
        }
        return replace(targets[0], statistics=mixed)

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that the loss needs."""
        return tuple(self.statistics)

    def __call__(self, features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        """Weighted sum of the style loss over the layers, a scalar."""
        terms = self.each(features)
        return torch.stack([self.weights[layer] * terms[layer] for layer in terms]).sum()

    def each(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Style loss of every layer, not weighted.

        Args:
            features: layer to N×C×h×w.

        Returns:
            Layer to scalar.
        """
        return {
            layer: self.loss.distance(features[layer], statistics)
            for layer, statistics in self.statistics.items()
        }

    def sums(self, features: Mapping[str, Tensor], tile: Tile) -> Sums:
        """What the loss sums over a part, see :class:`flowstyle.losses.parts.TermInParts`."""
        loss = in_parts(self.loss)
        return {layer: loss.sums(features[layer]) for layer in self.statistics}

    def of_sums(self, sums: Sums, positions: Mapping[str, int]) -> Tensor:
        """Weighted sum of the style loss over the layers, a scalar."""
        loss = in_parts(self.loss)
        terms = [
            self.weights[layer] * loss.distance_of_sums(sums[layer], positions[layer], statistics)
            for layer, statistics in self.statistics.items()
        ]
        return torch.stack(terms).sum()


def in_parts(loss: StyleLoss) -> SummedStyleLoss:
    """A style loss that can be had from sums over parts.

    Raises:
        UsageError: it must see whole pictures.
    """
    if not isinstance(loss, SummedStyleLoss):
        raise UsageError(
            f"the style loss '{loss.name}' compares whole pictures and cannot be had from tiles",
            "--style-loss",
            "choose gram or wasserstein, or a smaller --width, which fits as a whole",
        )
    return loss


def _statistics_in_parts(
    network: FeatureNetwork,
    image: Tensor,
    layers: Sequence[str],
    loss: StyleLoss,
    seed: int,
    tiling: Tiling,
) -> dict[str, Statistics]:
    """A style's statistics, one tile at a time."""
    summed, total, positions = in_parts(loss), Total(), Positions()
    for _, features in tiling.run(network, image, layers):
        total.add({layer: summed.sums(features[layer]) for layer in layers})
        positions.add(features)
    found = {
        layer: summed.statistics_of_sums(total.sums[layer], positions.counted[layer], seed)
        for layer in layers
    }
    return {layer: tuple(part.to(total.kind) for part in parts) for layer, parts in found.items()}
