"""Total variation: the roughness of a picture."""

from __future__ import annotations

from torch import Tensor


def total_variation_l2(image: Tensor) -> Tensor:
    """Squared differences to the right and lower neighbour, mean over pixels and channels.

    The two directions are averaged each over their own count and added. kornia's total variation
    takes absolute differences, whose gradient is as strong in flat areas as on edges: it pulls
    brushwork to flat patches.

    Args:
        image: N×C×H×W, [0, 1], at least 2×2.

    Returns:
        Scalar.
    """
    across = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    return across + down
