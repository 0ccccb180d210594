"""What makes a picture of flow or error readable: wheel with its length, colour bar, arrows."""

from __future__ import annotations

import cv2
import numpy as np
from torch import Tensor

from flowstyle.flow.colours import wheel
from flowstyle.report.layout import BACKGROUND, to_picture
from flowstyle.report.lettering import WHITE, Colour, Picture, text_width, write

ARROWS = 14
"""Arrows along the shorter side of a picture."""
INK: Colour = (20, 40, 130)
SHADE = 40
"""Grey of the ground on which words stand in a picture."""


def letters(picture: Picture) -> int:
    """Size of the letters within a picture: a sixteenth of its height, 11 to 28 pixels."""
    return int(np.clip(picture.shape[0] // 16, 11, 28))


def with_wheel(picture: Picture, radius: float) -> Picture:
    """Lay the colour wheel over the lower right corner, and the length that its rim stands for.

    Args:
        picture: H×W×3, large enough for both; a smaller one is given back as it is.
        radius: in pixels of flow.
    """
    height, width = picture.shape[:2]
    size = min(height, width) // 4
    if size < 24:
        return picture
    drawn, edge = picture.copy(), 3
    text, high = f"{length(radius)} px", letters(picture)
    wide = text_width(text, high)
    left = width - size - wide - 3 * edge
    if left < 0:
        return picture
    drawn[height - size - 2 * edge :, left:] = SHADE
    place = drawn[height - size - edge : height - edge, width - size - edge : width - edge]
    disc = cv2.circle(
        np.zeros((size, size), np.uint8), (size // 2, size // 2), size // 2 - 1, 1, -1
    )
    place[disc > 0] = wheel(size)[disc > 0]
    write(drawn, text, (left + edge, height - size // 2 - edge), high)
    return drawn


def length(pixels: float) -> str:
    """A length with as many digits as can be seen.

    Example:
        >>> length(0.456), length(3.21), length(27.8)
        ('0.46', '3.2', '28')
    """
    if pixels >= 10:
        return f"{pixels:.0f}"
    return f"{pixels:.1f}" if pixels >= 1 else f"{pixels:.2f}"


def error_bar(width: int, high: int, scale: float) -> Picture:
    """What an error's colours stand for: 0, a bar, and the scale, for the caption of its picture.

    Within the picture it would hide the place that one looks for.

    Args:
        width: of the picture that it explains, in pixels; the bar takes a fifth.
        high: height of the caption.
        scale: the error shown brightest; what is larger looks the same.

    Returns:
        ``high``×w×3.
    """
    size, thick = round(0.62 * high), max(4, round(0.45 * high))
    bar, gap = max(24, width // 5), text_width(" ", size)
    least, most = "0", f"≥{scale:g}"
    before = text_width(least, size) + gap
    drawn = np.full((high, before + bar + gap + text_width(most, size), 3), BACKGROUND, np.uint8)
    levels = np.linspace(0, 255, bar).round().astype(np.uint8)[None].repeat(thick, 0)
    top = (high - thick) // 2
    drawn[top : top + thick, before : before + bar] = heat(levels)
    write(drawn, least, (0, high // 2), size)
    write(drawn, most, (before + bar + gap, high // 2), size)
    return drawn


def heat(levels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Picture:
    """Levels of 0 to 255 in the colours of inferno: black, violet, orange, pale yellow."""
    bgr = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(bgr[..., ::-1]).astype(np.uint8)


def arrows_picture(image: Tensor, flow: Tensor, radius: float, size: tuple[int, int]) -> Picture:
    """The flow as arrows over a pale frame.

    Args:
        image: 1×3×H×W, the frame on which the flow stands.
        flow: 1×2×H×W in pixels.
        radius: of the shot's wheel: so long a vector reaches to the next arrow.
        size: (width, height) of the picture.
    """
    grey = to_picture(image).mean(axis=2, keepdims=True)
    pale = np.repeat(150 + 0.4 * grey, 3, axis=2).astype(np.uint8)
    drawn = np.ascontiguousarray(cv2.resize(pale, size, interpolation=cv2.INTER_AREA), np.uint8)
    vectors = flow[0].detach().cpu().numpy().transpose(1, 2, 0)
    step = min(size) / ARROWS
    across, down = max(1, round(size[0] / step)), max(1, round(size[1] / step))
    mean = cv2.resize(vectors, (across, down), interpolation=cv2.INTER_AREA)
    thick = max(1, round(step / 16))
    for j in range(down):
        for i in range(across):
            x, y = (i + 0.5) * size[0] / across, (j + 0.5) * size[1] / down
            u, v = (mean[j, i] / radius * step).clip(-3 * step, 3 * step)
            start, end = (round(x), round(y)), (round(x + u), round(y + v))
            if np.hypot(u, v) < 1.5:
                cv2.circle(drawn, start, thick, INK, -1, cv2.LINE_AA)
            else:
                cv2.arrowedLine(drawn, start, end, INK, thick, cv2.LINE_AA, tipLength=0.35)
    return _with_reference(drawn, radius, step)


def _with_reference(picture: Picture, radius: float, step: float) -> Picture:
    """How long an arrow of a known length is drawn, in the lower left corner."""
    height, high = picture.shape[0], letters(picture)
    text, edge = f"{length(radius)} px", 6
    wide = round(step) + 4 * edge + text_width(text, high)
    if wide > picture.shape[1] or height < 4 * high:
        return picture
    top = height - high - 2 * edge
    picture[top:, :wide] = SHADE
    middle = (top + height) // 2
    cv2.arrowedLine(
        picture, (edge, middle), (edge + round(step), middle), WHITE, 2, cv2.LINE_AA, tipLength=0.35
    )
    write(picture, text, (round(step) + 3 * edge, middle), high)
    return picture
