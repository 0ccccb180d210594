"""Makes the README's pictures from the project's own demo clip and styles.

python scripts/readme_pictures.py --out runs/readme      # renders; the sheet goes to assets/readme
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flowstyle.media.pictures import read_picture, write_picture  # noqa: E402
from flowstyle.media.probe import probe  # noqa: E402
from flowstyle.media.reader import read_frames  # noqa: E402
from flowstyle.pipeline import Output, stylize_video  # noqa: E402
from flowstyle.report.layout import contact_sheet  # noqa: E402
from flowstyle.settings import load_settings  # noqa: E402

SHOWN = (0, 1, 18, 35)


def frames(path: Path) -> list[np.ndarray]:
    """The frames that are shown."""
    return [frame.image for frame in read_frames(probe(path)) if frame.index in SHOWN]


def cropped(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A picture cut to the shape of the frames."""
    height = round(picture.shape[1] * shape[0] / shape[1])
    top = max(0, (picture.shape[0] - height) // 2)
    return cv2.resize(picture[top : top + height], (shape[1], shape[0]), interpolation=3)


def main() -> None:
    """Render the demo clip in each style, and put frames side by side."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--styles", nargs="+", default=["night", "waves", "candy"])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    clip = ROOT / "assets" / "demo" / "clip.mp4"
    pictures = frames(clip)
    shape = pictures[0].shape[:2]
    rows = [np.full_like(pictures[0], 24), *pictures]
    captions = ["", *(f"demo clip, frame {index}" for index in SHOWN)]
    for name in options.styles:
        style = ROOT / "assets" / "demo" / f"{name}.jpg"
        out = options.out / f"{name}.mp4"
        if not out.is_file():
            done = stylize_video(clip, [style], load_settings({}), Output(path=out))
            print(done.summary())
        rows += [cropped(read_picture(style), shape), *frames(out)]
        captions += [f"style: {name}", *(f"frame {index}" for index in SHOWN)]
    sheet = contact_sheet(rows, captions, columns=1 + len(SHOWN), width=288)
    target = ROOT / "assets" / "readme"
    target.mkdir(exist_ok=True)
    write_picture(target / "demo.jpg", sheet, overwrite=True)


if __name__ == "__main__":
    main()
