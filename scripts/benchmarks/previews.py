"""Do previews end in twenty seconds, and is what they foretell what renders take?

    python scripts/benchmarks/previews.py --out bench --shared ../shared
    python scripts/benchmarks/previews.py --out quick --clips carphone --frames 12

Each clip is previewed by the command line in a fresh process; then the piece is rendered, and the
render's time, measuring included, is to lie within 15 % of the estimate. Seconds are those of the
clock, and beside them those of the processor: on a busy machine only the latter mean anything.
``large`` is a clip of 1920×1080 in H.264 of ninety seconds, made from bigbuckbunny; it is previewed
and not rendered, which would take a day. Leave the machine alone meanwhile. ``results.json`` and
``results.md`` hold all figures; ``--write`` puts them into docs/preview.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, table, write_measured, write_report

CLIPS: dict[str, tuple[str, int | None, int]] = {
    "sintel_alley_1": ("sintel_alley_1", 512, 10),
    "bigbuckbunny": ("bigbuckbunny.mp4", 426, 24),
    "carphone": ("carphone_pristine.mp4", None, 48),
    "marple8": ("marple8", None, 5),
    "large": ("", None, 0),
}
"""File, width and number of frames of the piece that is rendered."""

HEAD = (
    *("clip", "piece", "preview painted at", "preview, s", "of the processor"),
    *("estimate, s", "render, s", "off by", "of the processor"),
)
LAPS = 16
"""Times that bigbuckbunny is shown in ``large``, there and back: 2112 frames."""


def large_clip(folder: Path, source: Path) -> Path:
    """A long clip of 1920×1080; made once."""
    path = folder / "large.mp4"
    if path.exists():
        return path
    import av

    with av.open(str(source)) as container:
        frames = [frame.reformat(1920, 1080, "yuv420p") for frame in container.decode(video=0)]
    partial = folder / "large.partial.mp4"
    with av.open(str(partial), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "superfast"})
        stream.width, stream.height, stream.gop_size = 1920, 1080, 250
        for number in range(LAPS * len(frames)):
            lap, index = divmod(number, len(frames))
            frame = frames[-1 - index if lap % 2 else index]
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    partial.replace(path)
    return path


def timed(words: list[str], folder: Path) -> tuple[dict[str, Any], float, float]:
    """Run a command of the program; its JSON, its seconds, and those of the processor."""
    command = [sys.executable, "-m", "flowstyle", *words, "--json", "--features", "compact"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    took = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(done.stdout), took, busy


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One row."""
    file, width, count = CLIPS[name]
    if name == "large":
        source = common.shared_file(options, "clips", "bigbuckbunny.mp4")
        clip = large_clip(options.out, source.resolve())
    else:
        clip = common.shared_file(options, "clips", file)
    count = min(options.frames or count, count)
    words = [str(Path(clip).resolve())]
    words += [str(common.shared_file(options, "styles", "candy.jpg").resolve())]
    piece = ["--width", str(width)] if width else []
    piece += ["--frames", str(count)] if count else []
    sheet = f"{name}.png"
    told, took, busy = timed(["preview", *words, *piece, "-o", sheet, "--overwrite"], options.out)
    found = told["looks"][0]["estimate"]
    row = {"clip": name, "piece": found["frames"], "full": found["size"], "size": told["size"]}
    row |= {"preview": took, "preview_busy": busy, "estimate": found["seconds"]}
    if name != "large":
        result = f"{name}.mp4"
        shutil.rmtree(options.out / f"{result}.flowstyle", ignore_errors=True)
        _, row["render"], row["render_busy"] = timed(
            ["run", *words, *piece, "-o", result, "--overwrite"], options.out
        )
    return row


def cells(row: dict[str, Any]) -> list[str]:
    """One line of the table; a render over its estimate is off by more than 0."""
    rendered = "render" in row
    return [
        row["clip"],
        f"{row['piece']} × {row['full'][0]}×{row['full'][1]}",
        f"{row['size'][0]}×{row['size'][1]}",
        f"{row['preview']:.1f}",
        f"{row['preview_busy']:.1f}",
        f"{row['estimate']:.0f}",
        f"{row['render']:.0f}" if rendered else "–",
        f"{100 * (row['render'] / row['estimate'] - 1):+.0f} %" if rendered else "–",
        f"{row['render_busy']:.0f}" if rendered else "–",
    ]


def main() -> None:
    """Measure, and write the table after each clip."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    parser.add_argument("--clips", type=common.names, default=list(CLIPS), help=", ".join(CLIPS))
    parser.add_argument("--frames", type=int, help="of each piece")
    parser.add_argument("--write", action="store_true", help="into docs/preview.md")
    options = parser.parse_args()
    options.out = common.make_out(options)
    meta = metadata(features="compact", style="candy", load=round(os.getloadavg()[0], 1))
    rows: list[dict[str, Any]] = []
    text = ""
    for name in options.clips:
        rows.append(measure(name, options))
        text = f"# Previews\n\n{described(meta)}\n\n{table(HEAD, map(cells, rows))}\n"
        write_report(options.out, meta, rows, text)
        print(f"{name} is done", file=sys.stderr, flush=True)
    print(text)
    if options.write:
        shown = f"{table(HEAD, map(cells, rows))}\n\n{described(meta)}"
        write_measured(ROOT / "docs" / "preview.md", shown)


if __name__ == "__main__":
    main()
