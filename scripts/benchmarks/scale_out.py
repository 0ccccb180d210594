"""How much sooner several workers are done, and that they give the bytes of one process.

    python scripts/benchmarks/scale_out.py --out bench
    python scripts/benchmarks/scale_out.py --out bench --write    # the table into docs/scale-out.md

Two synthetic clips are painted, each by one process of one thread and by two workers of one thread
each: one of eight shots, and one long shot, whole and in parts. Wall time goes from the start to
the last committed frame, starts of processes included; on a machine that does other work at the
same time it says little. ``of frames`` is the sum of what the single frames took: with two workers
it should be what it is with one. ``memory`` is the most that this process, which takes over the
frames, has held so far.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

import cv2

from flowstyle.core.events import Event, FrameReady
from flowstyle.core.threads import Threads
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from scripts.common import options as common
from scripts.common.memory import peak_memory
from scripts.common.motion import motion_clip
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, table, write_json, write_measured

PAGE = ROOT / "docs" / "scale-out.md"
PART = 48


@dataclass
class Watch:
    """Notes when frames are ready, and what each took."""

    seconds: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """See :data:`flowstyle.core.events.Report`."""
        if isinstance(event, FrameReady):
            self.seconds.append(event.seconds)
            self.times.append(time.monotonic())


def write_shots(folder: Path, shots: int, length: int, width: int) -> Path:
    """A clip of moving pictures, each shot in other colours."""
    clip = folder / f"clip{shots}x{length}"
    clip.mkdir(exist_ok=True)
    for shot in range(shots):
        frames = motion_clip(width, width * 9 // 16, length, pan=True, speed=0.2).frames
        for index, frame in enumerate(frames):
            shown = frame[..., ::-1] if shot % 2 else 255 - frame
            cv2.imwrite(str(clip / f"{shot * length + index:04d}.png"), shown)
    listed = folder / f"shots{shots}x{length}.csv"
    listed.write_text("".join(f"{shot * length}\n" for shot in range(shots)))
    return clip


def paint(folder: Path, clip: Path, style: Path, part: int, workers: int) -> dict[str, Any]:
    """One render; its figures and the digest of its frames."""
    name = f"{clip.name}-part{part}-workers{workers}"
    shots = folder / f"shots{clip.name.removeprefix('clip')}.csv"
    settings = load_settings({"features": "compact", "shots": shots, "part": part})
    output = Output(folder / name, measure=False, overwrite=True, restart=True, workers=workers)
    watch = Watch()
    began = time.monotonic()
    with Threads(workers, workers).used():  # one for each
        stylize_video(clip, [style], settings, output, report=watch)
    digest = hashlib.sha256()
    for frame in sorted((folder / name).glob("*.png")):
        digest.update(frame.read_bytes())
    return {
        "clip": clip.name.removeprefix("clip"),
        "part": part,
        "workers": workers,
        "wall": time.monotonic() - began,
        "painting": watch.times[-1] - began,
        "frames": len(watch.seconds),
        "seconds": sum(watch.seconds),
        "memory": peak_memory(),
        "digest": digest.hexdigest()[:16],
    }


def text_of(found: list[dict[str, Any]], meta: dict[str, Any]) -> str:
    """The table of the page."""
    alone = {(one["clip"], one["part"]): one for one in found if one["workers"] == 1}
    rows = []
    for one in found:
        base = alone[one["clip"], one["part"]]
        same = "" if one is base else ("yes" if one["digest"] == base["digest"] else "NO")
        rows.append(
            [
                one["clip"],
                str(one["part"] or "–"),
                str(one["workers"]),
                f"{one['painting']:.0f} s",
                "" if one is base else f"{base['painting'] / one['painting']:.2f}",
                f"{one['seconds']:.0f} s",
                same,
                f"{one['memory'] / 1e6:.0f} MB",
            ]
        )
    head = ["shots × frames", "part", "workers", "wall", "sooner by", "of frames", "same bytes"]
    return f"{table([*head, 'memory'], rows)}\n\n{described(meta)}\n"


def main() -> None:
    """Read the arguments, paint, and tell."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    parser.add_argument("--shots", type=int, default=8)
    parser.add_argument("--length", type=int, default=12, help="of each shot, in frames")
    parser.add_argument("--long", type=int, default=145, help="frames of the long shot")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--write", action="store_true", help="into docs/scale-out.md")
    options: argparse.Namespace = parser.parse_args()
    folder = common.make_out(options)
    style = folder / "style.png"
    cv2.imwrite(str(style), motion_clip(192, 192, 1).frame(0)[..., ::-1])
    eight = write_shots(folder, options.shots, options.length, options.width)
    long = write_shots(folder, 1, options.long, options.width)
    found = []
    for clip, part in ((eight, 0), (long, 0), (long, PART)):
        for workers in (1, 2):
            if clip is long and not part and workers == 2:
                continue  # one shot is one job
            found.append(paint(folder, clip, style, part, workers))
            print(found[-1], flush=True)
    meta = metadata(threads=1)
    write_json(folder / "results.json", {"meta": meta, "results": found})
    text = text_of(found, meta)
    print(text)
    if options.write:
        write_measured(PAGE, text)


if __name__ == "__main__":
    main()
