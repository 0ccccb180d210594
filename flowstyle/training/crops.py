"""What the steps of a training are shown: square crops at random scales, flipped at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LEAST = 192
"""Pixels that the sides of a picture must have."""
SMALL, LARGE = 128, 192
"""Sides of the crops, in the first and the last steps: what is learned first needs no more."""


class Shown(Protocol):
    """What a step is shown, decided by a seed of its own."""

    @property
    def pictures(self) -> Sequence[NDArray[np.uint8]]:
        """H×W×3 uint8 RGB, of which the steps see parts."""

    def size(self, *, late: bool) -> tuple[int, int]:
        """Height and width in the first and in the last steps."""

    def batch(self, count: int, seed: int, *, late: bool) -> Tensor:
        """``count``×3×H×W in [0, 1]."""


@dataclass(frozen=True)
class RandomScales:
    """Square crops at random scales, for a network that is to paint any clip.

    Args:
        pictures: H×W×3 uint8 RGB, sides of at least :data:`LEAST`.
    """

    pictures: Sequence[NDArray[np.uint8]]

    def size(self, *, late: bool) -> tuple[int, int]:
        """Small at first."""
        return (LARGE, LARGE) if late else (SMALL, SMALL)

    def batch(self, count: int, seed: int, *, late: bool) -> Tensor:
        """See :class:`Crops`."""
        return Crops(self.pictures, self.size(late=late)[0], seed).batch(count)


class Crops:
    """An endless supply of crops.

    Args:
        pictures: H×W×3 uint8 RGB.
        side: of the crops, in pixels.
        seed: decides all crops.
    """

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], side: int, seed: int) -> None:
        self._pictures = pictures
        self._side = side
        self._random = np.random.default_rng(seed)

    def batch(self, count: int) -> Tensor:
        """``count``×3×side×side in [0, 1]."""
        crops = np.stack([self._crop() for _ in range(count)])
        return torch.from_numpy(crops).permute(0, 3, 1, 2).contiguous()

    def _crop(self) -> NDArray[np.float32]:
        random = self._random
        picture = self._pictures[int(random.integers(len(self._pictures)))]
        height, width = picture.shape[:2]
        most = min(height, width)
        least = min(most, self._side // 2)  # as large frames are: soft, and flat for long
        side = round(math.exp(random.uniform(math.log(least), math.log(most))))
        y, x = random.integers(height - side + 1), random.integers(width - side + 1)
        kernel = cv2.INTER_AREA if side > self._side else cv2.INTER_CUBIC
        crop = cv2.resize(
            picture[y : y + side, x : x + side], (self._side, self._side), interpolation=kernel
        )
        crop = crop[:, ::-1] if random.random() < 0.5 else crop
        light = 1 + 0.2 * random.standard_normal()  # so that dark and bright clips are known too
        return np.asarray(np.clip(crop.astype(np.float32) * (light / 255), 0, 1), np.float32)
