"""Makes the pictures of docs/debug.md: the debug sheet of a frame of the demo clip, and its panels.

python scripts/docs/debug_pictures.py            # a minute or two; to assets/docs

The clip is painted by the command line, and the sheet is that of ``flowstyle debug``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.media.pictures import read_picture  # noqa: E402

CLIP = ROOT / "assets" / "demo" / "clip.mp4"
FRAMES = 4
FIRST = 20
"""The first of the painted frames; the last one is shown."""
LARGEST = 60_000
"""Bytes that the picture may have."""


def sheet(folder: Path) -> NDArray[np.uint8]:
    """The sheet of the last of some painted frames."""
    out, style = folder / "painted.mp4", ROOT / "assets" / "demo" / "candy.jpg"
    piece = ["--width", 320, "--start-frame", FIRST, "--frames", FRAMES, "--features", "compact"]
    flowstyle("run", CLIP, style, "-o", out, "--no-measure", *piece)
    flowstyle("debug", out, "--frame", FIRST + FRAMES - 1, "-o", folder / "sheet.png")
    return read_picture(folder / "sheet.png").astype(np.uint8)


def flowstyle(*words: object) -> None:
    """Run a command of the program."""
    command = [sys.executable, "-m", "flowstyle", *map(str, words)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def encoded(picture: NDArray[np.uint8]) -> bytes:
    """A picture as a JPEG of at most :data:`LARGEST` bytes."""
    small = cv2.resize(picture, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    for quality in range(84, 30, -4):
        flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
        data = cv2.imencode(".jpg", np.ascontiguousarray(small[..., ::-1]), flags)[1].tobytes()
        if len(data) <= LARGEST:
            return data
    raise SystemExit(f"the sheet does not fit into {LARGEST} bytes")


def main() -> None:
    """Paint, draw, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "docs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = encoded(sheet(Path(folder)))
    (options.out / "debug-sheet.jpg").write_bytes(data)
    print(f"debug-sheet.jpg, {len(data)} bytes, in {options.out}")


if __name__ == "__main__":
    main()
