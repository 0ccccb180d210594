"""A feature network that costs nothing: random, small, with VGG's names for style transfer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from flowstyle.core.errors import UsageError


class TinyNetwork:
    """Five blocks of one random convolution, ReLU and average pooling; relu4_2 follows relu4_1."""

    name = "tiny"
    digest = "none: drawn by a seed"
    layers = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1")

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.weights: dict[str, Tensor] = {}
        channels = 3
        for name in self.layers:
            weight = torch.randn(8, channels, 3, 3, generator=generator)
            self.weights[name] = weight / (3 * channels**0.5)
            channels = 8

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """See :class:`flowstyle.features.base.FeatureNetwork`."""
        if unknown := set(layers) - set(self.layers):
            raise UsageError(f"no layer {unknown}")
        x, found = image - 0.5, {}
        for name in self.layers:
            if name.endswith("_1") and name != "relu1_1":
                x = functional.avg_pool2d(x, 2)
            padded = functional.pad(x, (1, 1, 1, 1), mode="replicate")
            x = found[name] = functional.relu(functional.conv2d(padded, self.weights[name]))
        return {name: found[name] for name in layers}
