"""What an iteration takes where most of a frame stands still, and how far its gradient is off.

    python scripts/benchmarks/active_tiles.py --out bench --shared ../shared --write
    python scripts/benchmarks/active_tiles.py --out quick --width 640 --sides 0.2 --repeats 1

A frame of bigbuckbunny in starry_night, at first half mixed with the style picture. A square in the
middle changes, of so much of the frame's height; in it the photograph alone is seen, far from
finished paint. The objective of the tiles that change stands beside that of the whole frame:
seconds to make it and for an iteration without its step, medians of ``--repeats`` times, with
nothing beside it; and the difference of both gradients in the square over the gradient, in float32,
on the frame and on a flat grey one with flat paint. ``results.json`` and ``results.md`` hold all
figures; ``--write`` puts the table into docs/measurements.md.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()

from flowstyle.core.events import ignore
from flowstyle.core.images import to_tensor
from flowstyle.engines.optimised.engine import in_units_of_the_losses
from flowstyle.engines.optimised.frame_objective import Still, frame_objective, still_part
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.protocol import EngineContext
from flowstyle.guides.styles import ConstantStyles
from flowstyle.media.reader import read_frames
from flowstyle.optimize.pyramid import resize
from flowstyle.optimize.result import Minimised
from flowstyle.render.prepare import Plan, prepare
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from scripts.common import options as common
from scripts.common.paths import ROOT
from scripts.common.results import described, metadata, number, table, write_measured, write_report

START = 61
"""The clip's frame."""
TINT = (0.1, 0.0, -0.1)
"""What the flat frame's paint adds to it."""
HEAD = (
    *("changes", "tiles", "made, s: whole, tiles", "an iteration, s: whole, tiles"),
    *("gradient off, textured", "flat"),
)


def planned(options: argparse.Namespace, precision: str) -> Plan:
    """A render of one frame."""
    settings = load_settings(
        {"features": "compact", "width": options.width, "precision": precision}
        | {"start_frame": START, "frames": 1}
    )
    clip = common.shared_file(options, "clips", "bigbuckbunny.mp4")
    style = common.shared_file(options, "styles", "starry_night.jpg")
    with tempfile.TemporaryDirectory() as folder:
        return prepare(clip, [style], settings, Output(Path(folder) / "out.mp4"), ignore)


class Bench:
    """Objectives of one frame.

    Args:
        plan: of its render.
        photo: 1×3×H×W.
        start: 1×3×H×W, its paint.
    """

    def __init__(self, plan: Plan, photo: Tensor, start: Tensor) -> None:
        tools = plan.tools
        context = EngineContext(plan.settings, tools.device, tools.network, tools.style_loss)
        self._targets = StyleTargets(context, in_units_of_the_losses(context))
        self._shares = ConstantStyles.of(plan.styles, tools.device).at(0)
        self._photo, self._start = photo, start

    def changed(self, static: Tensor) -> Tensor:
        """The start, with the photograph where it changes."""
        return torch.where(static > 0, self._start, self._photo)

    def still(self, static: Tensor) -> Still:
        """What of the start keeps its value.

        Raises:
            SystemExit: too much changes.
        """
        found = still_part(self._targets, self._start, static)
        if found is None:
            raise SystemExit("too large a square: its tiles are not worth it")
        return found

    def objective(self, static: Tensor | None) -> Minimised:
        """Of the whole frame, or of what changes."""
        still = None if static is None else self.still(static)
        return frame_objective(self._targets, self._shares, self._photo, still=still)


def gradient(objective: Minimised, image: Tensor) -> Tensor:
    """Of an objective at an image."""
    seen = image.clone().requires_grad_()
    (found,) = torch.autograd.grad(objective(seen)[0], seen)
    return found


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median of some times, after one that is not counted."""
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def off(bench: Bench, static: Tensor) -> float:
    """Length of the difference of both gradients where the frame changes, over the gradient."""
    image, changes = bench.changed(static), 1 - static
    whole, few = (changes * gradient(bench.objective(one), image) for one in (None, static))
    return float((whole - few).norm() / whole.norm())


def measure(options: argparse.Namespace, side: float) -> dict[str, Any]:
    """One row: a square of so much of the frame's height."""
    plan = planned(options, "auto")
    (frame,) = read_frames(plan.clip, start=START, count=1, size=plan.size)
    photo = to_tensor(frame.image)
    height, width = photo.shape[-2:]
    half = round(side * height / 2)
    static = torch.ones(1, 1, height, width)
    static[..., height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half] = 0
    style = resize(to_tensor(plan.styles[0].pixels), (height, width))
    painted = 0.5 * (photo + style)
    bench, exact = Bench(plan, photo, painted), planned(options, "fp32")
    flat = torch.full_like(photo, 0.6)
    flat_paint = flat + torch.tensor(TINT).view(1, 3, 1, 1)
    image, row = bench.changed(static), {"side": side, "changes": 1 - float(static.mean())}
    for name, which in (("whole", None), ("tiles", static)):
        objective = bench.objective(which)
        row[f"made_{name}"] = seconds(partial(bench.objective, which), options.repeats)
        row[f"iteration_{name}"] = seconds(partial(gradient, objective, image), options.repeats)
    return row | {
        "tiles": bench.still(static).active.pixels / (height * width),
        "off_textured": off(Bench(exact, photo, painted), static),
        "off_flat": off(Bench(exact, flat, flat_paint), static),
    }


def cells(row: dict[str, Any]) -> list[str]:
    """One line of the table."""
    return [
        f"{100 * row['changes']:.0f} %",
        f"{100 * row['tiles']:.0f} %",
        f"{number(row['made_whole'])}, {number(row['made_tiles'])}",
        f"{number(row['iteration_whole'])}, {number(row['iteration_tiles'])}",
        f"{100 * row['off_textured']:.2f} %",
        f"{100 * row['off_flat']:.2f} %",
    ]


def main() -> None:
    """Measure all sides and write the table."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    add = parser.add_argument
    add("--width", type=int, default=1280, help="of the frame (%(default)s)")
    sides = [0.1, 0.3, 0.6]
    add("--sides", type=lambda text: [float(one) for one in text.split(",")], default=sides)
    add("--repeats", type=int, default=5)
    add("--write", action="store_true", help="the table into docs/measurements.md too")
    options = parser.parse_args()
    folder = common.make_out(options)
    meta = metadata(features="compact", width=options.width)
    rows = [measure(options, side) for side in options.sides]
    text = f"{table(HEAD, map(cells, rows))}\n\n{described(meta)}"
    write_report(folder, meta, rows, f"# Where most of a frame stands still\n\n{text}\n")
    print(text)
    if options.write:
        write_measured(ROOT / "docs/measurements.md", text, "active tiles")


if __name__ == "__main__":
    main()
