"""What a picture is pulled to: a photograph's activations, and a style's statistics.

Both are computed once for a picture, size and network, and are then cheap to compare with in every
iteration and frame. A target is itself callable as a term of :class:`~.objective.Objective`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from flowstyle.core.errors import UsageError
from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.content import gatys_content, relative_content, ruder_content
from flowstyle.losses.gram import gram
from flowstyle.losses.sliced import (
    QUANTILES,
    at_quantiles,
    directions,
    projections,
    sliced_wasserstein,
)
from flowstyle.losses.style import gatys_style, relative_gram, ruder_style
from flowstyle.losses.wasserstein import gaussian, regularised, roots, wasserstein_gaussians

ContentLoss = Literal["relative", "gatys", "ruder"]
StyleLoss = Literal["relative", "gatys", "ruder", "wasserstein", "sliced"]

_CONTENT = {"relative": relative_content, "gatys": gatys_content, "ruder": ruder_content}


@dataclass(frozen=True)
class ContentTarget:
    """The photograph's activations.

    ``features`` maps layer to N×C×h×w, ``loss`` names the normalisation. Several layers are
    averaged.
    """

    features: Mapping[str, Tensor]
    loss: ContentLoss = "relative"

    @classmethod
    def of(
        cls,
        network: FeatureNetwork,
        image: Tensor,
        layers: Sequence[str],
        loss: ContentLoss = "relative",
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
        loss = _CONTENT[self.loss]
        return torch.stack(
            [loss(features[layer], target) for layer, target in self.features.items()]
        ).mean()


@dataclass(frozen=True)
class StyleTarget:
    """A style's statistics.

    ``statistics`` maps layer to the tensors that ``loss`` compares with (Gram matrix; mean,
    covariance and root; or rotation and sorted projections), ``weights`` layer to its weight.
    """

    statistics: Mapping[str, tuple[Tensor, ...]]
    weights: Mapping[str, float]
    loss: StyleLoss = "relative"

    @classmethod
    def of(
        cls,
        network: FeatureNetwork,
        image: Tensor,
        layers: Sequence[str],
        loss: StyleLoss = "relative",
        weights: Sequence[float] | None = None,
        seed: int = 0,
    ) -> StyleTarget:
        """Run the network over a style picture.

        Args:
            network: gives the activations.
            image: 1×3×H×W, [0, 1], of any size; its scale is the scale of the texture.
            layers: for instance ``["relu1_1", … "relu5_1"]``.
            loss: ``relative``, ``gatys`` and ``ruder`` compare Gram matrices, ``wasserstein``
                Gaussians, ``sliced`` whole distributions.
            weights: one for each layer. By default each reference's own: 1/layers; with ``ruder``
                1; with ``wasserstein`` falling by 4 from layer to layer, sum 1 (256, 64, 16, 4, 1).
            seed: of the directions of ``sliced``.

        Returns:
            The target.

        Raises:
            UsageError: if the number of weights is not that of the layers.
        """
        weights = default_weights(len(layers), loss) if weights is None else weights
        if len(weights) != len(layers):
            raise UsageError(
                f"{len(weights)} style layer weights for {len(layers)} layers",
                ", ".join(layers),
                "give one weight for each style layer",
            )
        with torch.no_grad():
            features = network(image, layers)
            statistics = {layer: _statistics(features[layer], loss, seed) for layer in layers}
        return cls(statistics, dict(zip(layers, map(float, weights), strict=True)), loss)

    @classmethod
    def blend(cls, targets: Sequence[StyleTarget], weights: Sequence[float]) -> StyleTarget:
        """Mix several styles by averaging their statistics.

        For the losses on Gram matrices this has the same minimum as the weighted sum of the
        single losses; for ``sliced`` the average of quantiles is the Wasserstein barycentre.

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
        share = [w / sum(weights) for w in weights]
        mixed = {}
        for layer in targets[0].statistics:
            columns = zip(*(t.statistics[layer] for t in targets), strict=True)
            parts = [
                sum((s * part for s, part in zip(share, column, strict=True)), torch.tensor(0.0))
                if index != 0 or targets[0].loss != "sliced"
                else column[0]  # the rotation, the same in all
                for index, column in enumerate(columns)
            ]
            if targets[0].loss == "wasserstein":
                parts[2] = roots(regularised(parts[1]))[0]
            mixed[layer] = tuple(parts)
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
            layer: _compare(features[layer], statistics, self.loss)
            for layer, statistics in self.statistics.items()
        }


def default_weights(count: int, loss: StyleLoss) -> list[float]:
    """Layer weights of the reference that a style loss comes from, shallow to deep.

    Args:
        count: number of layers.
        loss: name of the loss.

    Returns:
        One weight a layer.
    """
    if loss == "ruder":
        return [1.0] * count
    if loss == "wasserstein":
        falling = [4.0 ** (count - 1 - i) for i in range(count)]
        return [w / sum(falling) for w in falling]
    return [1.0 / count] * count


def _statistics(features: Tensor, loss: StyleLoss, seed: int) -> tuple[Tensor, ...]:
    """What is kept of a style's activations for one layer."""
    if loss == "wasserstein":
        mean, covariance = gaussian(features)
        return mean, covariance, roots(regularised(covariance))[0]
    if loss == "sliced":
        rotation = directions(features.shape[1], seed, features.float())
        return rotation, at_quantiles(projections(features, rotation), QUANTILES)
    return (gram(features, "chw" if loss == "ruder" else "hw"),)


def _compare(features: Tensor, statistics: tuple[Tensor, ...], loss: StyleLoss) -> Tensor:
    """One layer's loss."""
    # Both distances grow with the square of the activations: over the style's own mean square they
    # are free of units, and weigh the same for every network.
    if loss == "wasserstein":
        mean, covariance, _ = statistics
        channels = mean.shape[1]
        spread = covariance.diagonal(dim1=1, dim2=2).sum(1)
        energy = ((mean.square().sum(1) + spread) / channels).mean().clamp_min(1e-12)
        return wasserstein_gaussians(*gaussian(features), *statistics) / energy
    if loss == "sliced":
        rotation, ordered = statistics
        energy = ordered.square().mean().clamp_min(1e-12)
        return sliced_wasserstein(projections(features, rotation), ordered) / energy
    (target,) = statistics
    if loss == "ruder":
        return ruder_style(features, target)
    g = gram(features, "hw")
    return gatys_style(g, target) if loss == "gatys" else relative_gram(g, target)
