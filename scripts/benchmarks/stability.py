"""Does the stability dial go from boiling to locked, and does the style stay?

    python scripts/benchmarks/stability.py --out bench --shared ../shared
    python scripts/benchmarks/stability.py --out quick --clips carphone --positions 0 0.6 1

Each clip is rendered at each position of ``--stability``, and measured: E_warp over the source's
own, style distance, and style of the last frame over the first's. ``results.json`` and
``results.md`` hold all figures; ``--write`` puts the table into docs/measurements.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from flowstyle.metrics.evaluation import evaluate
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from scripts.benchmarks.clips import CLIPS, Clip, limited
from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, table, write_measured, write_report

POSITIONS = [position / 10 for position in range(11)]


def measured(clip: Clip, position: float, options: argparse.Namespace) -> dict[str, Any]:
    """One render and its figures."""
    source = common.shared_file(options, "clips", clip.path)
    out = options.out / f"{clip.name}_{position:g}.mp4"
    settings = limited(clip, source, options) | {"stability": position}
    done = stylize_video(
        source,
        [options.picture],
        load_settings(settings, preset="default"),
        Output(path=out, overwrite=True, restart=True, measure=False),
    )
    figures = evaluate(
        source,
        out,
        style=options.picture,
        network=options.network,
        count=done.frames,
        judge=options.judge,
    )
    return {"clip": clip.name, "position": position, "size": done.size, **figures.as_dict()}


def cell(row: dict[str, Any]) -> str:
    """E_warp over the source's, style distance, last over first."""
    ratio, style = row["warp_error"]["ratio"], row["style_mean"]
    return f"{ratio:.3g}, {style:.3g}, {row['style_last_over_first']:.2f}"


def parse() -> argparse.Namespace:
    """The command line, with ``network`` (which measures style) and ``picture`` added."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    common.add_judge(parser)
    parser.add_argument("--clips", nargs="*", default=["sintel_alley_1", "marple8", "carphone"])
    parser.add_argument("--positions", nargs="*", type=float, default=POSITIONS)
    parser.add_argument("--width", type=int, default=200, help="no clip is painted wider")
    parser.add_argument("--frames", type=int, default=12, help="of no clip more")
    parser.add_argument("--write", action="store_true", help="into docs/measurements.md")
    options = parser.parse_args()
    options.picture = common.shared_file(options, "styles", "candy.jpg")
    options.out = common.make_out(options)
    options.network = common.judge_network(options)
    return options


def main() -> None:
    """Render, measure, write."""
    options = parse()
    clips = [clip for clip in CLIPS if clip.name in options.clips]
    rows = [[measured(clip, one, options) for clip in clips] for one in options.positions]
    meta = metadata(judge=options.judge, style_measured_by=options.network.name)
    head = ["`--stability`", *(f"{row['clip']}, {row['size'][0]} px" for row in rows[0])]
    body = [[f"{each[0]['position']:g}", *map(cell, each)] for each in rows]
    text = f"{table(head, body)}\n\n{described(meta)}"
    write_report(options.out, meta, [row for each in rows for row in each], text + "\n")
    if options.write:
        write_measured(ROOT / "docs" / "measurements.md", text, "stability")
    print(text)


if __name__ == "__main__":
    main()
