"""A photograph's activations for an objective that sees one tile of the picture at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.features.tiles import Tile, Tiling
from flowstyle.losses.content import content_of_sums
from flowstyle.losses.parts import Positions, Sums

KEPT_BYTES = 40
"""Bytes a pixel that activations may take to be kept: those of relu4_2 and deeper do. Others are
computed again for each tile, to the same bits."""


@dataclass(frozen=True, eq=False)
class TiledContent:
    """The photograph's activations, tile by tile.

    Args:
        network: gives the activations.
        image: N×3×H×W, [0, 1].
        layers: for instance ``("relu4_2",)``.
        tiling: of the picture to be optimised, which has the same size.
        loss: name of the normalisation, see :data:`flowstyle.losses.targets.CONTENT_LOSSES`.
    """

    network: FeatureNetwork
    image: Tensor
    layers: tuple[str, ...]
    tiling: Tiling
    loss: str = "relative"
    _energy: dict[str, Tensor] = field(default_factory=dict)
    _entries: dict[str, int] = field(default_factory=dict)
    _kept: dict[Tile, dict[str, Tensor]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Run the network over the photograph once, for what is relative to all of it."""
        positions = Positions()
        with torch.no_grad():
            for tile, features in self.tiling.run(self.network, self.image, self.layers):
                positions.add(features)
                for layer, values in features.items():
                    energy = values.double().square().sum()
                    self._energy[layer] = self._energy.get(layer, energy.new_zeros(())) + energy
                    self._entries[layer] = len(values) * values.shape[1] * positions.counted[layer]
                self._keep(tile, features)

    def sums(self, features: Mapping[str, Tensor], tile: Tile) -> Sums:
        """Σ (F − P)² of a tile, see :class:`flowstyle.losses.parts.TermInParts`.

        It need not be one of ``tiling``.
        """
        target = self._at(tile)
        return {
            layer: ((features[layer].float() - target[layer].float()).square().sum(),)
            for layer in self.layers
        }

    def of_sums(self, sums: Sums, positions: Mapping[str, int]) -> Tensor:
        """Mean content loss over the layers, a scalar."""
        losses = [
            content_of_sums(self.loss, sums[layer][0], self._energy[layer], self._entries[layer])
            for layer in self.layers
        ]
        return torch.stack(losses).mean()

    def _at(self, tile: Tile) -> dict[str, Tensor]:
        """The photograph's activations at a tile's own positions."""
        if tile in self._kept:
            return self._kept[tile]
        with torch.no_grad():
            features = self.network(tile.cut(self.image), self.layers)
        own = self.tiling.own(tile, features)
        self._keep(tile, own)
        return own

    def _keep(self, tile: Tile, features: Mapping[str, Tensor]) -> None:
        """Keep a tile's activations, without those of its halo, where they are small.

        A tile that is none of ``tiling`` is a part of the picture that fits as it is.
        """
        small = _bytes_per_pixel(features, self.tiling) <= KEPT_BYTES
        if small or tile not in self.tiling.tiles:
            self._kept[tile] = {layer: values.clone() for layer, values in features.items()}


def _bytes_per_pixel(features: Mapping[str, Tensor], tiling: Tiling) -> float:
    """What activations take, for a pixel of the picture."""
    strides = tiling.reach.strides
    return sum(
        values.shape[1] * values.element_size() / strides[layer] ** 2
        for layer, values in features.items()
    )
