"""Measure the flow of things that move far in a frame, with and without parts that are found again.

    python scripts/benchmarks/flow_far.py --out flow --write

The clip is the drawn one of ``scripts/common/motion.py``: a disc, a rectangle that turns, and the
ground behind them, which stands still or, in a whip pan, moves against the disc. The figure is the
mean end-point error in pixels on what is seen in both frames, flow from a frame to the one before,
mean over four pairs of frames at each of three widths. Without: one estimate of DIS, as a start of
no motion gives it. ``--write`` puts the table into ``docs/flow.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.images import to_tensor
from flowstyle.flow.methods.dis import DisFlow
from scripts.common import options as common
from scripts.common.motion import MotionClip, motion_clip
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, table, write_json, write_measured

PAGE = ROOT / "docs" / "flow.md"
WIDTHS = (256, 400, 640)
SPEEDS = (1.0, 2.5, 4.0)
"""1 is a disc that crosses by a fiftieth of the width in a frame."""
FRAMES = (1, 3, 5, 6)
PARTS = ("ground", "disc", "rectangle")

Errors = NDArray[np.float64]


def measure(clip: MotionClip, frame: int) -> Errors:
    """Mean errors on a frame, 2×3: without and with, on each of :data:`PARTS`."""
    target, source = (to_tensor(clip.frame(index)) for index in (frame, frame - 1))
    flow = DisFlow()
    still = torch.zeros_like(target[:, :2])
    both = (flow(target, source, start=still), flow(target, source))
    return np.array([errors_by_part(clip, frame, one) for one in both])


def errors_by_part(clip: MotionClip, frame: int, flow: Tensor) -> list[float]:
    """Mean end-point errors of a flow from a frame to the one before, on each of :data:`PARTS`."""
    error = np.linalg.norm(flow[0].numpy() - clip.flow(frame, frame - 1), axis=0)
    seen = ~clip.occluded(frame, frame - 1) & ~clip.off_frame(frame, frame - 1)
    shown = clip.shown(frame)
    return [float(error[seen & (shown == part)].mean()) for part in range(len(PARTS))]


def row_of(speed: float, pan: bool) -> tuple[list[str], dict[str, object]]:
    """The cells of one motion, and its figures."""
    found = []
    for width in WIDTHS:
        clip = motion_clip(width, 2 * round(width * 9 / 32), max(FRAMES) + 1, pan=pan, speed=speed)
        found += [measure(clip, frame) for frame in FRAMES]
    before, after = np.mean(found, axis=0)
    moved = 100 * clip.layers[1].velocity[0] / width
    name = f"disc by {moved:.0f}% of the width, " + ("ground against it" if pan else "ground still")
    cells = [f"{one:.2f} → {other:.2f}" for one, other in zip(before, after, strict=True)]
    return [name, *cells], {"motion": name, "without": before.tolist(), "with": after.tolist()}


def main() -> None:
    """Measure, and write what was measured."""
    options, out = common.on_one_thread(__doc__, PAGE)
    rows, plain = [], []
    for speed in SPEEDS:
        for pan in (False, True):
            cells, figures = row_of(speed, pan)
            rows.append(cells)
            plain.append(figures)
            print(*cells, sep=" | ", flush=True)
    meta = metadata()
    write_json(out / "far.json", {"meta": meta, "results": plain})
    text = f"{table(['motion', *PARTS], rows)}\n\n{described(meta)}\n"
    if options.write:
        write_measured(PAGE, text, "far")


if __name__ == "__main__":
    main()
