"""Total variation: the roughness of a picture."""

from __future__ import annotations

import kornia
from torch import Tensor


def total_variation_l2(image: Tensor) -> Tensor:
    """Squared differences to the right and lower neighbour, mean over pixels and channels.

    The two directions are averaged each over their own count and added.

    Args:
        image: N×C×H×W, [0, 1], at least 2×2.

    Returns:
        Scalar.
    """
    across = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    return across + down


def total_variation_l1(image: Tensor) -> Tensor:
    """Absolute differences instead of squared ones (kornia's), mean as above.

    Args:
        image: N×C×H×W, [0, 1], at least 2×2.

    Returns:
        Scalar.
    """
    return kornia.losses.total_variation(image, reduction="mean").mean()
