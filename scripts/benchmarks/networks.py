"""Paint real clips with trained networks and with the optimiser, and tell how they compare.

    python scripts/benchmarks/networks.py --out bench --shared ../shared
    python scripts/benchmarks/networks.py --out own --networks mine.safetensors --styles mine.jpg
    python scripts/benchmarks/networks.py --out quick --clips carphone --frames 12 --presets draft
    python scripts/benchmarks/networks.py --out tuned --clips sintel_alley_1 --tune 300

Each clip is painted by every network and, in the picture that it was trained for, by each preset,
all in one run. For each: seconds of a frame after the first (flow, masks, commit and encoding
included), as ratio to ``default`` too; E_warp over the source's own, from frame to frame and over
ten frames, and over ideal transport; style and content distance; style of the last frame over the
first's. The same network with every frame painted alone (``--stability 0``) tells what carrying the
paint does. With ``--refine`` the optimiser goes on from its frames for so many iterations, with
``--tune`` there is also the network as fitted to the clip for so many seconds.
Contact sheets of frames 0, 1, middle and last lie beside the tables; ``results.json`` and
``results.md`` hold all figures, and ``--write`` puts the table into docs/networks.md, with
``--tune`` where the page tells what that gains.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from flowstyle.core.events import Event, FrameReady
from flowstyle.media.pictures import write_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.metrics.evaluation import evaluate
from flowstyle.networks.names import BUNDLED
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.report.layout import contact_sheet
from flowstyle.settings import load_settings
from scripts.benchmarks.clips import CLIPS, Clip, limited
from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import (
    described,
    metadata,
    number,
    table,
    write_measured,
    write_report,
)

Figures = dict[str, Any]

HEAD = (
    "clip",
    "style",
    "painted by",
    "s/frame",
    "× default's time",
    "E_warp / source",
    "ten frames on",
    "E_warp / ideal transport",
    "style distance",
    "content distance",
    "style last/first",
)


@dataclass
class Watch:
    """Notes when each frame was committed."""

    times: list[float] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """A ``report`` callback."""
        if isinstance(event, FrameReady):
            self.times.append(time.monotonic())

    def each(self) -> float:
        """Seconds of a later frame; the mean, since paint ahead comes now and then."""
        steps = [b - a for a, b in zip(self.times, self.times[1:], strict=False)]
        return statistics.mean(steps) if steps else 0.0


def painted(
    clip: Clip,
    style: Path,
    how: str,
    given: Figures,
    options: argparse.Namespace,
    tune: float | None = None,
) -> Figures:
    """One render and its figures.

    Args:
        clip: which.
        style: a picture, or the file of a network.
        how: names it.
        given: settings and, under ``preset``, the preset.
        options: of the command.
        tune: seconds in which the network is fitted to the clip first.
    """
    source = common.shared_file(options, "clips", clip.path)
    out = options.out / f"{clip.name}_{style.stem}_{how}.mp4"
    settings = limited(clip, source, options) | given
    preset = settings.pop("preset", "default")
    watch = Watch()
    done = stylize_video(
        source,
        [style],
        load_settings(settings, preset=preset),
        Output(path=out, overwrite=True, restart=True, measure=False),
        report=watch,
        tune=tune,
    )
    picture = options.pictures[style.stem]
    figures = evaluate(
        source, out, style=picture, network=options.network, count=done.frames, judge=options.judge
    )
    return {
        **figures.as_dict(),
        "clip": f"{clip.name} {done.size[0]}×{done.size[1]}",
        "style_picture": style.stem,
        "how": how,
        "each": watch.each(),
        "path": str(out),
    }


def rows_of(clip: Clip, network: Path, options: argparse.Namespace) -> list[Figures]:
    """A clip by the presets, and by the network: as it is, each frame alone, and gone on with."""
    picture = options.pictures[network.stem]
    rows = [painted(clip, picture, name, {"preset": name}, options) for name in options.presets]
    rows.append(painted(clip, network, "network", {}, options))
    rows.append(painted(clip, network, "alone", {"stability": 0.0}, options))
    for count in options.refine:
        rows.append(painted(clip, network, f"refine {count}", {"refine": count}, options))
    if options.tune is not None:
        rows.append(painted(clip, network, "tuned", {}, options, options.tune))
    write_sheet(clip, network, rows, options)
    return rows


def write_sheet(
    clip: Clip, network: Path, rows: list[Figures], options: argparse.Namespace
) -> None:
    """Frames 0, 1, middle and last of each render, below each other."""
    pictures, captions = [], []
    for row in rows:
        frames = [frame.image for frame in read_frames(probe(Path(row["path"])))]
        picked = sorted({0, 1, len(frames) // 2, len(frames) - 1} & set(range(len(frames))))
        pictures += [frames[i] for i in picked]
        captions += [f"{row['how']} {i}" for i in picked]
    columns = len(pictures) // len(rows)
    sheet = contact_sheet(pictures, captions, columns=columns)
    write_picture(options.out / f"{clip.name}_{network.stem}.png", sheet, overwrite=True)


def cells(row: Figures, default: Figures | None) -> list[str]:
    """One line of the table."""
    times = row["each"] / default["each"] if default and default["each"] else None
    content = row["content"]
    return [
        row["clip"],
        row["style_picture"],
        row["how"],
        f"{row['each']:.3f}",
        number(times),
        number((row["warp_error"] or {}).get("ratio")),
        number((row["long_warp_error"] or {}).get("ratio")),
        number((row["transport"] or {}).get("value")),
        number(row["style_mean"]),
        number(content),
        number(row["style_last_over_first"]),
    ]


def parse() -> argparse.Namespace:
    """The command line, with ``network`` (which measures style) and ``pictures`` added."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    common.add_judge(parser)
    parser.add_argument("--networks", nargs="*", type=Path, default=sorted(BUNDLED.glob("*.safe*")))
    parser.add_argument("--styles", nargs="*", type=Path, help="pictures of the networks, in order")
    parser.add_argument("--clips", nargs="*", default=[clip.name for clip in CLIPS])
    parser.add_argument("--presets", nargs="*", default=["default", "draft"])
    parser.add_argument("--width", type=int, help="no clip is painted wider")
    parser.add_argument("--frames", type=int, help="of no clip more")
    parser.add_argument("--tune", type=float, help="seconds, for one more row of each network")
    parser.add_argument(
        "--refine", nargs="*", type=int, default=[], help="iterations, for one more row each"
    )
    parser.add_argument("--write", action="store_true", help="put the table into docs/networks.md")
    options = parser.parse_args()
    demo = [ROOT / "assets" / "demo" / f"{path.stem}.jpg" for path in options.networks]
    given = options.styles or demo
    options.pictures = {n.stem: s for n, s in zip(options.networks, given, strict=True)}
    options.out = common.make_out(options)
    options.network = common.judge_network(options)
    return options


def main() -> None:
    """Paint, measure, write."""
    options = parse()
    rows, lines = [], []
    for clip in (one for one in CLIPS if one.name in options.clips):
        for network in options.networks:
            found = rows_of(clip, network, options)
            default = next((row for row in found if row["how"] == "default"), None)
            rows += found
            lines += [cells(row, default) for row in found]
            meta = metadata(judge=options.judge, style_judge=options.network.name)
            text = f"{described(meta)}\n\n{table(HEAD, lines)}\n"
            write_report(options.out, meta, rows, text)
    if options.write:
        place = None if options.tune is None else "tuned"
        write_measured(ROOT / "docs" / "networks.md", text, place)
    print(text)


if __name__ == "__main__":
    main()
