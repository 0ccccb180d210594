"""The part of the picture that a container tells to show: Matroska's PixelCrop, MOV's ``clap``.

FFmpeg reads them and leaves the cropping to its callers. PyAV does not hand the numbers on, except
in FFmpeg's own description of the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import numpy as np

from flowstyle.media.colour import Picture
from flowstyle.media.described import described

if TYPE_CHECKING:
    from av.container import InputContainer

Crop = tuple[int, int, int, int]
"""Pixels cut off left, right, above and below."""

NONE: Crop = (0, 0, 0, 0)

_CROP = re.compile(r"^ *Frame cropping: (\d+)/(\d+)/(\d+)/(\d+)", re.IGNORECASE)


def crop_of(container: InputContainer, index: int, size: tuple[int, int]) -> Crop:
    """What a container tells to cut off.

    Args:
        container: an open clip.
        index: of the stream.
        size: stored (width, height).

    Returns:
        Left, right, top, bottom; nothing where the numbers would leave no picture.
    """
    if not {"mov", "matroska"} & set(container.format.name.split(",")):
        return NONE
    found = NONE
    for line in described(container, index):
        if crop := _CROP.match(line):
            left, right, top, bottom = (int(number) for number in crop.groups())
            found = (left, right, top, bottom)
    left, right, top, bottom = found
    return found if left + right < size[0] and top + bottom < size[1] else NONE


def cropped(picture: Picture, crop: Crop) -> Picture:
    """Cut a stored picture.

    Args:
        picture: H×W×C.
        crop: left, right, top, bottom.

    Returns:
        The part to show.
    """
    left, right, top, bottom = crop
    height, width = picture.shape[:2]
    part = picture[top : height - bottom, left : width - right]
    return cast("Picture", np.ascontiguousarray(part))
