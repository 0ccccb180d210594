"""Do renders end in the time they were given, and take what was estimated?

    python scripts/benchmarks/budgets.py --out bench --shared ../shared
    python scripts/benchmarks/budgets.py --out quick --clips bigbuckbunny --shares 0.8 --frames 12

Each clip is estimated, then rendered without a budget: the estimate's time over the true one is to
lie within 15 %. Then it is rendered with budgets that are shares of that time, each in a work
folder of its own; the time from the call to the end, measuring included, over the budget is to lie
between −15 % and +5 %. Time, memory and disk are those of a process that does nothing else: leave
the machine alone meanwhile. ``results.json`` and ``results.md`` hold all figures.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from scripts.benchmarks.full_size_pictures import source_frames
from scripts.common import options as common
from scripts.common.memory import peak_memory
from scripts.common.results import described, metadata, number, table, write_report

CLIPS = {
    "sintel_alley_1": ("sintel_alley_1", 1024, 0, 10),
    "bigbuckbunny": ("bigbuckbunny.mp4", 426, 60, 72),
}
"""File, width, first frame and number of frames of each. The clip itself is made so large: a width
in the settings would be kept, whatever the budget. A minute or more each: of a quick render the few
seconds of measuring are all that half a budget holds, and a small one cannot become smaller."""

HEAD = (
    *("clip", "run", "size", "effort", "allowed or estimated, s", "took, s", "off by"),
    *("memory foreseen, GB", "held, GB", "disk foreseen, MB", "written, MB"),
)


def alone(work: str, job: dict[str, Any]) -> dict[str, Any]:
    """``estimate`` or ``render`` in a fresh process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        return pool.submit({"estimate": _estimate, "render": _render}[work], job).result()


def _arguments(job: dict[str, Any]) -> tuple[Any, ...]:
    import flowstyle

    flowstyle.set_up()  # before torch is imported
    from flowstyle.render.result import Output
    from flowstyle.settings import load_settings

    settings = load_settings(job["settings"])
    return job["clip"], [job["style"]], settings, Output(path=Path(job["out"]), overwrite=True)


def _estimate(job: dict[str, Any]) -> dict[str, Any]:
    arguments = _arguments(job)
    from flowstyle.pipeline import estimate_video

    began = time.monotonic()
    found = estimate_video(*arguments).as_dict()
    return {**found, "measuring": time.monotonic() - began}


def _render(job: dict[str, Any]) -> dict[str, Any]:
    arguments = _arguments(job)
    from flowstyle.core.events import Decision, Event
    from flowstyle.pipeline import stylize_video

    said: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, Decision) and event.topic == "budget":
            said.append(event.text)

    began = time.monotonic()
    done = stylize_video(*arguments, budget=job["budget"], report=watch)
    took = time.monotonic() - began
    folder, out = Path(job["out"] + ".flowstyle"), Path(job["out"])
    kept = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {
        "size": list(done.size),
        "took": took,
        "said": said,
        "peak": peak_memory(),
        "written": kept + out.stat().st_size,
    }


def measure(name: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """All rows of a clip."""
    file, width, start, count = CLIPS[name]
    clip = common.shared_file(options, "clips", file)
    count = min(options.frames or count, count)
    job = {
        "clip": str(source_frames(clip, options.out / f"{name}_{count}", width, start, count)),
        "style": str(common.shared_file(options, "styles", "candy.jpg")),
        "out": str(options.out / f"{name}.mp4"),
        "settings": {"features": "compact"},
        "budget": None,
    }
    foreseen = alone("estimate", job)
    plain = fresh(job)
    rows = [{"clip": name, "run": "estimate", "allowed": foreseen["seconds"], **plain}]
    rows[0] |= {key: foreseen[key] for key in ("memory", "disk", "measuring")}
    for share in options.shares:
        budget = plain["took"] * share
        rows.append({"clip": name, "run": f"budget × {share:g}", "allowed": budget})
        rows[-1] |= fresh(job | {"budget": budget})
        print(f"{name} × {share:g} is done", file=sys.stderr, flush=True)
    return rows


def fresh(job: dict[str, Any]) -> dict[str, Any]:
    """A render whose work folder is not there before."""
    shutil.rmtree(job["out"] + ".flowstyle", ignore_errors=True)
    return alone("render", job)


def cells(row: dict[str, Any]) -> list[str]:
    """One line of the table; a render over its allowance is off by more than 0."""
    said = row["said"][0] if row["said"] else ""
    effort = said.split("effort ")[1].split(",")[0] if "effort " in said else "–"
    return [
        row["clip"],
        row["run"],
        f"{row['size'][0]}×{row['size'][1]}",
        effort,
        f"{row['allowed']:.0f}",
        f"{row['took']:.0f}",
        f"{100 * (row['took'] / row['allowed'] - 1):+.0f} %",
        number(row["memory"] / 1e9) if "memory" in row else "–",
        number(row["peak"] / 1e9),
        number(row["disk"] / 1e6) if "disk" in row else "–",
        number(row["written"] / 1e6),
    ]


def main() -> None:
    """Measure and write the table after each clip."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    add = parser.add_argument
    add("--clips", type=common.names, default=list(CLIPS), help=", ".join(CLIPS))
    add("--frames", type=int, help="of each clip")
    shares = [0.9, 0.75, 0.6, 0.5, 0.4]
    add("--shares", type=lambda text: [float(one) for one in text.split(",")], default=shares)
    options = parser.parse_args()
    options.out = common.make_out(options)
    meta = metadata(features="compact", style="candy")
    rows: list[dict[str, Any]] = []
    text = ""
    for name in options.clips:
        rows += measure(name, options)
        text = f"# Budgets\n\n{described(meta)}\n\n{table(HEAD, [cells(row) for row in rows])}\n"
        write_report(options.out, meta, rows, text)
    print(text)


if __name__ == "__main__":
    main()
