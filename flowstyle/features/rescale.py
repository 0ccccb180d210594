"""Activations in the units of a paper: Gatys' (every filter's mean is 1), or Caffe's VGG.

Gatys, Ecker and Bethge rescaled VGG19 so that "the mean activation of each convolutional filter
over images and positions is equal to one". ReLU and pooling let a positive factor through, so the
rescaled network computes the same function, and dividing the activations that are read gives the
same numbers as rescaling the weights. In these units the losses, and so the ratio α/β, mean the
same for every network and layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.features.reach import Reach, reach_of

CALIBRATION_PICTURES = 4
CALIBRATION_SIDE = 128
FLOOR = 1.0
"""Least mean of a filter, as a part of its layer's. Without it the filters that the calibration
hardly excites drown all others: a Gram matrix holds the fourth power of their factor."""


class Rescaled:
    """A feature network whose activations are multiplied by a factor, one or one a filter.

    Args:
        network: the network.
        factors: layer to a number or to C×1×1; only these layers can be asked for.
    """

    def __init__(self, network: FeatureNetwork, factors: Mapping[str, Tensor | float]) -> None:
        self.network = network
        self.name = network.name
        self.layers = tuple(factors)
        self.factors = factors

    @property
    def digest(self) -> str:
        """The network's own."""
        return self.network.digest

    def reach(self, layers: Sequence[str]) -> Reach | None:
        """The network's own."""
        return reach_of(self.network, layers)

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Run the network and rescale.

        Args:
            image: N×3×H×W, [0, 1].
            layers: among those given at the start.

        Returns:
            Name to N×C×h×w float32.
        """
        found = self.network(image, layers)
        return {layer: features.float() * self.factors[layer] for layer, features in found.items()}


def calibration(
    network: FeatureNetwork, layers: Sequence[str], device: torch.device | str
) -> Iterator[tuple[str, Tensor]]:
    """Layer and activations, 1×C×h×w float32, of every calibration picture."""
    with torch.no_grad():
        for seed in range(CALIBRATION_PICTURES):
            picture = dead_leaves(seed, CALIBRATION_SIDE).to(device)
            for layer, features in network(picture, layers).items():
                yield layer, features.float()


class MeanOne(Rescaled):
    """A feature network whose activations are divided by each filter's mean.

    Departures from the paper: the mean is over procedural pictures (:func:`dead_leaves`) and not
    over ImageNet's; it is of absolute values, which is the same after a ReLU and also serves
    networks with signed activations; and filters weaker than :data:`FLOOR` stay weaker.

    Args:
        network: the network.
        layers: those that will be asked for.
        device: where the network runs.
    """

    def __init__(
        self, network: FeatureNetwork, layers: Sequence[str], device: torch.device | str = "cpu"
    ) -> None:
        sums: dict[str, Tensor] = {}
        for layer, features in calibration(network, layers, device):
            mean = features.abs().mean((0, 2, 3))
            sums[layer] = sums.get(layer, torch.zeros_like(mean)) + mean
        self.means = {layer: total / CALIBRATION_PICTURES for layer, total in sums.items()}
        floors = {layer: FLOOR * float(mean.mean()) + 1e-12 for layer, mean in self.means.items()}
        super().__init__(
            network,
            {
                layer: 1 / mean.clamp_min(floors[layer])[:, None, None]
                for layer, mean in self.means.items()
            },
        )


CAFFE_RMS = {
    "relu1_1": 44.1,
    "relu1_2": 80.2,
    "relu2_1": 77.0,
    "relu2_2": 50.7,
    "relu3_1": 44.0,
    "relu3_2": 34.9,
    "relu3_3": 17.9,
    "relu3_4": 17.9,
    "relu4_1": 15.0,
    "relu4_2": 10.6,
    "relu4_3": 4.37,
    "relu4_4": 4.37,
    "relu5_1": 5.27,
    "relu5_2": 4.57,
    "relu5_3": 9.47,
    "relu5_4": 9.47,
}
"""Root mean square of each layer over the calibration pictures. Measured on VGG16's convolutions,
lightly fine-tuned, with a first layer as strong as Caffe's (relu3_4, 4_4 and 5_4: as the layer
before); Caffe's own VGG19 was not at hand."""


class CaffeScale(Rescaled):
    """A feature network whose layers are as strong as those of Caffe's VGG.

    Artistic-videos' weights are meant for that network, which sees pictures in 0 … 255. Others
    that compute the same kind of activations give them in units of their own (torchvision's VGG19,
    trained on normalised pictures; the compact features of unit mean square), and a Gram matrix
    holds the second, its squared difference the fourth power of the unit.

    Args:
        network: the network.
        layers: those that will be asked for; ``convB_L`` is scaled as ``reluB_L`` is, pooled
            layers as they come.
        device: where the network runs.
    """

    def __init__(
        self, network: FeatureNetwork, layers: Sequence[str], device: torch.device | str = "cpu"
    ) -> None:
        known = {layer: layer.replace("conv", "relu") for layer in layers}
        measured = tuple(dict.fromkeys(name for name in known.values() if name in CAFFE_RMS))
        squares = dict.fromkeys(measured, 1e-12)
        for layer, features in calibration(network, measured, device):
            squares[layer] += float(features.square().mean()) / CALIBRATION_PICTURES
        strengths = {name: CAFFE_RMS[name] / squares[name] ** 0.5 for name in measured}
        factors = {layer: strengths.get(name, 1.0) for layer, name in known.items()}
        super().__init__(network, factors)


def dead_leaves(seed: int, side: int) -> Tensor:
    """A picture of opaque discs that cover each other, with the statistics of photographs.

    Radii follow the power law r⁻³ that makes the picture scale invariant (Lee, Mumford and Huang,
    IJCV 2001); every disc has a colour, a gradient of light and a grain of its own.

    Args:
        seed: gives the picture, the same on every machine.
        side: width and height in pixels.

    Returns:
        1×3×side×side float32, [0, 1].
    """
    rng = np.random.default_rng(seed)
    picture = np.full((side, side, 3), 0.5)
    smallest, largest = 0.01, 0.4
    for _ in range(600):  # from the back to the front
        u = rng.random()
        radius = side * (smallest**-2 - u * (smallest**-2 - largest**-2)) ** -0.5
        cx, cy = side * (rng.random(2) * 1.2 - 0.1)
        left, right = max(0, int(cx - radius)), min(side, int(cx + radius) + 2)
        top, bottom = max(0, int(cy - radius)), min(side, int(cy + radius) + 2)
        if left >= right or top >= bottom:
            continue
        y, x = np.mgrid[top:bottom, left:right]
        y, x = y - cy, x - cx
        slope = rng.normal(0, 0.3 / side, 2)
        light = x * slope[0] + y * slope[1] + rng.normal(0, 0.04 * rng.random(), x.shape)
        colour = rng.random() * 0.8 + rng.normal(0, 0.15, 3)
        inside = x**2 + y**2 < radius**2
        picture[top:bottom, left:right][inside] = (colour + light[..., None])[inside]
    array = np.clip(picture, 0, 1).astype(np.float32)
    return torch.from_numpy(array.transpose(2, 0, 1).copy())[None]
