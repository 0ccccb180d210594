"""The pictures of ``full_size.py``: frames at a width, contact sheets, crops."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from flowstyle.media.pictures import write_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.report.layout import contact_sheet

Picture = NDArray[np.uint8]

SHOWN = 640
"""Width of a frame on a contact sheet, pixels."""
CROP = (160, 90)
"""Width and height of a crop before it is made larger."""
TIMES = 4
"""Factor by which crops are made larger, each pixel as a square."""
PLACES = {"sky": (0.93, 0.12), "fur": (0.36, 0.55), "rock": (0.76, 0.53), "grass": (0.6, 0.85)}
"""Middles of the crops, of width and height."""


def source_frames(clip: Path, folder: Path, width: int, start: int, count: int) -> Path:
    """Frames of a clip as a folder of pictures at a width, made once.

    Args:
        clip: a video.
        folder: is made.
        width: pixels; a larger one than the clip's own is reached with Lanczos' kernel of 8×8, a
            smaller one by the mean of what a pixel covers.
        start: first frame.
        count: number of frames.

    Returns:
        ``folder``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if len(list(folder.glob("*.png"))) == count:
        return folder
    for index, frame in enumerate(read_frames(probe(clip), start=start, count=count)):
        image = frame.image
        if width != image.shape[1]:
            height = 2 * round(image.shape[0] * width / image.shape[1] / 2)
            kind = cv2.INTER_LANCZOS4 if width > image.shape[1] else cv2.INTER_AREA
            image = cv2.resize(image, (width, height), interpolation=kind)
        write_picture(folder / f"{start + index:06d}.png", image, overwrite=True)
    return folder


def write_sheet(source: Path, styled: Path, path: Path) -> None:
    """Frames 0, 1, middle and last of the source and of the result, one above the other."""
    plain, painted = _pictures(source), _pictures(styled)
    picked = sorted({0, 1, len(painted) // 2, len(painted) - 1} & set(range(len(painted))))
    shown, captions = [], []
    for name, pictures in (("source", plain), ("styled", painted)):
        shown += [_smaller(pictures[i]) for i in picked]
        captions += [f"{name} {i}" for i in picked]
    write_picture(path, contact_sheet(shown, captions, columns=len(picked)), overwrite=True)


def write_crops(source: Path, styled: Path, path: Path) -> None:
    """Places of the source, and of the first, the middle and the last styled frame, enlarged."""
    painted = _pictures(styled)
    rows = {"source 0": _pictures(source)[0]}
    rows |= {f"styled {i}": painted[i] for i in sorted({0, len(painted) // 2, len(painted) - 1})}
    shown = [crop(picture, place) for picture in rows.values() for place in PLACES.values()]
    captions = [f"{place} {row}" for row in rows for place in PLACES]
    write_picture(path, contact_sheet(shown, captions, columns=len(PLACES)), overwrite=True)


def crop(picture: Picture, middle: tuple[float, float]) -> Picture:
    """A place of a picture, four times as large, each pixel a square.

    Args:
        picture: H×W×3.
        middle: of the crop, as shares of width and height.
    """
    height, width = picture.shape[:2]
    wide, high = min(CROP[0], width), min(CROP[1], height)
    left = min(max(0, round(middle[0] * width - wide / 2)), width - wide)
    top = min(max(0, round(middle[1] * height - high / 2)), height - high)
    part = picture[top : top + high, left : left + wide]
    larger: Picture = part.repeat(TIMES, axis=0).repeat(TIMES, axis=1)
    return larger


def _pictures(folder: Path) -> list[Picture]:
    return [_eight_bits(frame.image) for frame in read_frames(probe(folder))]


def _eight_bits(image: NDArray[np.generic]) -> Picture:
    if image.dtype == np.uint8:
        return image.astype(np.uint8)
    return np.round(image.astype(np.float64) / 257).astype(np.uint8)


def _smaller(picture: Picture) -> Picture:
    height = round(picture.shape[0] * SHOWN / picture.shape[1])
    small: Picture = cv2.resize(picture, (SHOWN, height), interpolation=cv2.INTER_AREA)
    return small
