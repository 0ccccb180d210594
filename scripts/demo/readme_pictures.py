"""Make the README's picture from the project's own demo clip and styles.

    python scripts/demo/readme_pictures.py --out runs/readme

The renders go to ``--out`` and are made once; the sheet of frames goes to ``assets/readme``, or to
``--sheets``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from flowstyle.media.pictures import read_picture, write_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.report.layout import contact_sheet
from flowstyle.settings import load_settings
from scripts.common.options import add_out, make_out, make_parser
from scripts.common.paths import DEMO, ROOT

SHOWN = (0, 1, 18, 35)


def frames(path: Path) -> list[np.ndarray]:
    """The frames that are shown."""
    return [frame.image for frame in read_frames(probe(path)) if frame.index in SHOWN]


def cropped(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A picture cut to the shape of the frames."""
    height = round(picture.shape[1] * shape[0] / shape[1])
    top = max(0, (picture.shape[0] - height) // 2)
    return cv2.resize(picture[top : top + height], (shape[1], shape[0]), interpolation=3)


def rendered(style: Path, out: Path, width: int | None) -> list[np.ndarray]:
    """The frames of the demo clip in a style; a render that is done is not made again."""
    path = out / f"{style.stem}.mp4"
    if not path.is_file():
        settings = load_settings({} if width is None else {"width": width})
        done = stylize_video(DEMO / "clip.mp4", [style], settings, Output(path=path))
        print(done.summary())
    return frames(path)


def main() -> None:
    """Render the demo clip in each style, and put frames side by side."""
    parser = make_parser(__doc__)
    add_out(parser, "folder for the renders")
    parser.add_argument("--styles", nargs="+", default=["night", "waves", "candy"])
    parser.add_argument("--width", type=int, help="of the renders; the clip's if not given")
    parser.add_argument("--sheets", type=Path, default=ROOT / "assets" / "readme")
    options = parser.parse_args()
    out = make_out(options)
    pictures = frames(DEMO / "clip.mp4")
    shape = pictures[0].shape[:2]
    tiles = [np.full_like(pictures[0], 24), *pictures]
    captions = ["", *(f"demo clip, frame {index}" for index in SHOWN)]
    for name in options.styles:
        style = DEMO / f"{name}.jpg"
        tiles += [cropped(read_picture(style), shape), *rendered(style, out, options.width)]
        captions += [f"style: {name}", *(f"frame {index}" for index in SHOWN)]
    sheet = contact_sheet(tiles, captions, columns=1 + len(SHOWN), width=288)
    options.sheets.mkdir(parents=True, exist_ok=True)
    write_picture(options.sheets / "demo.jpg", sheet, overwrite=True)


if __name__ == "__main__":
    main()
