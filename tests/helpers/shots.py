"""Folders of frames that show several shots, with the list of them."""

from __future__ import annotations

from pathlib import Path

import cv2

from tests.helpers.media import picture

SIZE = (32, 24)


def write_shots(folder: Path, shots: int, length: int) -> Path:
    """``clip/`` of frames, ``shots.csv`` with where each shot begins, and ``style.png``.

    Args:
        folder: where; it exists.
        shots: their number; every second one is a negative, so that no cut can be missed.
        length: frames of each.

    Returns:
        The folder.
    """
    (folder / "clip").mkdir()
    for index in range(shots * length):
        shot = index // length
        image = picture(index % length, SIZE, seed=shot)
        cv2.imwrite(str(folder / "clip" / f"{index:03d}.png"), 255 - image if shot % 2 else image)
    (folder / "shots.csv").write_text("".join(f"{i * length}\n" for i in range(shots)))
    cv2.imwrite(str(folder / "style.png"), picture(0, SIZE, seed=7))
    return folder
