"""Terms of an objective that are functions of sums over a picture's positions.

Sums of parts add up to those of the whole, so that such a term can be evaluated, and its gradient
be found, without the activations of the whole picture in memory at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from flowstyle.features.tiles import Tile

Sums = dict[str, tuple[Tensor, ...]]
"""Layer to the sums that a term takes over its positions."""


class TermInParts(Protocol):
    """What computes a term of :class:`~flowstyle.losses.tiled_objective.TiledObjective`."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that it reads."""

    def sums(self, features: Mapping[str, Tensor], tile: Tile) -> Sums:
        """Sums over a part, differentiable.

        Args:
            features: layer to N×C×h×w at the tile's own positions.
            tile: which part it is.
        """

    def of_sums(self, sums: Sums, positions: Mapping[str, int]) -> Tensor:
        """The term from the sums over the whole picture, a scalar.

        Args:
            sums: float64.
            positions: layer to the number of positions over which they were taken.
        """


@dataclass(frozen=True)
class PartTerm:
    """One weighted term that is a function of sums over positions."""

    weight: float
    compute: TermInParts


def in_use(parts: Mapping[str, PartTerm]) -> dict[str, PartTerm]:
    """The terms whose weight is not 0."""
    return {name: term for name, term in parts.items() if term.weight != 0}


def layers_of(terms: Mapping[str, PartTerm]) -> tuple[str, ...]:
    """The layers that terms read, each once."""
    layers = (layer for term in terms.values() for layer in term.compute.layers)
    return tuple(dict.fromkeys(layers))


@dataclass
class Total:
    """Sums that grow part by part, in float64: some are differences of large numbers in the end.

    ``kind`` is the type that the parts came in.
    """

    sums: Sums = field(default_factory=dict)
    kind: torch.dtype = torch.float32

    def add(self, part: Sums) -> None:
        """Add the sums of a part."""
        for layer, values in part.items():
            known, self.kind = self.sums.get(layer), values[0].dtype
            if known is None:
                self.sums[layer] = tuple(value.detach().double() for value in values)
            else:
                for total, value in zip(known, values, strict=True):
                    total.add_(value.detach())


@dataclass
class Positions:
    """Numbers of positions of each layer, counted part by part."""

    counted: dict[str, int] = field(default_factory=dict)

    def add(self, features: Mapping[str, Tensor]) -> None:
        """Count those of a part."""
        for layer, values in features.items():
            positions = values.shape[-2] * values.shape[-1]
            self.counted[layer] = self.counted.get(layer, 0) + positions
