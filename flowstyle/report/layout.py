"""Pictures with captions, side by side in a grid. All are H×W×3 uint8, RGB."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

BACKGROUND = 24
WHITE: Colour = (240, 240, 240)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def to_picture(image: Tensor) -> Picture:
    """A tensor as a picture.

    Args:
        image: 1×3×H×W, 3×H×W, or one channel, which becomes grey; [0, 1], clamped.

    Returns:
        H×W×3 uint8.
    """
    planes = image.detach()[0] if image.ndim == 4 else image.detach()
    planes = planes.float().clamp(0, 1).mul(255).round().to(torch.uint8).cpu()
    picture: Picture = np.ascontiguousarray(planes.numpy().transpose(1, 2, 0))
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def blank(height: int, width: int) -> Picture:
    """An empty dark picture."""
    return np.full((height, width, 3), BACKGROUND, np.uint8)


def caption_height(height: int) -> int:
    """Height of the caption's strip above a picture of ``height`` pixels."""
    return int(np.clip(round(0.09 * height), 14, 40))


def captioned(picture: Picture, text: str, colours: Sequence[tuple[str, Colour]] = ()) -> Picture:
    """Put a strip with a text, and with words in colours as a legend, above a picture.

    Args:
        picture: H×W×3.
        text: ASCII (OpenCV's fonts have no more).
        colours: words and their colours, written after the text.

    Returns:
        Higher by :func:`caption_height`; a text too long for the width is written smaller.
    """
    height, width = picture.shape[:2]
    strip = blank(caption_height(height), width)
    words = [(text, WHITE), *colours] if text else list(colours)
    scale = 0.022 * strip.shape[0]
    needed = sum(_width(f"{word} ", scale) for word, _ in words)
    scale *= min(1.0, 0.96 * width / max(needed, 1))
    x, y = round(0.02 * width), round(0.7 * strip.shape[0])
    for word, colour in words:
        cv2.putText(strip, word, (x, y), _FONT, scale, colour, 1, cv2.LINE_AA)
        x += _width(f"{word} ", scale)
    return np.concatenate([strip, picture])


def grid(rows: Sequence[Sequence[Picture]], gap: int = 4) -> Picture:
    """Lay pictures out in rows; each is placed at the top left of a cell of the largest size.

    The sheet's sides are even, as most video formats want them.

    Args:
        rows: pictures; rows may differ in length.
        gap: pixels between cells and around them.

    Returns:
        One picture.

    Raises:
        ValueError: there are no pictures.
    """
    pictures = [picture for row in rows for picture in row]
    if not pictures:
        raise ValueError("a grid needs at least one picture")
    cell_height = max(p.shape[0] for p in pictures)
    cell_width = max(p.shape[1] for p in pictures)
    columns = max(len(row) for row in rows)
    height = gap + len(rows) * (cell_height + gap)
    width = gap + columns * (cell_width + gap)
    sheet = blank(height + height % 2, width + width % 2)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            y, x = gap + i * (cell_height + gap), gap + j * (cell_width + gap)
            sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return sheet


def contact_sheet(
    pictures: Sequence[Picture],
    captions: Sequence[str] = (),
    *,
    columns: int = 4,
    width: int = 320,
) -> Picture:
    """Small copies of many pictures on one sheet.

    Args:
        pictures: of any sizes.
        captions: one each, or none.
        columns: pictures in a row.
        width: of each small copy, in pixels; the height keeps the shape.

    Returns:
        The sheet.

    Raises:
        ValueError: no pictures, or another number of captions.
    """
    if captions and len(captions) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures, but {len(captions)} captions")
    small = [_resized(picture, width) for picture in pictures]
    if captions:
        small = [captioned(p, text) for p, text in zip(small, captions, strict=True)]
    return grid([small[i : i + columns] for i in range(0, len(small), columns)])


def _resized(picture: Picture, width: int) -> Picture:
    height = max(1, round(picture.shape[0] * width / picture.shape[1]))
    method = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_CUBIC
    return cv2.resize(picture, (width, height), interpolation=method).astype(np.uint8)


def _width(text: str, scale: float) -> int:
    return cv2.getTextSize(text, _FONT, scale, 1)[0][0]
