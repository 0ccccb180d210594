"""Render real clips with ``default`` and ``independent`` and tell how they compare.

    python scripts/benchmarks/clips.py --out bench --shared ../shared --styles candy starry_night
    python scripts/benchmarks/clips.py --out bench --independent-frames 3 --write

For each clip and style: seconds a frame, warp error by judges whose flow is not the render's, as
ratio to the preset ``independent``, to the source's own and (by each judge, in brackets what paint
has that is carried without a fault along each other flow, see ``judges.py``) to ideal transport,
fine energy where the source is flat (dots) beside the style picture's own, style distance against
``independent``, last frame against first, drift of the mean colour, and whether frame times and
audio packets are the source's. A contact sheet of frames 0, 1, middle and last goes beside them.
A render that is done is not made again. ``results.json`` and ``results.md`` hold all figures;
``--write`` puts the table into docs/measurements.md, without the seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from flowstyle.media.pictures import write_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.metrics.evaluation import Pixels, evaluate
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.report.layout import contact_sheet
from flowstyle.settings import load_settings
from scripts.benchmarks.judges import carried_by_others, with_others
from scripts.common import options as common
from scripts.common.clip_facts import facts
from scripts.common.paths import ROOT
from scripts.common.results import (
    described,
    metadata,
    table,
    write_json,
    write_measured,
    write_report,
)

Figures = dict[str, Any]


@dataclass(frozen=True)
class Clip:
    """A clip, the size and the number of frames it is rendered at; None for its own."""

    name: str
    path: str
    width: int | None = None
    frames: int | None = None


CLIPS = (
    Clip("bigbuckbunny", "bigbuckbunny.mp4", 426, 24),
    Clip("sintel_alley_1", "sintel_alley_1", 512),
    Clip("marple8", "marple8"),
    Clip("carphone", "carphone_pristine.mp4"),
)

STYLES = ["candy", "starry_night"]
OTHER_JUDGE = {"farneback": "tvl1"}
"""Who judges ideal transport beside the judge of the command line; Farneback beside all others."""
SECONDS = "s/frame"
HEAD = (
    "clip",
    "style",
    "frames",
    SECONDS,
    "E_warp / independent",
    "E_warp / source",
    "E_warp / ideal transport (carried along)",
    "the same, another judge (carried along)",
    "fine energy ×255, flat areas / style",
    "style ours / independent",
    "style last/first",
    "drift ×255",
    "sharpness / independent",
    "times / audio kept",
)


def smallest(*values: int | None) -> int | None:
    """The smallest of the values that are given."""
    return min((value for value in values if value is not None), default=None)


def limited(clip: Clip, source: Path, options: argparse.Namespace) -> Figures:
    """Settings of a render: the bundled features, and no larger or longer than clip and options."""
    return {
        "width": smallest(clip.width, options.width, probe(source).width),
        "frames": smallest(clip.frames, options.frames),
        "features": "compact",
    }


def result_path(clip: Clip, style: Path, preset: str, options: argparse.Namespace) -> Path:
    """The file of a render; one that was asked for smaller or shorter has a name of its own."""
    limits = [f"{n}{kind}" for n, kind in ((options.width, "px"), (options.frames, "frames")) if n]
    return Path(options.out, "_".join([clip.name, style.stem, preset, *limits]) + ".mp4")


def render(clip: Clip, style: Path, preset: str, options: argparse.Namespace) -> Figures:
    """Render one clip and measure it; kept in a JSON file beside the result."""
    source = common.shared_file(options, "clips", clip.path)
    out = result_path(clip, style, preset, options)
    kept = out.with_suffix(".json")
    if kept.is_file():
        return dict(json.loads(kept.read_text(encoding="utf-8")))
    given = limited(clip, source, options)
    if preset == "independent":
        given["frames"] = smallest(given["frames"], options.independent_frames)
    done = stylize_video(
        source,
        [style],
        load_settings(given, preset=preset),
        Output(path=out, overwrite=True, measure=False),
    )
    figures = evaluate(
        source,
        out,
        style=style,
        network=options.network,
        count=done.frames,
        judge=options.judge,
    )
    row = {
        **figures.as_dict(),
        "preset": preset,
        "clip": clip.name,
        "style_picture": style.stem,
        "seconds": done.seconds / done.frames,
        "size": done.size,
    }
    if preset == "default":
        row |= beside(source, out, row, options)
    if not probe(source).is_folder:
        row |= what_is_kept(source, out, done.frames)
    write_json(kept, row)
    return row


def other_judge(options: argparse.Namespace) -> str:
    """The second judge."""
    return OTHER_JUDGE.get(options.judge, "farneback")


def beside(source: Path, out: Path, row: Figures, options: argparse.Namespace) -> Figures:
    """Over ideal transport by a second judge, and what both make of other flows' own."""
    judges = [options.judge, other_judge(options)]
    other = evaluate(source, out, count=row["frames"], judge=judges[1])
    plain, styled = frames_of(source, out)
    return {
        "transport_beside": other.as_dict()["transport"],
        "others": carried_by_others(plain, styled, judges, "default"),
    }


def frames_of(source: Path, out: Path) -> tuple[list[Pixels], list[Pixels]]:
    """The frames of a result, and the source's at its size."""
    styled = [frame.image for frame in read_frames(probe(out))]
    height, width = styled[0].shape[:2]
    found = read_frames(probe(source), count=len(styled), size=(width, height))
    return [frame.image for frame in found], styled


def what_is_kept(source: Path, out: Path, count: int) -> Figures:
    """Whether the times of the first ``count`` frames and the audio packets are the source's."""
    had, has = facts(source), facts(out)
    return {
        "times_kept": [time - has.times[0] for time in has.times]
        == [time - had.times[0] for time in had.times[:count]],
        "audio_kept": all(
            mine[1] == theirs[1][: len(mine[1])]
            for mine, theirs in zip(has.audio, had.audio, strict=True)
        ),
        "audio_packets": sum(len(track[1]) for track in has.audio),
    }


def write_sheet(clip: Clip, style: Path, options: argparse.Namespace) -> None:
    """Frames 0, 1, middle and last of the source and of the result."""
    source = common.shared_file(options, "clips", clip.path)
    out = result_path(clip, style, "default", options)
    plain, styled = frames_of(source, out)
    picked = sorted({0, 1, len(styled) // 2, len(styled) - 1} & set(range(len(styled))))
    pictures = [plain[i] for i in picked] + [styled[i] for i in picked]
    captions = [f"source {i}" for i in picked] + [f"styled {i}" for i in picked]
    write_picture(
        options.out / f"{clip.name}_{style.stem}.png",
        contact_sheet(pictures, captions, columns=len(picked)),
        overwrite=True,
    )


def ratio(value: float | None, base: float | None, digits: int) -> str:
    """One figure over another; a dash where one of them is missing or the base is 0."""
    return f"{value / base:.{digits}f}" if value is not None and base else "–"


def grid_of(figures: Figures) -> str:
    """Fine energy in the source's flat areas, of 255; a dash where nothing is flat."""
    return ratio((figures["fine_flat"] or {}).get("value"), 1 / 255, 1)


def cells(ours: Figures, alone: Figures, judges: Sequence[str]) -> list[str]:
    """One row of the table: a clip in a style, against the same rendered frame by frame."""
    warp, other = ours["warp_error"] or {}, alone["warp_error"] or {}
    drift = max(abs(change) for change in ours["drift"]["rgb_change"])
    kept = {True: "yes", False: "NO", None: "–"}
    fading, others = ours["style_last_over_first"], ours.get("others", {})
    return [
        f"{ours['clip']} {ours['size'][0]}×{ours['size'][1]}",
        ours["style_picture"],
        str(ours["frames"]),
        f"{ours['seconds']:.2f}",
        ratio(warp.get("value"), other.get("value"), 3),
        ratio(warp.get("ratio"), 1, 2),
        with_others(ours["transport"], others.get(judges[0])),
        with_others(ours.get("transport_beside"), others.get(judges[1])),
        f"{grid_of(ours)} / {ratio(ours['fine_style'], 1 / 255, 1)}",
        f"{ours['style_mean']:.4f} / {alone['style_mean']:.4f}",
        ratio(fading, 1, 2),
        f"{drift:.1f}",
        ratio(ours["sharpness"]["ratio"], alone["sharpness"]["ratio"], 2),
        kept[ours.get("times_kept")] + " / " + kept[ours.get("audio_kept")],
    ]


def without_time(row: Sequence[str]) -> list[str]:
    """A row, or the head, without its seconds."""
    return [cell for name, cell in zip(HEAD, row, strict=True) if name != SECONDS]


def parse() -> argparse.Namespace:
    """The command line, with ``network`` (which measures style) added."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    common.add_judge(parser)
    add = parser.add_argument
    add("--styles", nargs="+", default=STYLES, help="names in styles/")
    add("--clips", nargs="+", default=[clip.name for clip in CLIPS])
    add("--width", type=int, help="largest width")
    add("--frames", type=int, help="largest number of frames")
    add("--independent-frames", type=int, help="largest number of frames of the baseline")
    add("--write", action="store_true", help="into docs/measurements.md")
    options = parser.parse_args()
    unknown = sorted(set(options.clips) - {clip.name for clip in CLIPS})
    whole = (options.clips, options.styles) == ([clip.name for clip in CLIPS], STYLES)
    if options.write and not (whole and options.width is None and options.frames is None):
        parser.error("--write is for all clips and styles at their own sizes")
    if unknown:
        parser.error(f"no clip {unknown}; there are {[clip.name for clip in CLIPS]}")
    options.out = common.make_out(options)
    options.network = common.judge_network(options)
    return options


def main() -> None:
    """Render and measure; write the table after each pair."""
    options = parse()
    meta = metadata(
        judge=options.judge,
        another_judge=other_judge(options),
        style_measured_by=options.network.name,
    )
    results: list[Figures] = []
    body: list[list[str]] = []
    text = ""
    for clip in (clip for clip in CLIPS if clip.name in options.clips):
        for name in options.styles:
            style = common.shared_file(options, "styles", f"{name}.jpg")
            ours = render(clip, style, "default", options)
            write_sheet(clip, style, options)
            alone = render(clip, style, "independent", options)
            results += [ours, alone]
            body.append(cells(ours, alone, [options.judge, other_judge(options)]))
            text = f"# Clips\n\n{described(meta)}\n\n{table(HEAD, body)}\n"
            write_report(options.out, meta, results, text)
            print(f"{clip.name} {name} is done", file=sys.stderr, flush=True)
    print(text)
    if options.write:  # seconds are of a machine that may have had other work
        shown = table(without_time(HEAD), map(without_time, body))
        write_measured(ROOT / "docs" / "measurements.md", f"{shown}\n\n{described(meta)}", "clips")


if __name__ == "__main__":
    main()
