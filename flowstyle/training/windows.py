"""What the steps of a tuning are shown: frames of one clip, whole where they are small."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.networks.feed_forward import FACTOR
from flowstyle.optimize.pyramid import LEAST_SIDE

MOST = 96_000
"""Pixels of a window, so that five minutes of two cores suffice for a thousand steps."""


@dataclass(frozen=True)
class Windows:
    """Parts of frames at their own scale, with the frame's proportions, flipped at random.

    A whole frame can have the style's colours and strokes where they suit it. A small crop has to
    have all of them by itself, which costs content and, on the frame, style as well.

    Args:
        pictures: H×W×3 uint8 RGB, all of one size.

    Example:
        >>> Windows([np.zeros((720, 1280, 3), np.uint8)]).size(late=True)
        (232, 412)
    """

    pictures: Sequence[NDArray[np.uint8]]

    def size(self, *, late: bool) -> tuple[int, int]:
        """The same in all steps; whole groups of pixels, or there would be a border in training."""
        height, width = self.pictures[0].shape[:2]
        share = min(1.0, math.sqrt(MOST / (height * width)))
        high, wide = (max(LEAST_SIDE, int(side * share)) for side in (height, width))
        return _grouped(high), _grouped(wide)

    def batch(self, count: int, seed: int, *, late: bool) -> Tensor:
        """``count``×3×H×W in [0, 1]."""
        random = np.random.default_rng(seed)
        windows = np.stack([self._window(random) for _ in range(count)])
        return torch.from_numpy(windows).permute(0, 3, 1, 2).contiguous().float() / 255

    def _window(self, random: np.random.Generator) -> NDArray[np.uint8]:
        picture = self.pictures[int(random.integers(len(self.pictures)))]
        high, wide = self.size(late=True)
        y = int(random.integers(picture.shape[0] - high + 1))
        x = int(random.integers(picture.shape[1] - wide + 1))
        window = picture[y : y + high, x : x + wide]
        return window[:, ::-1] if random.random() < 0.5 else window


def _grouped(side: int) -> int:
    """At most three pixels less."""
    return side - side % FACTOR
