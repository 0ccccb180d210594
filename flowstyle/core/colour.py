"""Colours carried from one picture to another."""

from __future__ import annotations

import torch
from kornia.color import rgb_to_yuv, yuv_to_rgb
from torch import Tensor

VARIANCE_FLOOR = 1e-5
"""Added to the variances, in units of the image: a picture of one colour has none."""

UNSEEN = 1.5 / 255
"""Root mean square of the channels' deviations from their mean up to which a picture is grey."""


def keep_colours(stylised: Tensor, content: Tensor) -> Tensor:
    """Brightness of one picture, colours of another (Gatys et al. 2016, "luminance-only").

    For results alone: a picture that is warped and optimised further must keep its own colours,
    or the losses work against them.

    Args:
        stylised: N×3×H×W, [0, 1], gives Y of YUV.
        content: the same shape, gives U and V.

    Returns:
        N×3×H×W, [0, 1].
    """
    luminance = rgb_to_yuv(stylised)[:, :1]
    chrominance = rgb_to_yuv(content)[:, 1:]
    return yuv_to_rgb(torch.cat([luminance, chrominance], 1)).clamp(0, 1)


def is_grey(picture: Tensor) -> bool:
    """Whether a picture has no colours that can be seen.

    Args:
        picture: N×3×H×W, [0, 1].

    Example:
        >>> is_grey(torch.full((1, 3, 8, 8), 0.3)), is_grey(torch.rand(1, 3, 8, 8))
        (True, False)
    """
    colour = picture - picture.mean(1, keepdim=True)
    return float(colour.square().mean().sqrt()) <= UNSEEN


def match_mean_covariance(picture: Tensor, reference: Tensor) -> Tensor:
    """Give a picture the colour mean and covariance of another.

    The linear map is the optimal transport between the two Gaussians, so that colours change as
    little as they must: T = S^−½ (S^½ R S^½)^½ S^−½ with the covariances S and R.

    Args:
        picture: 1×3×H×W, [0, 1], a style picture.
        reference: 1×3×h×w, [0, 1], a photograph or the first frame of a shot. Computed once for a
            shot: done for every frame it would make the style flicker.

    Returns:
        1×3×H×W, clamped to [0, 1].
    """
    mean, covariance = _moments(picture)
    target_mean, target_covariance = _moments(reference)
    root, inverse = _root(covariance), _root(covariance).inverse()
    transport = inverse @ _root(root @ target_covariance @ root) @ inverse
    flat = picture.double().flatten(2)[0]  # 3×HW
    moved = transport @ (flat - mean) + target_mean
    return moved.clamp(0, 1).view_as(picture).to(picture.dtype)


def _moments(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Mean 3×1 and covariance 3×3 of the colours, float64."""
    flat = picture.double().flatten(2)[0]
    mean = flat.mean(1, keepdim=True)
    centred = flat - mean
    floor = VARIANCE_FLOOR * torch.eye(3, dtype=flat.dtype, device=flat.device)
    return mean, centred @ centred.T / flat.shape[1] + floor


def _root(matrix: Tensor) -> Tensor:
    """Symmetric square root of a positive definite matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root
