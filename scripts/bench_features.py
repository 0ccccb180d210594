"""Compare pictures made with the compact features with those made with a VGG19, and their cost.

    python scripts/bench_features.py --teacher vgg19.safetensors --out bench \
        --photographs A.jpg B.jpg C.jpg --styles 1.jpg 2.jpg 3.jpg 4.jpg

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
import json
import multiprocessing
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowstyle.core.allocator import keep_freed_memory
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.compact import load_compact
from flowstyle.features.vgg19 import VGG19
from flowstyle.features.weights import read_weights
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.targets import ContentTarget, StyleTarget
from flowstyle.losses.tv import total_variation_l2
from flowstyle.media.picture_folder import read_picture, resize_picture
from flowstyle.optimize.adam import minimise
from flowstyle.settings import Settings

CONTENT = ("relu4_2",)
STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
LEARNING_RATE = 0.02
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def load_image(path: Path, width: int) -> Tensor:
    """A picture as 1×3×H×W in [0, 1], ``width`` wide, height a multiple of 16."""
    picture, _ = read_picture(path)
    height = max(16, round(picture.shape[0] * width / picture.shape[1] / 16) * 16)
    pixels = resize_picture(picture, (width, height)).astype(np.float32)
    pixels /= np.iinfo(picture.dtype).max
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].contiguous()


def make_objective(
    network: FeatureNetwork,
    photograph: Tensor,
    style: Tensor,
    style_weight: float,
    content_factor: float = 1,
    deepest_factor: float = 1,
) -> Objective:
    """Content, style and a little total variation, weighted as in the settings but for style.

    The factors, on the content and on the deepest style layer, show what other weights would give.
    """
    settings = Settings()
    content_target = ContentTarget.of(network, photograph, CONTENT)
    layer_weights = [1 / len(STYLE)] * len(STYLE)
    layer_weights[-1] *= deepest_factor
    style_target = StyleTarget.of(network, style, STYLE, weights=layer_weights)
    terms = {
        "content": Term(settings.content_weight * content_factor, content_target, CONTENT),
        "style": Term(style_weight, style_target, STYLE),
        "tv": Term(settings.tv_weight, lambda _, image: total_variation_l2(image)),
    }
    return Objective(network, terms)


def stylise(
    network: FeatureNetwork, photograph: Tensor, style: Tensor, options: argparse.Namespace
) -> Tensor:
    """Optimise the photograph; 1×3×H×W."""
    compact = network.name == "compact"
    objective = make_objective(
        network,
        photograph,
        style,
        options.style_weight,
        options.content_factor if compact else 1,
        options.deepest_factor if compact else 1,
    )
    return minimise(
        objective, photograph, iterations=options.iterations, learning_rate=LEARNING_RATE
    ).image


def judge(
    teacher: FeatureNetwork, picture: Tensor, photograph: Tensor, style: Tensor
) -> dict[str, float]:
    """Distances under the teacher: ``style`` (mean of the layers), ``content``, and each layer."""
    with torch.no_grad():
        features = teacher(picture, (*STYLE, *CONTENT))
        layers = StyleTarget.of(teacher, style, STYLE).each(features)
        content = ContentTarget.of(teacher, photograph, CONTENT)(features, picture)
    values = {layer: float(value) for layer, value in layers.items()}
    return {"style": statistics.fmean(values.values()), "content": float(content), **values}


def to_pixels(image: Tensor) -> np.ndarray:
    """1×3×H×W in [0, 1] as H×W×3 uint8 BGR."""
    pixels = (image[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    return np.ascontiguousarray(pixels[..., ::-1])


def time_iterations(
    name: str, teacher: Path, precision: str, threads: int, queue: multiprocessing.Queue
) -> None:
    """Put (seconds, processor seconds, bytes of peak memory over the start) of one network.

    Runs in a fresh process: 512×288, forward, losses, backward; 2 iterations warm up, the medians
    of 7 count. Processor seconds, with one thread, hold on a machine that does other work too.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()  # as in a render
    torch.manual_seed(0)
    photograph, style = torch.rand(1, 3, 288, 512), torch.rand(1, 3, 288, 512)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    network = load_network(name, teacher, DTYPES[precision])
    objective = make_objective(network, photograph, style, Settings().style_weight)
    image = photograph.clone().requires_grad_()
    seconds, processor = [], []
    for _ in range(9):
        start, start_processor = time.perf_counter(), time.process_time()
        objective(image)[0].backward()
        image.grad = None
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    queue.put((statistics.median(seconds[2:]), statistics.median(processor[2:]), peak))


def load_network(name: str, teacher: Path, dtype: torch.dtype) -> FeatureNetwork:
    """``compact`` or ``teacher``."""
    if name == "compact":
        return load_compact(dtype)
    return VGG19(read_weights(teacher).convolutions, dtype=dtype)


def measure_cost(teacher: Path, threads: int, rounds: int) -> list[dict[str, Any]]:
    """Time both networks in both precisions, in turns; medians over the rounds."""
    context = multiprocessing.get_context("spawn")
    rows: list[dict[str, Any]] = []
    for precision in DTYPES:
        found: dict[str, list[tuple[float, float, int]]] = {"teacher": [], "compact": []}
        for _ in range(rounds):
            for name, values in found.items():
                queue = context.Queue()
                worker = context.Process(
                    target=time_iterations, args=(name, teacher, precision, threads, queue)
                )
                worker.start()
                values.append(queue.get())
                worker.join()
        row: dict[str, Any] = {"precision": precision, "threads": threads}
        for name, values in found.items():
            row[f"{name}_seconds"] = round(statistics.median(v[0] for v in values), 4)
            row[f"{name}_processor_seconds"] = round(statistics.median(v[1] for v in values), 4)
            row[f"{name}_megabytes"] = round(statistics.median(v[2] for v in values) / 2**20)
        row["speedup"] = round(row["teacher_seconds"] / row["compact_seconds"], 2)
        row["processor_speedup"] = round(
            row["teacher_processor_seconds"] / row["compact_processor_seconds"], 2
        )
        row["memory_ratio"] = round(row["compact_megabytes"] / row["teacher_megabytes"], 3)
        print(row, flush=True)
        rows.append(row)
    return rows


def compare_pictures(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Stylise and judge every pair; write the sheets."""
    import cv2

    dtype = DTYPES[options.precision]
    referee = load_network("teacher", options.teacher, torch.float32)
    rows: list[dict[str, Any]] = []
    for photograph_path in options.photographs:
        photograph = load_image(photograph_path, options.width)
        sheet = []
        for style_path in options.styles:
            style = load_image(style_path, options.width)
            pair = f"{photograph_path.stem}-{style_path.stem}"
            settings = f"{options.width}-{options.iterations}-{options.style_weight:g}"
            pictures = {}
            for name in ("teacher", "compact"):
                factors = factor_names(options) if name == "compact" else ""
                kept = options.out / f"{pair}-{settings}-{name}{factors}.npy"
                if name == "teacher" and kept.exists():
                    pictures[name] = torch.from_numpy(np.load(kept))
                    continue
                if name == "compact" and options.teacher_only:
                    continue
                network = load_network(name, options.teacher, dtype)
                pictures[name] = stylise(network, photograph, style, options)
                np.save(kept, pictures[name].numpy())
            if options.teacher_only:
                print(pair, flush=True)
                continue
            judged = {n: judge(referee, p, photograph, style) for n, p in pictures.items()}
            row: dict[str, Any] = {
                "photograph": photograph_path.name,
                "style_picture": style_path.name,
                **{n: {k: round(v, 5) for k, v in d.items()} for n, d in judged.items()},
                "style_ratio": round(judged["compact"]["style"] / judged["teacher"]["style"], 3),
                "content_ratio": round(
                    judged["compact"]["content"] / judged["teacher"]["content"], 3
                ),
            }
            rows.append(row)
            print(describe(pair, row), flush=True)
            size = (photograph.shape[3], photograph.shape[2])
            tiles = [resize_picture(to_pixels(style), size), *map(to_pixels, pictures.values())]
            sheet.append(np.hstack(tiles))
        if sheet:
            name = f"{photograph_path.stem}-{options.style_weight:g}{factor_names(options)}"
            target = options.out / f"sheet-{name}.png"
            cv2.imwrite(str(target), np.vstack(sheet))
    return rows


def factor_names(options: argparse.Namespace) -> str:
    """Part of a file's name that tells other weights of the compact features apart."""
    factors = {"content": options.content_factor, "deepest": options.deepest_factor}
    return "".join(f"-{name}-{value:g}" for name, value in factors.items() if value != 1)


def describe(pair: str, row: dict[str, Any]) -> str:
    """One line of the table: teacher, compact, ratio; for style and for content."""
    line = f"{pair:32s}"
    for kind in ("style", "content"):
        values = row["teacher"][kind], row["compact"][kind]
        line += f"  {kind} {values[0]:.4f} {values[1]:.4f} ×{row[f'{kind}_ratio']:.2f}"
    return line


def main() -> None:
    """Read the options, run, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teacher", type=Path, required=True, help="VGG19's weights")
    parser.add_argument("--photographs", type=Path, nargs="*", default=[])
    parser.add_argument("--styles", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True, help="folder for JSON and sheets")
    parser.add_argument("--width", type=int, default=448, help="of photographs and styles")
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--style-weight", type=float, default=Settings().style_weight)
    for name, what in (("content", "the content"), ("deepest", "relu5_1")):
        text = f"times the weight of {what}, for the compact features only"
        parser.add_argument(f"--{name}-factor", type=float, default=1, help=text)
    parser.add_argument("--precision", choices=DTYPES, default="bf16", help="while optimising")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timing", type=int, default=0, metavar="ROUNDS", help="0: none")
    parser.add_argument("--teacher-only", action="store_true", help="only its pictures, for later")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = compare_pictures(options)
    result: dict[str, Any] = {
        "torch": torch.__version__,
        "width": options.width,
        "iterations": options.iterations,
        "style_weight": options.style_weight,
        "factors": {"content": options.content_factor, "relu5_1": options.deepest_factor},
        "precision": options.precision,
        "pairs": rows,
    }
    if rows:
        for kind in ("style_ratio", "content_ratio"):
            ratios = [float(row[kind]) for row in rows]
            result[kind] = {"mean": round(statistics.fmean(ratios), 3), "worst": max(ratios)}
            print(kind, result[kind])
    if options.timing:
        result["cost_at_512x288"] = measure_cost(options.teacher, options.threads, options.timing)
    if not options.teacher_only:
        text = json.dumps(result, indent=2)
        name = f"bench-{options.style_weight:g}{factor_names(options)}.json"
        (options.out / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
