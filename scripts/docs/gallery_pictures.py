"""Renders of the demo clip for the gallery, and pictures of them that fit into a number of bytes.

They are made by the command line: the commands beside the pictures are those that made them.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.media.pictures import read_picture, write_picture  # noqa: E402
from flowstyle.media.probe import probe  # noqa: E402
from flowstyle.media.reader import read_frames  # noqa: E402
from flowstyle.report.layout import captioned, fitted_into, grid  # noqa: E402

Picture = NDArray[np.uint8]

CLIP = "assets/demo/clip.mp4"
"""From the repository's folder, in which all commands are given."""
PHOTO = "photo.png"
"""A frame of the clip, as a photograph."""
SIZE = (320, 180)
"""(width, height) of the renders."""
SHOWN = 23
"""Frame of the clip that stills show."""
FRAME_MS = 83
"""How long a frame of a moving picture is shown."""


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet: what stands above it, and the command that makes it.

    Attributes:
        caption: a few words.
        words: of the command after ``flowstyle``, but for ``-o``; none: a picture as it is.
        name: of the result, or path of the picture.
        frame: that is shown, counted in the clip.
    """

    caption: str
    words: tuple[str, ...]
    name: str
    frame: int = SHOWN

    @property
    def first(self) -> int:
        """The first frame that is painted."""
        given = self.words.index("--start-frame") if "--start-frame" in self.words else None
        return 0 if given is None else int(self.words[given + 1])

    def command(self) -> str:
        """The command as a person types it."""
        return " ".join(("flowstyle", *self.words, "-o", self.name))


def made(cell: Cell, out: Path) -> Path:
    """The result of a cell's command; one that is there is not made again."""
    path = out / cell.name
    if not path.exists():
        still = cell.words[0] == "image"
        quiet = ["--features", "compact", "--quiet", "--no-defaults"]
        quiet += [] if still else ["--no-measure", "--no-report"]
        words = [str(out / word) if word == PHOTO else word for word in cell.words]
        command = [sys.executable, "-m", "flowstyle", *words, "-o", str(path), *quiet]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, cwd=ROOT, env=environment)
        print(f"{cell.name} is made", flush=True)
    return path


def frames_of(cell: Cell, out: Path, wanted: Sequence[int]) -> list[Picture]:
    """Some frames of a cell's result, by the clip's numbers, in order."""
    path = made(cell, out)
    places = {frame - cell.first for frame in wanted}
    found = [frame.image for frame in read_frames(probe(path)) if frame.index in places]
    return [np.asarray(picture, np.uint8) for picture in found]


def source_frames(wanted: Sequence[int]) -> list[Picture]:
    """Frames of the demo clip, at the size of the renders."""
    frames = read_frames(probe(ROOT / CLIP), size=SIZE)
    return [np.asarray(frame.image, np.uint8) for frame in frames if frame.index in wanted]


def still(cell: Cell, out: Path) -> Picture:
    """What a cell shows."""
    if not cell.words:
        return cut_to(read_picture(ROOT / cell.name).astype(np.uint8))
    if cell.words[0] == "image":
        return cut_to(read_picture(made(cell, out)).astype(np.uint8))
    return frames_of(cell, out, [cell.frame])[0]


def cut_to(picture: Picture) -> Picture:
    """The middle of a picture in the shape and size of a frame."""
    width, height = SIZE
    scale = max(height / picture.shape[0], width / picture.shape[1])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    larger = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else 2)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return larger[top : top + height, left : left + width].astype(np.uint8)


def sheet_of(pictures: Sequence[tuple[str, Picture]], columns: int, width: int) -> Picture:
    """Pictures under their captions, in rows."""
    small = [captioned(fitted_into(each, (width, 1 << 20)), text) for text, each in pictures]
    return grid([small[at : at + columns] for at in range(0, len(small), columns)])


def as_jpeg(picture: Picture, most: int) -> bytes:
    """A picture in at most so many bytes."""
    for quality in range(88, 40, -3):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= most:
            return file.getvalue()
    raise SystemExit(f"a sheet does not fit into {most} bytes")


def as_moving(pictures: Sequence[Picture], most: int) -> bytes:
    """Pictures there and back, so that the loop has no jump, in at most so many bytes."""
    images = [Image.fromarray(one) for one in (*pictures, *pictures[-2:0:-1])]
    for quality in range(68, 26, -6):
        file = io.BytesIO()
        images[0].save(
            file,
            "WEBP",
            save_all=True,
            append_images=images[1:],
            duration=FRAME_MS,
            loop=0,
            quality=quality,
        )
        if file.tell() <= most:
            return file.getvalue()
    raise SystemExit(f"a moving picture does not fit into {most} bytes")


def write_photograph(path: Path) -> None:
    """The frame that ``flowstyle image`` paints as if it were a photograph."""
    if not path.exists():
        picture = next(f.image for f in read_frames(probe(ROOT / CLIP)) if f.index == SHOWN)
        write_picture(path, picture.astype(np.uint8))
