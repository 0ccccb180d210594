"""The objective of a picture of which only some tiles change: all else has its sums already.

The terms on activations are functions of sums over positions (:mod:`flowstyle.losses.parts`). Where
a scene stands still its paint keeps its value, so that the sums of what does not change are worked
out once, and each evaluation runs the network over the tiles that do.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.tiles import Tiling
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.parts import PartTerm, Positions, Sums, Total, in_use, layers_of


class ActiveObjective:
    """Weighted sum of terms, of which those on activations are evaluated in some tiles alone.

    At ``start`` it is the :class:`~flowstyle.losses.objective.Objective` of the whole picture; away
    from it the difference is what activations outside the tiles would have changed.

    Args:
        network: gives the activations.
        parts: name to term on activations.
        pixels: name to term on pixels, which sees the whole picture.
        whole: the whole picture, in as many tiles as the memory asks for.
        active: the tiles that change.
        start: N×3×H×W float32, [0, 1]: what pictures are evaluated that differ in the tiles alone.
        cancel: asked before every tile of the whole picture.

    Raises:
        Cancelled: the caller asked for an end.
    """

    def __init__(
        self,
        network: FeatureNetwork,
        parts: Mapping[str, PartTerm],
        pixels: Mapping[str, Term],
        *,
        whole: Tiling,
        active: Tiling,
        start: Tensor,
        cancel: CancelToken | None = None,
    ) -> None:
        self._network = network
        self._terms = in_use(parts)
        self._pixels = Objective(None, pixels)
        self._active = active
        self._cancel = cancel or CancelToken()
        self._layers = layers_of(self._terms)
        self._positions = Positions()
        self._rest = self._sums_beside(start, whole)

    def __call__(self, image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Evaluate.

        Args:
            image: N×3×H×W float32, [0, 1].

        Returns:
            The total, differentiable, and each term times its weight, detached; all scalars.
        """
        sums = {name: dict(rest) for name, rest in self._rest.items()}
        for tile, features in self._active.run(self._network, image, self._layers):
            for name, term in self._terms.items():
                sums[name] = _added(sums[name], term.compute.sums(features, tile))
        values = {
            name: (term.weight * term.compute.of_sums(sums[name], self._positions.counted)).to(
                image.dtype
            )
            for name, term in self._terms.items()
        }
        total, others = self._pixels(image)
        found = {name: value.detach() for name, value in values.items()}
        return torch.stack([*values.values(), total]).sum(), found | others

    @torch.no_grad()
    def _sums_beside(self, start: Tensor, whole: Tiling) -> dict[str, Sums]:
        """The sums over the picture, less those over the tiles."""
        totals = {name: Total() for name in self._terms}
        for tile, features in whole.run(self._network, start, self._layers):
            self._cancel.check("between two tiles")
            self._positions.add(features)
            for name, term in self._terms.items():
                totals[name].add(term.compute.sums(features, tile))
        rest = {name: total.sums for name, total in totals.items()}
        for tile, features in self._active.run(self._network, start, self._layers):
            for name, term in self._terms.items():
                rest[name] = _added(rest[name], term.compute.sums(features, tile), -1)
        return rest


def _added(sums: Sums, part: Sums, sign: int = 1) -> Sums:
    """Sums in float64 with those of a part."""
    return {
        layer: tuple(
            total + sign * value.double() for total, value in zip(totals, part[layer], strict=True)
        )
        for layer, totals in sums.items()
    }
