"""A feature network small enough to be checked by hand."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from flowstyle.metrics.style import CONTENT_LAYER, STYLE_LAYERS


class PooledColours:
    """Block b gives the colours and their squares, averaged over squares of 2^(b−1) pixels."""

    name = "pooled colours"
    layers: tuple[str, ...] = (*STYLE_LAYERS, CONTENT_LAYER)

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        both = torch.cat([image, image * image], dim=1)
        return {name: avg_pool2d(both, 2 ** (int(name[4]) - 1)) for name in layers}


class ZeroPadded(PooledColours):
    """The same after a blur of 17 pixels that sees zeros beyond the frame, as VGG's layers do."""

    name = "zero padded"

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        return super().__call__(avg_pool2d(image, 17, 1, 8), layers)
