"""A picture of what a network in training paints by now."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from flowstyle.core.images import to_tensor, to_uint8
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.optimize.pyramid import resize

HEIGHT = 240
NARROWEST = 16
"""Pixels that a network can paint at least."""

Picture = NDArray[np.uint8]


@torch.no_grad()
def look(
    network: FeedForward, style: Picture, photos: Sequence[Picture], device: torch.device
) -> Picture:
    """The style, and each photograph above its painting.

    Args:
        network: on ``device``.
        style: H×W×3 uint8 RGB.
        photos: the same, of any sizes.
        device: where it paints.

    Returns:
        480×W×3 uint8 RGB.
    """
    columns = [np.vstack([_high(style), np.full_like(_high(style), 255)])]
    for photo in map(_high, photos):
        frame = to_tensor(photo).to(device)
        columns.append(np.vstack([photo, to_uint8(network(frame))]))
    return np.hstack(columns)


def _high(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    size = (HEIGHT, max(NARROWEST, round(width * HEIGHT / height)))
    return to_uint8(resize(to_tensor(picture), size))
