"""Where a frame's time goes, and how much of the machine's matrix peak the iterations reach.

    python scripts/benchmarks/stages.py --out bench --shared ../shared
    python scripts/benchmarks/stages.py --out quick --widths 426 --repeats 2

Of bigbuckbunny in starry_night at each width, each stage alone and nothing beside it: seconds a
frame to read (decode, resize), of flow (both directions, mended), of an iteration (network, losses,
gradient, step), to commit (16-bit PNG, on the disk) and to encode. In a render reading, flow and
writing run beside the painting. The iteration's floating-point operations are counted by torch,
and their rate stands beside that of one large product of matrices, in the type the network computes
in. Peak memory is that of a process that does one width alone. Medians of ``--repeats`` times.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

from scripts.benchmarks.stages_measure import Asked, measure_alone
from scripts.common import options as common
from scripts.common.results import described, metadata, number, table, write_report

STAGES = ("read", "flow", "iteration", "commit", "encode")


def cells(row: dict[str, Any]) -> list[str]:
    """One line of the table."""
    return [
        f"{row['size'][0]}×{row['size'][1]}",
        *(number(row["seconds"][stage]) for stage in STAGES),
        number(row["iteration_flop"] / 1e9),
        number(row["rate"] / 1e9),
        number(row["peak_rate"] / 1e9),
        f"{100 * row['rate'] / row['peak_rate']:.0f} %",
        f"{row['peak_bytes'] / 2**30:.2f}",
    ]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = common.make_parser(__doc__)
    common.add_out(parser)
    common.add_shared(parser)
    add = parser.add_argument
    add("--widths", type=lambda text: [int(one) for one in text.split(",")], default=[426, 1280])
    add("--repeats", type=int, default=5, help="frames and iterations timed (%(default)s)")
    add("--preset", default="default")
    add("--features", default="compact")
    add("--device", default="auto")
    add("--weights", default="", help="VGG19's, for --features vgg19")
    options = parser.parse_args()
    options.out = common.make_out(options)
    return options


def main() -> None:
    """Measure each width and write the table."""
    options = parse()
    meta = metadata(preset=options.preset, features=options.features, device=options.device)
    clip = common.shared_file(options, "clips", "bigbuckbunny.mp4")
    style = common.shared_file(options, "styles", "starry_night.jpg")
    head = ["size", *(f"{stage}, s" for stage in STAGES)]
    head += ["GFLOP an iteration", "GFLOP/s", "of a product of matrices", "share", "peak, GiB"]
    results: list[dict[str, Any]] = []
    text = ""
    for width in options.widths:
        asked = Asked(
            *(str(clip), str(style), str(options.out), width, options.repeats),
            *(options.preset, options.features, options.device, options.weights),
        )
        results.append(measure_alone(asked))
        lines = table(head, [cells(row) for row in results])
        text = f"# Stages\n\n{described(meta)}\n\n{lines}\n"
        write_report(options.out, meta, results, text)
        print(f"{width} is done", file=sys.stderr, flush=True)
    print(text)


if __name__ == "__main__":
    main()
