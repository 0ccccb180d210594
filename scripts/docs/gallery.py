"""Makes docs/gallery.md with its pictures, and the README's, from the project's own material.

python scripts/docs/gallery.py --out runs/gallery     # ten minutes of two quiet cores
python scripts/docs/gallery.py --page                 # the text alone, pictures stay as they are

The renders go to ``--out``, and one that is there is not made again. Where METHOD of
flowstyle/render/fingerprint.py was raised, give a new folder: ``scripts/docs/stale.py`` says so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from flowstyle.report.layout import blank
from scripts.common.options import make_out, make_parser
from scripts.common.paths import ROOT
from scripts.common.results import STAMP, described, metadata, write_text
from scripts.docs.gallery_pictures import (
    CLIP,
    PHOTO,
    SHOWN,
    SIZE,
    Cell,
    Picture,
    as_jpeg,
    as_moving,
    frames_of,
    sheet_of,
    source_frames,
    still,
    write_photograph,
)

PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "assets" / "gallery"
README = ROOT / "assets" / "readme"

STYLES = ("night", "waves", "candy", "glass")
FEW = ("--start-frame", str(SHOWN), "--frames", "1")
"""The frame that is painted where one alone is shown."""
PIECE = ("--start-frame", "12", "--frames", "12")
"""Of the clip, that is painted frame by frame."""
MOVING = tuple(range(14, 22))
"""Frames of the moving pictures, within :data:`PIECE`."""


def style(name: str) -> str:
    """Path of a style picture, from the repository's folder."""
    return f"assets/demo/{name}.jpg"


def clip_in(caption: str, style_given: str, name: str, *more: str, frame: int = SHOWN) -> Cell:
    """A cell of the demo clip, painted."""
    words = ("run", CLIP, style_given, *more, "--width", str(SIZE[0]))
    return Cell(caption, words, f"{name}.mp4", frame)


def dial(caption: str, name: str, *more: str) -> Cell:
    """A cell in the style ``night`` with other settings, of one frame."""
    return clip_in(caption, style("night"), f"night_{name}", *more, *FEW)


def photograph(caption: str, name: str, *more: str) -> Cell:
    """A cell of a frame that is painted as a photograph."""
    return Cell(
        caption,
        ("image", PHOTO, style("night"), *more, "--width", str(SIZE[0])),
        f"photo_{name}.png",
    )


def whole(name: str) -> Cell:
    """The whole demo clip in a style, by the usual settings."""
    return clip_in("flowstyle run", style(name), f"clip_{name}")


def by_network(name: str) -> Cell:
    """The whole demo clip by the network trained for a style."""
    return clip_in("trained network", name, f"clip_{name}-network")


ALONE = clip_in(
    *("frame by frame", style("night"), "night_alone", *PIECE, "--preset", "independent")
)
"""Every frame painted by itself."""


@dataclass(frozen=True)
class Sheet:
    """A sheet of stills: its file, heading, what is said of it, its cells in rows."""

    file: str
    heading: str
    text: str
    columns: int
    cells: tuple[Cell, ...]
    most: int


SHEETS = (
    Sheet(
        "styles.jpg",
        "Styles and networks",
        "Each style picture, the demo clip painted in it by optimisation, and by the network that "
        "was trained for it: [some ten times faster, plainer](networks.md#how-well).",
        3,
        tuple(
            cell
            for name in STYLES
            for cell in (Cell(f"style: {name}", (), style(name)), whole(name), by_network(name))
        ),
        250_000,
    ),
    Sheet(
        "presets.jpg",
        "Presets",
        "`draft`, `default`, and `independent`, which paints every frame alone and boils when it "
        "moves. The second row is for photographs: frame 23 of the clip as `photo.png`.",
        3,
        (
            dial("draft", "draft", "--preset", "draft"),
            whole("night"),
            ALONE,
            photograph("image", "still"),
            photograph("image --alpha-beta 1e-2", "gatys", "--alpha-beta", "1e-2"),
            photograph("image --original-colors", "colours", "--original-colors"),
        ),
        130_000,
    ),
    Sheet(
        "dials.jpg",
        "Dials",
        "One setting changed at a time, all in the style `night`.",
        3,
        (
            dial("more style", "bold", "--style-weight", "60"),
            dial("less style", "faint", "--style-weight", "3"),
            dial("two pictures", "candy", style("candy")),
            dial("finer brushwork", "fine", "--style-scale", "0.5"),
            dial("coarser brushwork", "coarse", "--style-scale", "2"),
            dial("sliced", "sliced", "--style-loss", "sliced"),
            dial("the clip's colours", "colours", "--original-colors"),
            dial("the picture given them first", "match", "--match-colors"),
            dial("wasserstein", "wasserstein", "--style-loss", "wasserstein"),
        ),
        190_000,
    ),
)


MOVED = tuple(whole(name) for name in STYLES)
"""What moves side by side."""
MOVED_FILE = "moving.webp"

HEAD = """\
# Gallery

<!-- Made by scripts/docs/gallery.py; do not edit. -->

The project's own demo clip, 36 frames of 448×252, in its own four styles: nothing here comes from
elsewhere. Each picture stands above the commands that made it, given in the repository's folder.
Stills show frame 23. Painted with the bundled features; where VGG19's weights are at hand,
`--features compact` takes these.
"""


def page(stamp: str) -> str:
    """The whole page.

    Args:
        stamp: when, where and with which code the pictures were made.
    """
    parts = [HEAD, f"{stamp}\n"]
    for sheet in SHEETS:
        parts.append(
            f"## {sheet.heading}\n\n![{sheet.heading}](../assets/gallery/{sheet.file})\n\n"
            f"{sheet.text}\n\n{_commands(sheet.cells)}"
        )
    parts.append(
        f"## Four styles, moving\n\n![Four styles, moving](../assets/gallery/{MOVED_FILE})\n\n"
        f"Frames {MOVING[0]} to {MOVING[-1]} there and back, of the renders above: "
        f"{', '.join(f'`{cell.name}`' for cell in MOVED)}.\n"
    )
    parts.append(
        "## Frame by frame, and flowstyle\n\n"
        "![The clip, every frame painted alone, and flowstyle](../assets/readme/moving.webp)\n\n"
        f"{_commands((ALONE, whole('night')))}"
    )
    return "\n".join(parts)


def _commands(cells: Sequence[Cell]) -> str:
    """The commands of some cells in a block; they need the repository, not a reader's own files."""
    lines = [cell.command() for cell in cells if cell.words]
    return "```\n" + "\n".join(dict.fromkeys(lines)) + "\n```\n"


def stamp_of(text: str) -> str:
    """The line of a page that says how its pictures were made; "" without one."""
    found = STAMP.search(text)
    return found[0] if found else ""


def make_pictures(out: Path) -> dict[Path, bytes]:
    """All pictures, by the files that they go to."""
    found: dict[Path, bytes] = {}
    write_photograph(out / PHOTO)
    for sheet in SHEETS:
        shown = [(cell.caption, still(cell, out)) for cell in sheet.cells]
        drawn = sheet_of(shown, sheet.columns, SIZE[0])
        found[PICTURES / sheet.file] = as_jpeg(drawn, sheet.most)
    painted = [frames_of(cell, out, MOVING) for cell in MOVED]
    together = [_quartet(*each) for each in zip(*painted, strict=True)]
    found[PICTURES / MOVED_FILE] = as_moving(together, 300_000)
    return found | _readme(out)


def _quartet(*pictures: Picture) -> Picture:
    """Four pictures in two rows, under the names of their styles."""
    named = list(zip(STYLES, pictures, strict=True))
    return sheet_of(named, 2, 208)


def _readme(out: Path) -> dict[Path, bytes]:
    """The README's pictures."""
    shown = (0, 1, 18, 35)
    tiles = [
        ("", blank(SIZE[1], SIZE[0])),
        *_numbered("demo clip, frame", shown, source_frames(shown)),
    ]
    for name in STYLES[:3]:
        tiles.append((f"style: {name}", still(Cell("", (), style(name)), out)))
        tiles += _numbered("frame", shown, frames_of(whole(name), out, shown))
    columns = 1 + len(shown)
    three = zip(
        source_frames(MOVING),
        frames_of(ALONE, out, MOVING),
        frames_of(whole("night"), out, MOVING),
        strict=True,
    )
    names = ("clip", "frame by frame", "flowstyle run")
    moving = [sheet_of(list(zip(names, each, strict=True)), 3, 256) for each in three]
    return {
        README / "demo.jpg": as_jpeg(sheet_of(tiles, columns, 256), 260_000),
        README / "moving.webp": as_moving(moving, 330_000),
    }


def _numbered(
    what: str, numbers: tuple[int, ...], pictures: list[Picture]
) -> list[tuple[str, Picture]]:
    return [(f"{what} {n}", picture) for n, picture in zip(numbers, pictures, strict=True)]


def main() -> None:
    """Render, draw, write; or write the page alone."""
    parser = make_parser(__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--out", type=Path, help="folder for the renders")
    mode.add_argument("--page", action="store_true", help="write docs/gallery.md alone")
    options = parser.parse_args()
    if options.page:
        write_text(PAGE, page(stamp_of(PAGE.read_text(encoding="utf-8"))))
        return
    files = make_pictures(make_out(options))
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{path.relative_to(ROOT)}: {len(data)} bytes")
    print(f"{sum(map(len, files.values()))} bytes in all")
    write_text(PAGE, page(described(metadata(width=SIZE[0]))))


if __name__ == "__main__":
    main()
