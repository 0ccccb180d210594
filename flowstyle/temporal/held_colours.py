"""Mean colours kept over a shot: what a style adds in one frame adds up over a hundred of them."""

from __future__ import annotations

import torch
from torch import Tensor

CALM = 2.0 / 255  # change of the source's mean colour in a frame up to which colours are held
DARK = 4.0 / 255  # keeps the ratio of two dark means finite
NO_COLOUR = 1e-6  # difference of the channels up to which paint is grey
RETURN = 0.1  # share of the distance to the shot's first frame that a frame goes back
OTHER_SCENE = 12.0 / 255  # distance of the source's mean colours at which half of that is done


def mean_colour(image: Tensor) -> Tensor:
    """Mean of each channel of an image N×3×H×W, as N×3×1×1."""
    return image.mean((2, 3), keepdim=True)


def mean_difference(image: Tensor, warped: Tensor, trust: Tensor) -> Tensor:
    """Mean of ``image − warped`` for each channel, weighed by trust.

    Args:
        image: 1×3×H×W.
        warped: 1×3×H×W.
        trust: 1×1×H×W.

    Returns:
        1×3×1×1; 0 where nothing can be trusted.
    """
    total = (trust * (image - warped)).sum((2, 3), keepdim=True)
    return total / trust.sum((2, 3), keepdim=True).clamp_min(1.0)


def expected_change(target: Tensor, moved: Tensor, warped: Tensor, trust: Tensor) -> Tensor | None:
    """By how much the paint's mean colour should change from a neighbour to the frame in work.

    A light that dims by a tenth dims the paint by a tenth, however bright the paint is.

    Args:
        target: 1×3×H×W source frame in work.
        moved: the neighbour's source frame, warped onto it.
        warped: the neighbour's stylised frame, warped onto it.
        trust: 1×1×H×W.

    Returns:
        1×3×1×1; None where the source's light changes fast.
    """
    change = mean_difference(target, moved, trust)
    if not bool((change.abs() <= CALM).all()):
        return None
    nothing = torch.zeros_like(target)
    painted, seen = (mean_difference(one, nothing, trust) for one in (warped, moved))
    return change * ((painted + DARK) / (seen + DARK)).clamp(0, 2)


def hold_colors(image: Tensor, warped: Tensor, trust: Tensor, change: Tensor) -> Tensor:
    """Take out the change of mean colour against a neighbour that the source does not have.

    Only what the neighbour tells about is compared and corrected; new content is free.

    Args:
        image: 1×3×H×W in [0, 1].
        warped: the neighbour's stylised frame, warped onto it.
        trust: 1×1×H×W, how far the neighbour tells.
        change: 1×3×1×1, from :func:`expected_change`.
    """
    drift = mean_difference(image, warped, trust) - change
    return (image - trust * _without_tint(drift, image)).clamp(0, 1)


def return_to(
    image: Tensor, expected: Tensor, moved: Tensor, free: Tensor, frames: int = 1
) -> Tensor:
    """Go a small part of the way back to the mean colour that the shot began with.

    Holding the colours from frame to frame leaves a small error in each, and says nothing about
    newly shown areas. This bounds their sum. As far as the source's own mean colour has moved
    away, other things are shown, and the paint may have another colour too.

    Args:
        image: 1×3×H×W in [0, 1].
        expected: 1×3×1×1, mean colour of the shot's first stylised frame, plus ``moved``.
        moved: 1×3×1×1, change of the source's mean colour since.
        free: 1×1×H×W, 1 where the image may be changed.
        frames: since the neighbour; the way back is as long as in so many steps.
    """
    share = (1 - (1 - RETURN) ** frames) * torch.exp2(-(moved.square().amax() / OTHER_SCENE**2))
    away = mean_colour(image) - expected
    return (image - free * share * _without_tint(away, image)).clamp(0, 1)


def _without_tint(change: Tensor, image: Tensor) -> Tensor:
    """One change for all channels where the paint is grey, and stays so whatever the source does.

    Args:
        change: 1×3×1×1.
        image: 1×3×H×W.
    """
    grey = (image - image[:, :1]).abs().amax() <= NO_COLOUR
    return torch.where(grey, change.mean(1, keepdim=True).expand_as(change), change)
