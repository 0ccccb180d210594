"""Render a clip at the sizes that people have and measure what shows only there.

    python scripts/benchmarks/full_size.py --out bench --shared ../shared --write
    python scripts/benchmarks/full_size.py --out quick --frames 3 --widths 1280 --styles candy
    python scripts/benchmarks/full_size.py --out judged --judges tvl1,raft --judge-weights VGG19

The clip is bigbuckbunny, frames 60 to 83: the camera creeps, and there are sky, fur and grass. A
width beyond the clip's own is made of its frames by Lanczos' kernel. For each width and style:
seconds of the first and of a later frame, peak memory of a process that does nothing else, E_warp
over ideal transport by each judge (in brackets what paint has that is carried without a fault along
each other flow, see ``judges.py``), fine energy where the source is
flat (the style picture's own in brackets), style distance. Beside them lie a contact sheet of
frames 0, 1, middle and last, and crops at four times their size. A render that is done is not made
again. ``results.json`` and ``results.md`` hold all figures, with the machine they are from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from flowstyle.media.pictures import read_picture
from flowstyle.metrics.evaluation import Pixels, evaluate
from scripts.benchmarks.full_size_pictures import source_frames, write_crops, write_sheet
from scripts.benchmarks.full_size_render import Job, render_alone
from scripts.benchmarks.judges import carried_by_others, with_others
from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import (
    described,
    metadata,
    number,
    table,
    write_json,
    write_measured,
    write_report,
)

Figures = dict[str, Any]


def measured(
    source: Path, styled: Path, style: Path, judges: Sequence[str], options: argparse.Namespace
) -> Figures:
    """Figures of a styled folder of frames; those that need a flow by each judge."""
    found: Figures = {}
    for judge in judges:
        figures = evaluate(
            source, styled, style=style, network=options.network, judge=judge
        ).as_dict()
        found.setdefault("transport", {})[judge] = figures["transport"]
        found |= {
            name: figures[name]
            for name in ("fine", "fine_flat", "fine_style", "style_mean", "sharpness")
        }
    return found


def pictures_of(folder: Path) -> list[Pixels]:
    """The frames of a folder."""
    return [read_picture(path) for path in sorted(folder.glob("*.png"))]


def run_row(width: int, style_name: str, options: argparse.Namespace) -> Figures:
    """Render one width in one style and measure it, or read what was measured before."""
    style = common.shared_file(options, "styles", f"{style_name}.jpg")
    clip = common.shared_file(options, "clips", "bigbuckbunny.mp4")
    name = f"bigbuckbunny_{width}_{options.start}+{options.frames}"
    source = source_frames(clip, options.out / name, width, options.start, options.frames)
    styled = options.out / f"{name}_{style_name}_{options.preset}"
    kept = styled.with_suffix(".json")
    if kept.is_file():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    job = Job(str(source), str(style), str(styled), options.preset, options.features)
    row = {
        "width": width,
        "style_picture": style_name,
        "frames": options.frames,
        **render_alone(job),
        **measured(source, styled, style, options.judges, options),
        "others": carried_by_others(
            pictures_of(source), pictures_of(styled), options.judges, options.preset
        ),
    }
    write_sheet(source, styled, styled.with_name(f"{styled.name}_sheet.png"))
    write_crops(source, styled, styled.with_name(f"{styled.name}_crops.png"))
    write_json(kept, row)
    return row


def with_other(value: float | None, other: float | None) -> str:
    """A figure, and in brackets the one to read it beside."""
    return f"{number(value)} ({number(other)})"


def cells(row: Figures, judges: Sequence[str]) -> list[str]:
    """One line of the table."""
    flat = row["fine_flat"] or {}
    scale = {"value": None, "source": None} | flat
    style = row["fine_style"]
    return [
        f"{row['size'][0]}×{row['size'][1]}",
        row["style_picture"],
        str(row["frames"]),
        number(row["first_seconds"]),
        number(row["later_seconds"]),
        f"{row['peak_bytes'] / 2**30:.2f}",
        *(
            with_others(row["transport"].get(judge), row.get("others", {}).get(judge))
            for judge in judges
        ),
        with_other(
            None if scale["value"] is None else 255 * scale["value"],
            None if style is None else 255 * style,
        ),
        f"{row['style_mean']:.4f}",
    ]


def head(judges: Sequence[str]) -> list[str]:
    """The table's first line."""
    return [
        *("size", "style", "frames", "first frame, s", "later frame, s", "peak memory, GiB"),
        *(f"E_warp / ideal, {judge} (carried along)" for judge in judges),
        *("fine energy ×255, flat areas (style)", "style distance"),
    ]


def parse() -> argparse.Namespace:
    """The command line, with ``network`` (which measures style) added."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    add = parser.add_argument
    add("--widths", type=lambda text: [int(one) for one in text.split(",")], default=[1280, 1920])
    add("--styles", type=common.names, default=["starry_night", "candy"], help="in styles/")
    add("--start", type=int, default=60, help="first frame of the clip (%(default)s)")
    add("--frames", type=int, default=24, help="number of frames (%(default)s)")
    add("--preset", default="default")
    add("--features", default="compact", help="of the renders")
    add("--judges", type=common.names, default=["farneback", "tvl1"], help="flows, with commas")
    add("--write", action="store_true", help="the table into docs/measurements.md too")
    add("--judge-weights", type=Path, help="VGG19 weights that measure style; else compact")
    options = parser.parse_args()
    options.out = common.make_out(options)
    options.network = common.judge_network(options)
    return options


def main() -> None:
    """Render and measure; write the table after each row."""
    options = parse()
    meta = metadata(
        preset=options.preset, features=options.features, style_measured_by=options.network.name
    )
    results: list[Figures] = []
    text = ""
    for width in options.widths:
        for style in options.styles:
            results.append(run_row(width, style, options))
            body = [cells(row, options.judges) for row in results]
            note = "Widths beyond the clip's 1280 are upscaled with Lanczos' kernel."
            lines = table(head(options.judges), body)
            text = f"# Full size\n\n{described(meta)}\n\n{lines}\n\n{note}\n"
            write_report(options.out, meta, results, text)
            print(f"{width} {style} is done", file=sys.stderr, flush=True)
    print(text)
    if options.write:
        write_measured(ROOT / "docs/measurements.md", f"{lines}\n\n{described(meta)}", "full size")


if __name__ == "__main__":
    main()
