"""The objective for pictures whose activations do not fit into memory at once.

The terms on activations are functions of sums over positions. A first pass over the tiles, without
gradients, adds up the sums; the terms' slopes against these are then known numbers. A second pass
runs each tile again, sends the slopes back through it, and adds the gradient of its pixels and its
halo to that of the picture. The result is that of :class:`~flowstyle.losses.objective.Objective` up
to rounding, for about half as much time again and that of the halos.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from flowstyle.core.allocator import give_back_freed_memory
from flowstyle.core.cancel import CancelToken
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.tiles import Tile, Tiling
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.parts import PartTerm, Positions, Sums, Total, in_use, layers_of


class TiledObjective:
    """Weighted sum of terms, evaluated one tile at a time.

    Args:
        network: gives the activations.
        parts: name to term on activations.
        pixels: name to term on pixels, which sees the whole picture.
        tiling: of the picture.
        normalise_gradients: as for :class:`~flowstyle.losses.objective.Objective`; costs a third
            pass.
        cancel: asked before every tile.
    """

    def __init__(
        self,
        network: FeatureNetwork,
        parts: Mapping[str, PartTerm],
        pixels: Mapping[str, Term],
        tiling: Tiling,
        *,
        normalise_gradients: bool = False,
        cancel: CancelToken | None = None,
    ) -> None:
        self._network = network
        self._terms = in_use(parts)
        self._pixel_terms = {
            name: Objective(None, {name: term}, normalise_gradients=normalise_gradients)
            for name, term in pixels.items()
            if term.weight != 0
        }
        self._tiling = tiling
        self._normalise = normalise_gradients
        self._cancel = cancel or CancelToken()
        self._layers = layers_of(self._terms)

    def __call__(self, image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Evaluate; the gradient is found at once, and handed on when it is asked for.

        Args:
            image: N×3×H×W float32, [0, 1].

        Returns:
            The total, differentiable once, and each term times its weight, detached; all scalars.

        Raises:
            Cancelled: the caller asked for an end.
        """
        pixels = image.detach()
        gradient = torch.zeros_like(pixels)
        values: dict[str, Tensor] = {}
        with torch.enable_grad():
            # One after the other, so that what each keeps for its gradient is free again.
            if self._terms:
                values = self._add_tiles(pixels, gradient)
                give_back_freed_memory()  # which terms on all pixels need in larger pieces
            for name, objective in self._pixel_terms.items():
                values[name] = _add_gradient(objective, pixels, gradient)
        total = torch.stack(list(values.values())).sum() if values else pixels.sum() * 0
        return _known(image, total, gradient), values

    def _add_tiles(self, pixels: Tensor, gradient: Tensor) -> dict[str, Tensor]:
        """The terms on activations; their gradient is added to that of the picture."""
        values, slopes = self._slopes(pixels)
        factors = self._factors(pixels, slopes) if self._normalise else {}
        for tile in self._tiling.tiles:
            self._cancel.check("between two tiles")
            part = tile.cut(pixels).clone().requires_grad_()
            features = self._tiling.own(tile, self._network(part, self._layers))
            sent = [
                self._sent(name, slopes[name], _scaled(features, factors.get(name)), tile)
                for name in self._terms
            ]
            (found,) = torch.autograd.grad(torch.stack(sent).sum(), part)
            tile.cut(gradient).add_(found)
        return values

    def _slopes(self, pixels: Tensor) -> tuple[dict[str, Tensor], dict[str, Sums]]:
        """First pass: the weighted terms, and their derivatives by the sums they are made of."""
        totals, positions = {name: Total() for name in self._terms}, Positions()
        with torch.no_grad():
            for tile, features in self._tiling.run(self._network, pixels, self._layers):
                self._cancel.check("between two tiles")
                positions.add(features)
                for name, term in self._terms.items():
                    totals[name].add(term.compute.sums(features, tile))
        values: dict[str, Tensor] = {}
        slopes: dict[str, Sums] = {}
        for name, term in self._terms.items():
            sums = totals[name].sums
            flat = [part.requires_grad_() for parts in sums.values() for part in parts]
            value = term.weight * term.compute.of_sums(sums, positions.counted)
            found = iter(torch.autograd.grad(value, flat))
            slopes[name] = {
                layer: tuple(next(found) for _ in parts) for layer, parts in sums.items()
            }
            values[name] = value.detach().to(pixels.dtype)
        return values, slopes

    def _factors(self, pixels: Tensor, slopes: Mapping[str, Sums]) -> dict[str, dict[str, Tensor]]:
        """What brings the gradient that each term sends into a layer to the term's weight."""
        norms: dict[str, dict[str, Tensor]] = {name: {} for name in self._terms}
        for tile in self._tiling.tiles:
            with torch.no_grad():
                features = self._network(tile.cut(pixels), self._layers)
            own = self._tiling.own(tile, features)
            for name, term in self._terms.items():
                leaves = {
                    layer: own[layer].detach().requires_grad_() for layer in term.compute.layers
                }
                sent = self._sent(name, slopes[name], leaves, tile)
                for layer, found in zip(
                    leaves, torch.autograd.grad(sent, list(leaves.values())), strict=True
                ):
                    norm = found.float().abs().sum()
                    norms[name][layer] = norms[name].get(layer, torch.zeros_like(norm)) + norm
        return {
            name: {
                layer: self._terms[name].weight / norm.clamp_min(1e-20)
                for layer, norm in layers.items()
            }
            for name, layers in norms.items()
        }

    def _sent(self, name: str, slopes: Sums, features: Mapping[str, Tensor], tile: Tile) -> Tensor:
        """A number whose gradient is what a tile contributes to that of a term."""
        sums = self._terms[name].compute.sums(features, tile)
        products = [
            (slope.to(part.dtype) * part).sum()
            for layer, parts in sums.items()
            for slope, part in zip(slopes[layer], parts, strict=True)
        ]
        return torch.stack(products).sum()


def _add_gradient(objective: Objective, pixels: Tensor, gradient: Tensor) -> Tensor:
    """The value of an objective of one term; its gradient is added to what is there."""
    seen = pixels.detach().requires_grad_()
    total, _ = objective(seen)
    (found,) = torch.autograd.grad(total, seen)
    gradient.add_(found)
    return total.detach()


class _Scaled(torch.autograd.Function):
    """Identity whose gradient is multiplied by a factor."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, factor: Tensor) -> Tensor:
        ctx.factor = factor
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (gradient,) = gradients
        return (gradient.float() * ctx.factor).to(gradient.dtype), None


def _scaled(
    features: Mapping[str, Tensor], factors: Mapping[str, Tensor] | None
) -> Mapping[str, Tensor]:
    """Activations through which a term's gradient passes times its factors."""
    if factors is None:
        return features
    return {layer: _Scaled.apply(features[layer], factor) for layer, factor in factors.items()}


class _Known(torch.autograd.Function):
    """A value whose gradient is known already; it is handed over, and so can be asked for once."""

    @staticmethod
    def forward(ctx: Any, image: Tensor, value: Tensor, gradient: Tensor) -> Tensor:
        ctx.gradient = gradient
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        gradient, ctx.gradient = ctx.gradient, None
        return gradient.mul_(gradients[0]), None, None


def _known(image: Tensor, value: Tensor, gradient: Tensor) -> Tensor:
    result: Tensor = _Known.apply(image, value, gradient)
    return result
