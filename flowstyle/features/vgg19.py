"""The convolutions of VGG19 (Simonyan and Zisserman, ICLR 2015), under their own names.

``conv4_2`` is the output of a convolution before its ReLU, ``relu4_2`` after it, ``pool4`` the
pooled one. Gatys writes conv4_2 for what is called relu4_2 here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from flowstyle.core.errors import UsageError
from flowstyle.features.base import weights_digest
from flowstyle.features.padding import repeat_edge
from flowstyle.features.reach import Reach, Window, reach_of_chain

Pooling = Literal["max", "average"]

BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
"""Channels and number of convolutions between two poolings."""

CONVOLUTIONS = tuple(
    f"conv{block}_{index}"
    for block, (_, count) in enumerate(BLOCKS, 1)
    for index in range(1, count + 1)
)
"""conv1_1 … conv5_4, in order."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def layer_names() -> tuple[str, ...]:
    """Names of all activations, shallow to deep: conv1_1, relu1_1, … relu5_4, pool5."""
    names: list[str] = []
    for block, (_, count) in enumerate(BLOCKS, 1):
        for index in range(1, count + 1):
            names += [f"conv{block}_{index}", f"relu{block}_{index}"]
        names.append(f"pool{block}")
    return tuple(names)


def shapes() -> dict[str, tuple[int, int]]:
    """(output, input) channels of every convolution, by its name."""
    result, before = {}, 3
    for name in CONVOLUTIONS:
        channels = BLOCKS[int(name[4]) - 1][0]
        result[name] = (channels, before)
        before = channels
    return result


class VGG19(nn.Module):
    """A frozen VGG19 without its classifier.

    The first convolution pads by replication: zeros there are a black frame around the picture,
    and its mark shows in the result's border. The others keep the zeros they were trained with.

    Args:
        weights: of every convolution by name, (weight O×I×3×3, bias O), any floating type.
        pooling: ``max`` as trained, or ``average``, which Gatys prefers for smoother gradients
            (plain: the activations become weaker with depth, the losses are relative to them).
        dtype: to compute in; bfloat16 runs channels-last, where CPUs with AMX are fast.
        device: to compute on.
    """

    name = "vgg19"
    layers = layer_names()

    def __init__(
        self,
        weights: Mapping[str, tuple[Tensor, Tensor]],
        *,
        pooling: Pooling = "max",
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.dtype = dtype
        self.channels_last = dtype == torch.bfloat16
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        self.convolutions = nn.ModuleDict()
        for name, (outputs, inputs) in shapes().items():
            # Built without storage: the weights given are moved, converted and become its own.
            convolution = nn.Conv2d(inputs, outputs, 3, padding=1, device="meta")
            weight, bias = weights[name]
            convolution.weight = nn.Parameter(
                weight.detach().to(device, dtype, memory_format=layout), requires_grad=False
            )
            convolution.bias = nn.Parameter(bias.detach().to(device, dtype), requires_grad=False)
            self.convolutions[name] = convolution
        precise = dtype if dtype == torch.float64 else torch.float32
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN, dtype=precise, device=device))
        self.register_buffer("std", torch.tensor(IMAGENET_STD, dtype=precise, device=device))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the weights."""
        return weights_digest(self)

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Run as far as the deepest of ``layers`` and no further.

        Args:
            image: N×3×H×W, RGB, [0, 1].
            layers: names to return.

        Returns:
            Name to N×C×h×w in the type the network computes in.

        Raises:
            UsageError: for a name that VGG19 does not have, or a picture too small for the layers.
        """
        deepest = self._check(image, layers)
        found: dict[str, Tensor] = {}
        mean, std = self.get_buffer("mean")[:, None, None], self.get_buffer("std")[:, None, None]
        x = ((image - mean) / std).to(self.dtype)
        if self.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        for name in self.layers[: deepest + 1]:
            if name.startswith("conv"):
                x = self._convolve(name, x)
            elif name.startswith("relu"):
                # In place, unless the values before it were asked for.
                x = functional.relu(x, inplace=f"conv{name[4:]}" not in found)
            elif self.pooling == "max":
                x = functional.max_pool2d(x, 2)
            else:
                x = functional.avg_pool2d(x, 2)
            if name in layers:
                found[name] = x
        return {name: found[name] for name in layers}

    def reach(self, layers: Sequence[str]) -> Reach:
        """See :class:`flowstyle.features.reach.Tileable`."""
        windows = {"conv": (3, 1, 1), "relu": (1, 1, 0), "pool": (2, 2, 0)}
        return reach_of_chain([Window(name, *windows[name[:4]]) for name in self.layers], layers)

    def _convolve(self, name: str, x: Tensor) -> Tensor:
        """One convolution with its padding."""
        convolution = self.get_submodule(f"convolutions.{name}")
        weight, bias = convolution.get_parameter("weight"), convolution.get_parameter("bias")
        if name == "conv1_1":
            return functional.conv2d(repeat_edge(x), weight, bias)
        return functional.conv2d(x, weight, bias, padding=1)

    def _check(self, image: Tensor, layers: Sequence[str]) -> int:
        """Index of the deepest layer; refuses unknown names and pictures that vanish on the way."""
        unknown = [name for name in layers if name not in self.layers]
        if unknown:
            raise UsageError(
                f"VGG19 has no layer '{unknown[0]}'",
                "feature layers",
                "choose among " + ", ".join(self.layers),
            )
        deepest = max(self.layers.index(name) for name in layers)
        poolings = sum(name.startswith("pool") for name in self.layers[: deepest + 1])
        height, width = image.shape[-2:]
        if min(height, width) < 2**poolings:
            raise UsageError(
                f"a picture of {width}×{height} pixels is too small for {self.layers[deepest]}",
                "feature layers",
                f"use a picture of at least {2**poolings} pixels on each side, or shallower layers",
            )
        return deepest
