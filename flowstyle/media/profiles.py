"""ICC profiles: colours of a picture brought to sRGB, which is what all pictures here hold."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

_NEAR = 2
"""Levels of 255 by which profiles of sRGB by several makers differ."""


def to_srgb(image: Image, profile: bytes) -> Image:
    """Convert by an ICC profile; a broken profile, or one for another mode, is passed over.

    Args:
        image: loaded, without alpha; a palette counts as its colours.
        profile: of the file.
    """
    from PIL import ImageCms

    if image.mode in ("P", "PA"):
        image = image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    return image if converted is None else converted


@lru_cache(maxsize=8)
def foreign_name(profile: bytes | None) -> str:
    """What a profile is called under which colours are others than in sRGB; "" for all else.

    Pictures with a profile of sRGB itself, as most programs write, need no conversion and so keep
    their 16 bits.

    Args:
        profile: of a file; None where it has none.
    """
    from PIL import Image, ImageCms

    if not profile:
        return ""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = opened.profile.xcolor_space.strip()
        name = ImageCms.getProfileDescription(opened).strip() or "without a name"
    except (ImageCms.PyCMSError, OSError):
        return ""
    if space != "RGB":
        return name
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(27, 27, 3)
    seen = np.asarray(to_srgb(Image.fromarray(cube), profile)).astype(np.int16)
    return name if np.abs(seen - cube).max() > _NEAR else ""
