"""Training pictures: square crops at random scales, flipped at random."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LEAST = 192
"""Pixels that the sides of a picture must have."""


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
