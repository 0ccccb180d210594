"""Blur, and what is seen of a picture beside its own blur."""

from __future__ import annotations

import torch
from kornia.filters import gaussian_blur2d
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)


def gaussian(image: Tensor, sigma: float, radius: int | None = None) -> Tensor:
    """Gaussian blur with mirrored borders, safe for pictures smaller than the kernel.

    Args:
        image: N×C×H×W.
        sigma: in pixels.
        radius: of the kernel, ⌈3σ⌉ if not given.

    Returns:
        N×C×H×W.
    """
    reach = max(1, int(3 * sigma + 0.999)) if radius is None else radius
    size = 2 * reach + 1
    # Mirroring with the border pixel repeated, which neither kornia nor torch pad by.
    rows = _mirrored(image.shape[-2], reach, image.device)
    columns = _mirrored(image.shape[-1], reach, image.device)
    padded = image[..., rows, :][..., columns]
    blurred = gaussian_blur2d(padded, (size, size), (sigma, sigma), border_type="constant")
    return blurred[..., reach:-reach, reach:-reach]


def _mirrored(length: int, reach: int, device: torch.device) -> Tensor:
    index = torch.arange(-reach, length + reach, device=device) % (2 * length)
    return torch.where(index < length, index, 2 * length - 1 - index)


def local_contrast(picture: Tensor, window: float) -> Tensor:
    """Deviation of luma from its own blur: nothing on slow shades, much on leaves and borders.

    Args:
        picture: N×3×H×W, [0, 1].
        window: σ in pixels, of the blur and of the area that is looked at.

    Returns:
        N×1×H×W, the local root of the mean square, in [0, 1].

    Example:
        >>> float(local_contrast(torch.full((1, 3, 8, 8), 0.4), 1.0).max()) < 1e-6
        True
    """
    luma = (picture * picture.new_tensor(_LUMA)[:, None, None]).sum(dim=1, keepdim=True)
    detail = luma - gaussian(luma, window)
    return gaussian(detail * detail, window).clamp_min(0).sqrt()
