"""The function that is minimised: named, weighted terms over one pass of the feature network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork

Compute = Callable[[Mapping[str, Tensor], Tensor], Tensor]


@dataclass(frozen=True)
class Term:
    """One part of the objective.

    ``compute`` takes the activations by layer name and the image N×3×H×W, and returns a scalar;
    ``layers`` are those it reads (none for a term on pixels).
    """

    weight: float
    compute: Compute
    layers: tuple[str, ...] = ()


class Objective:
    """Weighted sum of terms.

    Building one costs nothing: targets are computed elsewhere, so that each frame has its own.
    Terms of weight 0 are left out, and the network runs once, as deep as the others need.

    Args:
        network: gives the activations; None where all terms are on pixels.
        terms: name to term; the names come back with the values.
        normalise_gradients: scale the gradient that each term sends into each activation map (or
            image) to an L1 norm equal to the term's weight. Weights then mean the same for all
            styles; the total no longer tells about progress, and a line search must not be used.
    """

    def __init__(
        self,
        network: FeatureNetwork | None,
        terms: Mapping[str, Term],
        *,
        normalise_gradients: bool = False,
    ) -> None:
        self.network = network
        self.terms = {name: term for name, term in terms.items() if term.weight != 0}
        self.normalise_gradients = normalise_gradients
        needed = dict.fromkeys(layer for t in self.terms.values() for layer in t.layers)
        self.layers = tuple(needed)
        if self.layers and network is None:
            raise ValueError(f"terms read the layers {self.layers} but there is no network")

    def __call__(self, image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Evaluate.

        Args:
            image: N×3×H×W float32, [0, 1].

        Returns:
            The total, differentiable, and each term times its weight, detached; all scalars.
        """
        features: dict[str, Tensor] = {}
        if self.layers and self.network is not None:
            features = self.network(image, self.layers)
        values = {name: self._value(term, features, image) for name, term in self.terms.items()}
        total = torch.stack(list(values.values())).sum() if values else image.sum() * 0
        return total, {name: value.detach() for name, value in values.items()}

    def _value(self, term: Term, features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        """One term times its weight."""
        if not self.normalise_gradients:
            return term.weight * term.compute(features, image)
        # The wrapped tensors are this term's own, so that its gradient passes alone.
        wrapped = {layer: _normalise(features[layer], term.weight) for layer in term.layers}
        return term.weight * term.compute(wrapped, _normalise(image, term.weight))


class _NormalisedGradient(torch.autograd.Function):
    """Identity whose gradient has a given L1 norm."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, norm: float) -> Tensor:
        ctx.norm = norm
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient = gradients[0]
        size = gradient.float().abs().sum().clamp_min(1e-20)
        return (gradient.float() * (ctx.norm / size)).to(gradient.dtype), None


def _normalise(value: Tensor, norm: float) -> Tensor:
    result: Tensor = _NormalisedGradient.apply(value, norm)
    return result
