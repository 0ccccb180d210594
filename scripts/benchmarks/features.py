"""Compare pictures made with the compact features with those made with a VGG19, and their cost.

    python scripts/benchmarks/features.py --teacher vgg19.safetensors --out bench \
        --photographs A.jpg B.jpg C.jpg --styles 1.jpg 2.jpg 3.jpg 4.jpg
    python scripts/benchmarks/features.py --teacher vgg19.safetensors --out bench --timing 2

Each photograph is optimised in each style twice, with the same iterations and loss weights: once
through the compact features, once through VGG19 ("the teacher"). Both results are judged by the
teacher in float32: relative Gram distance to the style, relative distance at conv4_2 to the
photograph. The teacher's pictures are kept in ``--out`` and used again by a later run with the
same settings. ``--timing`` measures seconds an iteration and peak memory, each network in a fresh
process. Results go to ``--out`` as JSON and as one sheet for each photograph: a row for each
style, with the style, the teacher's picture and the compact features' picture.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

import cv2  # before what imports av
import numpy as np

if not __package__:  # run as a script, from any folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import flowstyle

    flowstyle.set_up()  # before torch is imported

import torch
from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.media.picture_folder import resize_picture
from flowstyle.settings import Settings
from scripts.benchmarks.features_cost import measure_cost
from scripts.benchmarks.features_pictures import (
    DTYPES,
    judge,
    load_image,
    load_network,
    stylise,
    to_pixels,
)
from scripts.common.options import add_out, make_out, make_parser
from scripts.common.results import metadata, write_json

Row = dict[str, Any]


def factor_names(options: argparse.Namespace) -> str:
    """Part of a file's name that tells other weights of the compact features apart."""
    factors = {"content": options.content_factor, "deepest": options.deepest_factor}
    return "".join(f"-{name}-{value:g}" for name, value in factors.items() if value != 1)


def paint(
    name: str, pair: str, photograph: Tensor, style: Tensor, options: argparse.Namespace
) -> Tensor:
    """The picture that a network makes of a pair, 1×3×H×W; the teacher's is made once."""
    factors = factor_names(options) if name == "compact" else ""
    settings = f"{options.width}-{options.iterations}-{options.style_weight:g}"
    kept = options.out / f"{pair}-{settings}-{name}{factors}.npy"
    if name == "teacher" and kept.exists():
        return torch.from_numpy(np.load(kept))
    network = load_network(name, options.teacher, DTYPES[options.precision])
    picture = stylise(network, photograph, style, options)
    np.save(kept, picture.numpy())
    return picture


def judged_row(
    referee: FeatureNetwork, pictures: dict[str, Tensor], photograph: Tensor, style: Tensor
) -> Row:
    """Both pictures of a pair under the teacher, and their ratios."""
    judged = {
        name: judge(referee, picture, photograph, style) for name, picture in pictures.items()
    }
    ratios = {
        f"{kind}_ratio": round(judged["compact"][kind] / judged["teacher"][kind], 3)
        for kind in ("style", "content")
    }
    rounded = {
        name: {key: round(value, 5) for key, value in values.items()}
        for name, values in judged.items()
    }
    return {**rounded, **ratios}


def described(pair: str, row: Row) -> str:
    """One line of the table: teacher, compact, ratio; for style and for content."""
    text = f"{pair:32s}"
    for kind in ("style", "content"):
        values = row["teacher"][kind], row["compact"][kind]
        text += f"  {kind} {values[0]:.4f} {values[1]:.4f} ×{row[f'{kind}_ratio']:.2f}"
    return text


def compare_pictures(options: argparse.Namespace) -> list[Row]:
    """Stylise and judge every pair; write the sheets."""
    rows: list[Row] = []
    if not options.photographs:
        return rows
    referee = load_network("teacher", options.teacher, torch.float32)
    for photograph_path in options.photographs:
        photograph = load_image(photograph_path, options.width)
        sheet = []
        for style_path in options.styles:
            style = load_image(style_path, options.width)
            pair = f"{photograph_path.stem}-{style_path.stem}"
            teachers = paint("teacher", pair, photograph, style, options)
            if options.teacher_only:
                print(pair, flush=True)
                continue
            compacts = paint("compact", pair, photograph, style, options)
            pictures = {"teacher": teachers, "compact": compacts}
            row = judged_row(referee, pictures, photograph, style)
            print(described(pair, row), flush=True)
            pair_names = {"photograph": photograph_path.name, "style_picture": style_path.name}
            rows.append({**pair_names, **row})
            size = (photograph.shape[3], photograph.shape[2])
            tiles = [resize_picture(to_pixels(style), size), *map(to_pixels, pictures.values())]
            sheet.append(np.hstack(tiles))
        if sheet:
            name = f"{photograph_path.stem}-{options.style_weight:g}{factor_names(options)}"
            cv2.imwrite(str(options.out / f"sheet-{name}.png"), np.vstack(sheet))
    return rows


def parse() -> argparse.Namespace:
    """The command line."""
    parser = make_parser(__doc__)
    add_out(parser, "folder for JSON, pictures and sheets")
    add = parser.add_argument
    add("--teacher", type=Path, required=True, help="VGG19's weights")
    add("--photographs", type=Path, nargs="*", default=[])
    add("--styles", type=Path, nargs="*", default=[])
    add("--width", type=int, default=448, help="of photographs and styles")
    add("--iterations", type=int, default=100)
    add("--style-weight", type=float, default=Settings().style_weight)
    for name, what in (("content", "the content"), ("deepest", "relu5_1")):
        text = f"times the weight of {what}, for the compact features only"
        add(f"--{name}-factor", type=float, default=1, help=text)
    add("--precision", choices=DTYPES, default="bf16", help="while optimising")
    add("--threads", type=int, default=2)
    add("--timing", type=int, default=0, metavar="ROUNDS", help="0: none")
    add("--teacher-only", action="store_true", help="only its pictures, for later")
    options = parser.parse_args()
    options.out = make_out(options)
    return options


def main() -> None:
    """Run, and write the JSON."""
    options = parse()
    torch.set_num_threads(options.threads)
    rows = compare_pictures(options)
    result: dict[str, Any] = {
        "meta": metadata(),
        "width": options.width,
        "iterations": options.iterations,
        "style_weight": options.style_weight,
        "factors": {"content": options.content_factor, "relu5_1": options.deepest_factor},
        "precision": options.precision,
        "pairs": rows,
    }
    for kind in ("style_ratio", "content_ratio") if rows else ():
        ratios = [float(row[kind]) for row in rows]
        result[kind] = {"mean": round(statistics.fmean(ratios), 3), "worst": max(ratios)}
        print(kind, result[kind])
    if options.timing:
        result["cost_at_512x288"] = measure_cost(options.teacher, options.threads, options.timing)
    if not options.teacher_only:
        name = f"bench-{options.style_weight:g}{factor_names(options)}.json"
        write_json(options.out / name, result)


if __name__ == "__main__":
    main()
