"""Measure the flow between frames whose motion is known exactly, with and without camera model.

    python scripts/benchmarks/flow.py --out flow --write

Scenes are drawn, never resampled, see ``flow_scenes.py``: slow pans, a zoom, a roll, and objects
that move by themselves in front, one of them large and flat; under a pale sky in which nothing can
be seen to move. Each is measured clean, with noise, and as x264 gives it back. The figure is the
mean end-point error in pixels, on what is seen in both frames; flow from the second frame to the
first. ``--write`` puts the table into ``docs/flow.md``.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from torch import Tensor

from flowstyle.flow.mend import mend
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.steady import steady
from scripts.benchmarks.flow_scenes import SCENES, Floats, Known, Picture, Scene, known
from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, table, write_json, write_measured

PAGE = ROOT / "docs" / "flow.md"
SIZES = ((640, 360), (1280, 720))
KINDS: dict[str, tuple[float, int | None]] = {
    "clean": (0.0, None),
    "noise of 2/255": (2.0, None),
    "x264, crf 18": (1.0, 18),
    "x264, crf 23": (1.0, 23),
}
"""Standard deviation of noise in grey levels, and x264's crf."""


@dataclass(frozen=True)
class Errors:
    """Mean end-point errors in pixels, before and after; objects None where there are none."""

    background: tuple[float, float]
    objects: tuple[float, float] | None


@dataclass
class Spent:
    """Processor seconds of both directions."""

    dis: float = 0.0
    steady: float = 0.0


def measure(scene: Scene, size: tuple[int, int], kind: str, spent: Spent) -> Errors:
    """Errors of one pair of frames; adds to what was spent."""
    noise, crf = KINDS[kind]
    pair = known(scene, size, noise=noise, crf=crf)
    source, target = (as_tensor(frame) for frame in pair.frames)
    dis, began = DisFlow(), time.process_time()
    flow, reverse = dis(target, source), dis(source, target)
    spent.dis += time.process_time() - began
    flow, reverse = mend(flow, reverse, target, source), mend(reverse, flow, source, target)
    began = time.process_time()
    better, _ = steady(flow, reverse, target, source)
    spent.steady += time.process_time() - began
    before, after = (mean_errors(pair, one[0].numpy()) for one in (flow, better))
    objects = None if before[1] is None or after[1] is None else (before[1], after[1])
    return Errors((before[0], after[0]), objects)


def mean_errors(pair: Known, flow: Floats) -> tuple[float, float | None]:
    """Mean end-point error of a flow on the background, and on objects if there are any."""
    error = np.hypot(*(flow - pair.flow))
    objects = float(error[pair.objects].mean()) if pair.objects.any() else None
    return float(error[pair.background].mean()), objects


def as_tensor(picture: Picture) -> Tensor:
    """H×W×3 → 1×3×H×W in [0, 1]."""
    return torch.from_numpy(picture.transpose(2, 0, 1).copy())[None].float() / 255


def row_of(scene: Scene, size: tuple[int, int], errors: dict[str, Errors]) -> list[str]:
    """A scene's cells."""
    cells = [f"{scene.name}, {size[0]}×{size[1]}"]
    for one in errors.values():
        cells.append("{:.3f} → {:.3f}".format(*one.background))
        cells.append("{:.3f} → {:.3f}".format(*one.objects) if one.objects else "–")
    return cells


def total_row(every: list[dict[str, Errors]]) -> list[str]:
    """The error that is left, as a share of what it was, over all scenes."""
    cells = ["**all: after / before**"]
    for kind in KINDS:
        for pairs in (
            [one[kind].background for one in every],
            [objects for one in every if (objects := one[kind].objects)],
        ):
            before, after = (sum(pair[k] for pair in pairs) for k in (0, 1))
            cells.append(f"**{after / before:.2f}**")
    return cells


def main() -> None:
    """Measure, and write what was measured."""
    options, out = common.on_one_thread(__doc__, PAGE)
    rows, plain, costs, every = [], {}, [], []
    for size in SIZES:
        spent = Spent()
        for scene in SCENES:
            errors = {kind: measure(scene, size, kind, spent) for kind in KINDS}
            rows.append(row_of(scene, size, errors))
            every.append(errors)
            plain[rows[-1][0]] = {kind: vars(one) for kind, one in errors.items()}
            print(*rows[-1], sep=" | ", flush=True)
        costs.append(
            f"At {size[0]}×{size[1]} the camera model takes "
            f"{100 * spent.steady / spent.dis:.0f} % of DIS's time."
        )
    rows.append(total_row(every))
    meta = metadata()
    write_json(out / "results.json", {"meta": meta, "results": plain})
    heads = [f"{kind}: {part}" for kind in KINDS for part in ("background", "objects")]
    text = f"{table(['scene', *heads], rows)}\n\n{' '.join(costs)}\n\n{described(meta)}\n"
    print(text)
    if options.write:
        write_measured(PAGE, text)


if __name__ == "__main__":
    main()
