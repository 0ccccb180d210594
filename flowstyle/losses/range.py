"""A smooth fence around the colours that can be shown, for optimisers that must not clamp."""

from __future__ import annotations

from torch import Tensor


def out_of_range(image: Tensor) -> Tensor:
    """Mean squared distance of the values from [0, 1].

    Args:
        image: N×C×H×W.

    Returns:
        Scalar, 0 for a picture that needs no clamping.
    """
    return (image - image.clamp(0, 1)).square().mean()
