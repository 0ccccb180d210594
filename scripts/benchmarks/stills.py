"""How much sooner a still is as good as the plain loop makes it.

    python scripts/benchmarks/stills.py --out bench --shared ../shared
    python scripts/benchmarks/stills.py --out bench --features vgg19 --weights VGG19 --width 384

The plain loop is Gatys' as it is usually written: Adam on the pixels at the full size, from the
photograph, 500 iterations, float32. Its objective is the product's, with the same features and
weights. Then the product paints the same picture with more and more iterations, until its picture's
value of that objective is no larger; the times of both are compared, one after the other in one
process. Both values are worked out in float32. ``results.json`` and ``results.md`` hold the rows;
the pictures lie beside them.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

import torch
from torch import Tensor

from flowstyle.core.events import ignore
from flowstyle.core.images import to_tensor, to_uint8
from flowstyle.engines.optimised.engine import in_units_of_the_losses
from flowstyle.engines.optimised.frame_objective import frame_objective
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.protocol import EngineContext
from flowstyle.guides.styles import ConstantStyles, StylePicture
from flowstyle.media.pictures import write_picture
from flowstyle.optimize.result import Minimised
from flowstyle.render.prepare import OWN, Tools, choose_tools
from flowstyle.render.still import paint_still, sized
from flowstyle.render.style_pictures import pixels_of, read_styles
from flowstyle.settings import Settings, load_settings
from scripts.common import options as common
from scripts.common.results import described, metadata, number, table, write_report

PAIRS = (("tubingen", "starry_night"), ("golden_gate", "candy"))
PLAIN = 500
"""Iterations of the plain loop."""
STEP = 0.02
"""Its step, in pixels of [0, 1]."""
RUNGS = (2, 3, 4, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 80, 120)
"""Iterations at each size that the product is tried with."""


@dataclass(frozen=True)
class Picture:
    """A still to be painted.

    Args:
        name: of photograph and style.
        photo: 1×3×H×W, [0, 1].
        styles: the picture.
    """

    name: str
    photo: Tensor
    styles: tuple[StylePicture, ...]


def read(pair: tuple[str, str], settings: Settings, options: argparse.Namespace) -> Picture:
    """A pair at the width asked for."""
    photo = common.shared_file(options, "stills", f"{pair[0]}.jpg")
    style = common.shared_file(options, "styles", f"{pair[1]}.jpg")
    content = to_tensor(pixels_of(photo, ignore))
    content = sized(content, photo, "photograph", options.width, settings, ignore)
    return Picture(f"{pair[0]}, {pair[1]}", content, tuple(read_styles([style], None)))


def objective_of(picture: Picture, settings: Settings, tools: Tools) -> Minimised:
    """What both minimise, in the type that the tools compute in."""
    context = EngineContext(settings, tools.device, tools.network, tools.style_loss)
    targets = StyleTargets(context, in_units_of_the_losses(context))
    shares = ConstantStyles.of(picture.styles, tools.device).at(0)
    return frame_objective(targets, shares, picture.photo)


def value_of(objective: Minimised, image: Tensor) -> float:
    """The objective of a finished picture."""
    with torch.no_grad():
        return float(objective(image)[0])


def plain_loop(objective: Minimised, photo: Tensor) -> Tensor:
    """Gatys' loop, 1×3×H×W."""
    image = photo.clone().requires_grad_()
    optimiser = torch.optim.Adam([image], lr=STEP)
    for _ in range(PLAIN):
        optimiser.zero_grad()
        objective(image)[0].backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        with torch.no_grad():
            image.clamp_(0, 1)
    return image.detach()


def painted(picture: Picture, settings: Settings, tools: Tools) -> tuple[Tensor, float]:
    """The product's picture, and its seconds."""
    began = time.perf_counter()
    image = paint_still(picture.photo, picture.styles, settings, tools, picture.name, ignore, None)
    return image, time.perf_counter() - began


def compare(picture: Picture, options: argparse.Namespace) -> dict[str, Any]:
    """One row: the plain loop, and the least that the product takes for the same."""
    given = {"features": options.features, "weights": options.weights}
    settings = load_settings(given, preset="still")
    tools = choose_tools(settings, OWN, torch.device("cpu"), ignore, picture.styles)
    exact = settings.changed(precision="fp32")
    plain = choose_tools(exact, OWN, torch.device("cpu"), ignore, picture.styles)
    objective = objective_of(picture, exact, plain)
    began = time.perf_counter()
    theirs = plain_loop(objective, picture.photo)
    row: dict[str, Any] = {
        "picture": picture.name,
        "size": [picture.photo.shape[-1], picture.photo.shape[-2]],
        "plain_seconds": time.perf_counter() - began,
        "plain": value_of(objective, theirs),
        "tried": [],
    }
    painted(picture, settings.changed(first_iterations=1), tools)  # finds kernels and memory
    ours = theirs
    for count in RUNGS:
        ours, seconds = painted(picture, settings.changed(first_iterations=count), tools)
        found = value_of(objective, ours)
        row["tried"].append({"iterations": count, "seconds": seconds, "value": found})
        if found <= row["plain"]:
            row |= {"seconds": seconds, "iterations": count, "value": found}
            break
    for name, image in (("plain", theirs), ("ours", ours)):
        file = f"{picture.name.replace(', ', '_')}_{name}.png"
        write_picture(options.out / file, to_uint8(image), overwrite=True)
    return row


def cells(row: dict[str, Any]) -> list[str]:
    """One line of the table."""
    reached = "seconds" in row
    return [
        row["picture"],
        "×".join(map(str, row["size"])),
        f"{row['plain_seconds']:.0f}",
        number(row["plain"]),
        f"{row['seconds']:.1f}" if reached else "–",
        str(row.get("iterations", "–")),
        number(row.get("value")),
        f"{row['plain_seconds'] / row['seconds']:.1f} ×" if reached else "not reached",
    ]


def main() -> None:
    """Read the arguments, measure, and tell."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    parser.add_argument("--features", default="compact")
    parser.add_argument("--weights", type=Path, help="of VGG19")
    parser.add_argument("--width", type=int, default=512, help="of the longer side")
    options = parser.parse_args()
    options.out = common.make_out(options)
    meta = metadata(features=options.features)
    head = ["picture", "size", f"{PLAIN} plain iterations, s", "objective", "flowstyle, s"]
    head += ["iterations at each size", "objective", "sooner"]
    rows: list[dict[str, Any]] = []
    text = ""
    for pair in PAIRS:
        rows.append(compare(read(pair, Settings(), options), options))
        text = f"# Stills\n\n{described(meta)}\n\n{table(head, map(cells, rows))}\n"
        write_report(options.out, meta, rows, text)
    print(text)


if __name__ == "__main__":
    main()
