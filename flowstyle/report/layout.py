"""Pictures with captions, side by side in a grid. All are H×W×3 uint8, RGB."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from flowstyle.report.lettering import WHITE, Colour, Picture, fitting, shortened, text_width, write

__all__ = [
    "WHITE",
    "Colour",
    "Picture",
    "captioned",
    "contact_sheet",
    "fitted_into",
    "grid",
    "stretched_to",
]

BACKGROUND = 24


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
    return int(np.clip(round(0.105 * height), 14, 40))


def captioned(
    picture: Picture,
    text: str,
    colours: Sequence[tuple[str, Colour]] = (),
    key: Picture | None = None,
) -> Picture:
    """Put a strip with a text, and with patches of colour and their names, above a picture.

    Args:
        picture: H×W×3.
        text: one line; signs that the font lacks are replaced, see
            :func:`flowstyle.report.lettering.plain`.
        colours: names and their colours, a legend after the text.
        key: as high as the strip, stands at its right end; left out where it takes more than half.

    Returns:
        Higher by :func:`caption_height`; a text too long for the width is written smaller, and
        where that is too small to be read shortened.
    """
    height, width = picture.shape[:2]
    strip = blank(caption_height(height), width)
    edge, room = round(0.3 * strip.shape[0]), width - round(0.6 * strip.shape[0])
    if key is not None and 2 * key.shape[1] < room:
        strip[:, width - edge - key.shape[1] : width - edge] = key
        room -= key.shape[1] + edge
    size = fitting(_legend_text(text, colours), round(0.62 * strip.shape[0]), room)
    x, y = edge, strip.shape[0] // 2
    if text:
        kept = text if colours else shortened(text, size, room)
        write(strip, kept, (x, y), size)
        x += text_width(f"{kept}  ", size)
    for name, colour in colours:
        x = _key(strip, (x, y), name, colour, size)
    return np.concatenate([strip, picture])


def _legend_text(text: str, colours: Sequence[tuple[str, Colour]]) -> str:
    """What takes the same room as text, patches and names."""
    return "  ".join([text, *(f"MM {name}" for name, _ in colours)])


def _key(strip: Picture, place: tuple[int, int], name: str, colour: Colour, size: int) -> int:
    """Draw a patch of colour and its name; where the next one begins."""
    x, y = place
    half = round(0.36 * size)
    strip[y - half : y + half, x : x + 2 * half] = colour
    x += 2 * half + text_width(" ", size)
    write(strip, name, (x, y), size)
    return x + text_width(f"{name}  ", size)


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
    return fitted_into(picture, (width, 1 << 20))


def fitted_into(picture: Picture, box: tuple[int, int]) -> Picture:
    """A picture enlarged or made smaller, in its own shape, to the largest that fits.

    Args:
        picture: H×W×3.
        box: (width, height).
    """
    height, width = picture.shape[:2]
    scale = min(box[0] / width, box[1] / height)
    return stretched_to(picture, (max(1, round(width * scale)), max(1, round(height * scale))))


def stretched_to(picture: Picture, size: tuple[int, int]) -> Picture:
    """A picture at exactly a size; where its pixels are not square, that of its shape as shown.

    Args:
        picture: H×W×3.
        size: (width, height).
    """
    height, width = picture.shape[:2]
    if size == (width, height):
        return picture
    method = cv2.INTER_AREA if size[0] * size[1] < width * height else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=method).astype(np.uint8)
