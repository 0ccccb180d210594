"""What a network is trained on: drawn pictures, a folder's, or the frames of a clip."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.core.events import Decision, Notice, Report
from flowstyle.media.picture_folder import is_picture
from flowstyle.media.pictures import read_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.training.crops import LEAST
from flowstyle.training.leaves import falling_leaves

SHORTER_SIDE = 480
"""Pixels to which larger pictures are brought: crops are of the scale of frames."""
DRAWN = 120
MOST = 400
"""Pictures kept in memory, some 300 MB."""

Picture = NDArray[np.uint8]


def training_pictures(place: Path | None, seed: int, report: Report) -> list[Picture]:
    """The pictures of a folder or clip; drawn ones without a place.

    Args:
        place: folder (searched with all folders in it), or a clip.
        seed: decides the drawn ones.
        report: told what is taken.

    Returns:
        H×W×3 uint8 RGB, both sides at least 192.

    Raises:
        UsageError: there is nothing there to be trained on.
        VideoError: a clip cannot be read.
    """
    if place is None:
        report(Decision("training pictures", f"{DRAWN} drawn ones; --pictures FOLDER has others"))
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            return list(pool.map(partial(falling_leaves, SHORTER_SIDE), _seeds(seed)))
    read = _of_folder(place, report) if place.is_dir() else _of_clip(place, report)
    found = [picture for picture in read if min(picture.shape[:2]) >= LEAST]
    smaller = len(read) - len(found)
    if not found:
        there = f", {smaller} smaller ones" if smaller else ""
        raise UsageError(
            f"no picture of at least {LEAST}×{LEAST} pixels{there}",
            place,
            "give a folder with photographs, or a clip",
        )
    without = f"; {smaller} smaller than {LEAST}×{LEAST} left out" if smaller else ""
    report(Decision("training pictures", f"{len(found)} of {place}{without}"))
    return found


def _seeds(seed: int) -> range:
    """Of the drawn pictures of a training."""
    return range(seed * DRAWN, (seed + 1) * DRAWN)


def _of_folder(folder: Path, report: Report) -> list[Picture]:
    files = sorted(path for path in folder.rglob("*") if is_picture(path))
    step = max(1, -(-len(files) // MOST))
    found = []
    for file in files[::step]:
        try:
            found.append(_sized(_eight_bits(read_picture(file))))
        except FlowstyleError as error:  # one broken file among many is no reason to stop
            report(Notice(f"left out: {file}, {error.what}"))
    return found


def _of_clip(path: Path, report: Report) -> list[Picture]:
    info = probe(path, report=report)
    every = max(1, (info.frames or MOST) // MOST)
    found = []
    for frame in read_frames(info):
        if frame.index % every == 0:
            found.append(_sized(_eight_bits(frame.image)))
        if len(found) == MOST:
            break
    return found


def _eight_bits(picture: NDArray[np.uint8] | NDArray[np.uint16]) -> Picture:
    if picture.dtype == np.uint8:
        return np.asarray(picture, np.uint8)
    return np.asarray(picture >> 8, np.uint8)


def _sized(picture: Picture) -> Picture:
    scale = SHORTER_SIDE / min(picture.shape[:2])
    if scale >= 1:
        return picture
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
