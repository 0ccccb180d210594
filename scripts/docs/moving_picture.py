"""Makes the README's moving picture: a piece of the demo clip, frame by frame, and by flowstyle.

python scripts/docs/moving_picture.py            # some minutes; assets/readme/moving.webp

A still cannot show flicker. The piece runs forward and back, so that the loop has no jump.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from flowstyle.media.pictures import read_picture  # noqa: E402
from flowstyle.media.probe import probe  # noqa: E402
from flowstyle.media.reader import read_frames  # noqa: E402
from flowstyle.report.layout import captioned, grid  # noqa: E402

Picture = NDArray[np.uint8]

CLIP = ROOT / "assets" / "demo" / "clip.mp4"
WIDTH, HEIGHT = 256, 144
FIRST, COUNT = 12, 12
FRAME_MS = 83


def painted(preset: str, style: Path, folder: Path) -> list[Picture]:
    """The piece as a preset paints it."""
    out = folder / preset
    command = [sys.executable, "-m", "flowstyle", "run", CLIP, style, "-o", out, "--no-measure"]
    piece = ["--width", WIDTH, "--start-frame", FIRST, "--frames", COUNT, "--preset", preset]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [*command, *piece, "--features", "compact"]
    subprocess.run([str(part) for part in arguments], check=True, env=environment)
    return [read_picture(path) for path in sorted(out.glob("*.png"))]


def sheets(style: Path, folder: Path) -> list[Picture]:
    """Clip, frame by frame, and flowstyle side by side, one sheet a frame."""
    read = read_frames(probe(CLIP), start=FIRST, count=COUNT, size=(WIDTH, HEIGHT))
    source = [frame.image for frame in read]
    alone, held = (painted(preset, style, folder) for preset in ("independent", "default"))
    return [
        grid(
            [[captioned(a, "clip"), captioned(b, "frame by frame"), captioned(c, "flowstyle run")]]
        )
        for a, b, c in zip(source, alone, held, strict=True)
    ]


def main() -> None:
    """Paint twice, and write one animated WebP."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "readme" / "moving.webp")
    parser.add_argument("--style", type=Path, default=ROOT / "assets" / "demo" / "night.jpg")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pictures = [Image.fromarray(sheet) for sheet in sheets(options.style, Path(folder))]
    loop = [*pictures, *pictures[-2:0:-1]]
    loop[0].save(
        options.out, save_all=True, append_images=loop[1:], duration=FRAME_MS, loop=0, quality=62
    )
    print(f"{options.out}: {len(loop)} frames, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
