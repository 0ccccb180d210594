"""What several workers bring, that they give the bytes of one process, and how parts meet.

    python scripts/benchmarks/scale_out.py --out bench                      # everything
    python scripts/benchmarks/scale_out.py --out bench --what speed --rounds 5
    python scripts/benchmarks/scale_out.py --out bench --what seams memory
    python scripts/benchmarks/scale_out.py --out bench --what --write       # docs/scale-out.md

``speed`` paints two synthetic clips, one of eight shots and a long one, by one process of one
thread, by one that has a single core, by two workers, and by Ray with two nodes of one CPU (where
it is installed). One round follows the other, so that what else the machine does meets all alike;
medians of ratios are told. On a busy machine they say little: the load is noted. ``seams`` measures
pairs of frames at the borders of parts, ``memory`` watches the process that takes over 1200 frames.
Each writes ``WHAT.json`` into ``--out``; ``--write`` puts those that are there into the page, with
``kills-local.json`` and ``kills-ray.json`` of ``scripts/stress/kill_workers.py --out``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

import cv2

from scripts.benchmarks.consistency_clips import Clip, synthetic
from scripts.benchmarks.scale_out_memory import memory
from scripts.benchmarks.scale_out_page import page_text
from scripts.benchmarks.scale_out_seams import seams
from scripts.benchmarks.scale_out_speed import speed
from scripts.common import options as common
from scripts.common.motion import motion_clip
from scripts.common.paths import ROOT
from scripts.common.results import metadata, write_json, write_measured

PAGE = ROOT / "docs" / "scale-out.md"
PART = 48
PARTS = (PART, 96)
"""Longest parts of the long shot: as the setting is meant, and one for each of two workers."""


def style_of(folder: Path) -> Path:
    """A style picture."""
    style = folder / "style.png"
    cv2.imwrite(str(style), motion_clip(192, 192, 1).frame(0)[..., ::-1])
    return style


def measure_speed(options: argparse.Namespace, folder: Path) -> Any:
    """See :mod:`scripts.benchmarks.scale_out_speed`."""
    sizes = ((options.shots, options.length), (1, options.long))
    return speed(folder, style_of(folder), sizes, PARTS, options.width, options.rounds)


def measure_seams(options: argparse.Namespace, folder: Path) -> Any:
    """See :mod:`scripts.benchmarks.scale_out_seams`."""
    clips = [synthetic(folder / "drawn", "pan", 192, 96, pan=True, speed=0.2)]
    carphone = Path(options.shared) / "clips" / "carphone_pristine.mp4"
    style = Path(options.shared) / "styles" / "candy.jpg"
    if carphone.exists():
        clips.append(Clip("carphone", carphone, 176, 96))
    style = style if style.exists() else style_of(folder)
    return [seams(clip, style, PART, "compact", folder) for clip in clips]


def measure_memory(options: argparse.Namespace, folder: Path) -> Any:
    """See :mod:`scripts.benchmarks.scale_out_memory`."""
    return memory(folder, style_of(folder), options.many)


MEASURES: dict[str, Callable[[argparse.Namespace, Path], Any]] = {
    "speed": measure_speed,
    "seams": measure_seams,
    "memory": measure_memory,
}


def main() -> None:
    """Read the arguments, measure, and tell."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    parser.add_argument("--what", nargs="*", choices=list(MEASURES), default=list(MEASURES))
    parser.add_argument("--rounds", type=int, default=3, help="of speed")
    parser.add_argument("--shots", type=int, default=8)
    parser.add_argument("--length", type=int, default=24, help="of each shot, in frames")
    parser.add_argument("--long", type=int, default=192, help="frames of the long shot")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--many", type=int, default=1200, help="frames of memory")
    parser.add_argument("--write", action="store_true", help="into docs/scale-out.md")
    options: argparse.Namespace = parser.parse_args()
    folder = common.make_out(options)
    for what in options.what:
        found = MEASURES[what](options, folder)
        write_json(folder / f"{what}.json", {"meta": metadata(threads=1), "results": found})
    known = (*MEASURES, "kills-local", "kills-ray")
    files = {name: folder / f"{name}.json" for name in known}
    there = {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}
    text = page_text(there)
    print(text)
    if options.write:
        write_measured(PAGE, text)


if __name__ == "__main__":
    main()
