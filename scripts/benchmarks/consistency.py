"""How much each ingredient of consistency brings: the ablation, on clips that move.

    python scripts/benchmarks/consistency.py --out bench --shared ../shared
    python scripts/benchmarks/consistency.py --out quick --frames 6 --width 200 --effort 0.3 \
        --rows independent,warped,temporal,default --clips sintel_alley_1,synthetic
    python scripts/benchmarks/consistency.py --out bench --width 256 --frames 11 --write
    python scripts/benchmarks/consistency.py --out bench --row "strong=default,temporal_weight=800"

Every row is rendered on every clip in every style into ``--out`` and measured by
``flowstyle.evaluate``. The judge is TV-L1, for the synthetic clips their exact flow. A row that is
done is not rendered again, an interrupted one goes on where it stopped; a row with other
settings is another row. ``--restart`` makes all again, for instance after a change of the code.
Results: ``results.json`` and ``results.md`` in ``--out``, the tables also on stdout; ``--write``
puts the figures over all clips into README.md and docs/measurements.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from flowstyle.metrics.evaluation import evaluate
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.settings import Settings, load_settings
from flowstyle.version import __version__
from scripts.benchmarks.consistency_clips import Clip, judge_of, make_clips
from scripts.benchmarks.consistency_page import write_pages
from scripts.benchmarks.consistency_tables import write_tables
from scripts.common import options as common
from scripts.common.results import metadata, write_json

CHAIN: dict[str, Any] = {
    "sweeps": 0,
    "lock_static": False,
    "hold_colors": False,
    "fill_iterations": 0,
    "keyframe_share": 0.0,
}
"""Each frame follows from the one before it, as in Ruder's paper, and from nothing else."""
ALONE: dict[str, Any] = {**CHAIN, "temporal_weight": 0.0, "long_term": ()}
"""No temporal loss either."""

ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "noise": ("independent", {"first_start": "noise"}),
    "independent": ("independent", {}),
    "previous": ("default", {**ALONE, "start": "previous"}),
    "warped": ("default", {**ALONE, "start": "warped"}),
    "temporal": ("default", {**CHAIN, "start": "warped", "long_term": ()}),
    "long-term": ("default", {**CHAIN, "start": "warped", "long_term": (1, 10, 20, 40)}),
    "multipass": ("multipass", {}),
    "default": ("default", {}),
}
"""Preset and changes. From ``noise`` and ``independent`` (frame by frame, from noise and from the
content) to ``long-term`` each row adds one ingredient, as in Ruder's table."""

SHORT_CLIP = 10
"""A clip of so many frames or fewer has no distance of 10 for the row with long-term terms ..."""
SHORT_DISTANCE = 5
"""... and gets this one instead."""


def parse_row(text: str) -> tuple[str, tuple[str, dict[str, Any]]]:
    """``NAME=PRESET[,key=value…]`` → name, preset and changes; values are JSON or bare words."""
    head, *changes = re.split(r",(?=\w+=)", text)  # commas within a value stay
    name, preset = head.split("=", 1)
    values: dict[str, Any] = {}
    for change in changes:
        key, value = change.split("=", 1)
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
    return name, (preset, values)


def row_settings(clip: Clip, row: str, options: argparse.Namespace) -> Settings:
    """The settings of a row on a clip."""
    preset, changes = options.table[row]
    slow = preset in ("ruder", "multipass")
    given = {
        "width": clip.width,
        "frames": clip.frames,
        "features": options.features,
        "weights": options.weights,
        "effort": options.effort * (options.ruder_effort if slow else 1),
        "device": options.device,
        **changes,
    }
    if row == "long-term" and clip.frames <= SHORT_CLIP:
        given["long_term"] = (1, SHORT_DISTANCE)
    return load_settings(given, preset=preset)


def run_row(clip: Clip, style: Path, row: str, options: argparse.Namespace) -> dict[str, Any]:
    """Render and measure one row on one clip in one style, or read what was measured before."""
    settings = row_settings(clip, row, options)
    key = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:8]
    folder = options.out / f"{clip.name}_{style.stem}"
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / f"{row}-{key}.json"
    if result.is_file() and not options.restart:
        return dict(json.loads(result.read_text(encoding="utf-8")))

    pictures = folder / f"{row}-{key}"
    began = time.monotonic()
    seconds = 0.0
    if options.restart or not pictures.is_dir():
        output = Output(path=pictures, overwrite=True, restart=options.restart, measure=False)
        rendered = stylize_video(clip.path, [style], settings, output)
        seconds = rendered.seconds / rendered.frames
    figures = evaluate(
        clip.path,
        pictures,
        style=style,
        style_scale=settings.style_scale,
        network=options.network,
        judge=judge_of(clip, options.judge, options.out),
        count=clip.frames,
    )
    measured = {
        "row": row,
        "clip": clip.name,
        "style_picture": style.stem,
        "seconds_per_frame": seconds,
        "settings": settings.model_dump(mode="json"),
        "version": __version__,
        **figures.as_dict(),
    }
    write_json(result, measured)
    took = time.monotonic() - began
    print(f"{clip.name} {style.stem} {row}: {took:.0f} s", file=sys.stderr, flush=True)
    return measured


def parse() -> argparse.Namespace:
    """The command line, with ``table`` (all rows known) and ``network`` (of the judge) added."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    common.add_judge(parser)
    add = parser.add_argument
    clips = ["sintel_alley_1", "marple8", "carphone", "synthetic"]
    add("--clips", type=common.names, default=clips, help="also: pan, fast, whip")
    add("--rows", type=common.names, default=list(ROWS), help="of " + ", ".join(ROWS))
    add("--row", action="append", default=[], help="another row: NAME=PRESET,key=value,...")
    add("--style", action="append", type=Path, default=[], help="style picture; may be repeated")
    add("--width", type=int, help="largest width")
    add("--frames", type=int, help="largest number of frames")
    add("--carphone-frames", type=int, default=30, help="the whole clip has 120")
    add("--effort", type=float, default=1.0, help="factor on all iterations")
    add("--ruder-effort", type=float, default=0.1, help="further factor for ruder and multipass")
    add("--features", default="compact", help="of the renders")
    add("--weights", type=Path, help="VGG19 weights of the renders")
    add("--device", default="auto", help="where renders are optimised")
    add("--restart", action="store_true", help="make everything again")
    add("--write", action="store_true", help="into README.md and docs/measurements.md")
    options = parser.parse_args()
    extra = dict(parse_row(text) for text in options.row)
    options.table = {**ROWS, **extra}
    options.rows = [*options.rows, *extra]
    unknown = [row for row in options.rows if row not in options.table]
    if unknown:
        parser.error(f"no row {unknown}; there are {list(options.table)}")
    usual = (clips, list(ROWS), 1.0, 256, 11)
    asked = (options.clips, options.rows, options.effort, options.width, options.frames)
    if options.write and (asked != usual or options.style):
        parser.error("--write is for all rows and clips in candy, --width 256 --frames 11")
    options.style = options.style or [common.shared_file(options, "styles", "candy.jpg")]
    options.out = common.make_out(options)
    options.network = common.judge_network(options)
    return options


def main() -> None:
    """Run the rows and write the tables after each of them."""
    options = parse()
    meta = metadata(
        **{
            "judge": options.judge,
            "style measured by": options.network.name,
            "features": options.features,
            "effort": options.effort,
            "effort of ruder and multipass": options.effort * options.ruder_effort,
            "styles": [style.stem for style in options.style],
        }
    )
    results: list[dict[str, Any]] = []
    text = ""
    for clip in make_clips(options):
        for style in options.style:
            for row in options.rows:
                results.append(run_row(clip, style, row, options))
                text = write_tables(options.out, results, meta, options.rows)
    print(text)
    if options.write:
        write_pages(results, meta, options.rows)


if __name__ == "__main__":
    main()
