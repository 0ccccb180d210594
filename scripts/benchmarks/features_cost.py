"""Seconds an iteration and peak memory of the feature networks, each in a fresh process."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from flowstyle.core.allocator import keep_freed_memory
from flowstyle.settings import Settings
from scripts.benchmarks.features_pictures import DTYPES, load_network, make_objective
from scripts.common.memory import peak_memory

HEIGHT, WIDTH = 288, 512
WARM_UP, COUNTED = 2, 7
"""Iterations before those that count, and those whose median counts."""


def time_iterations(
    name: str, teacher: Path, precision: str, threads: int, queue: multiprocessing.Queue
) -> None:
    """Put (seconds, processor seconds, bytes of peak memory over the start) of one network.

    Runs in a fresh process: forward, losses, backward. Processor seconds, with one thread, hold on
    a machine that does other work too.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()  # as in a render
    torch.manual_seed(0)
    photograph, style = torch.rand(1, 3, HEIGHT, WIDTH), torch.rand(1, 3, HEIGHT, WIDTH)
    before = peak_memory()
    network = load_network(name, teacher, DTYPES[precision])
    objective = make_objective(network, photograph, style, Settings().style_weight)
    image = photograph.clone().requires_grad_()
    seconds, processor = [], []
    for _ in range(WARM_UP + COUNTED):
        start, start_processor = time.perf_counter(), time.process_time()
        objective(image)[0].backward()
        image.grad = None
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - start_processor)
    medians = (statistics.median(times[WARM_UP:]) for times in (seconds, processor))
    queue.put((*medians, peak_memory() - before))


def in_fresh_process(
    name: str, teacher: Path, precision: str, threads: int
) -> tuple[float, float, int]:
    """The result of :func:`time_iterations`."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    worker = context.Process(
        target=time_iterations, args=(name, teacher, precision, threads, queue)
    )
    worker.start()
    found: tuple[float, float, int] = queue.get()
    worker.join()
    return found


def measure_cost(teacher: Path, threads: int, rounds: int) -> list[dict[str, Any]]:
    """Time both networks in both precisions, in turns; medians over the rounds."""
    rows: list[dict[str, Any]] = []
    for precision in DTYPES:
        found: dict[str, list[tuple[float, float, int]]] = {"teacher": [], "compact": []}
        for _ in range(rounds):
            for name, values in found.items():
                values.append(in_fresh_process(name, teacher, precision, threads))
        row: dict[str, Any] = {"precision": precision, "threads": threads}
        for name, values in found.items():
            seconds, processor, memory = (
                statistics.median(column) for column in zip(*values, strict=True)
            )
            row[f"{name}_seconds"] = round(seconds, 4)
            row[f"{name}_processor_seconds"] = round(processor, 4)
            row[f"{name}_megabytes"] = round(memory / 2**20)
        for kind, figure in (("seconds", "speedup"), ("processor_seconds", "processor_speedup")):
            row[figure] = round(row[f"teacher_{kind}"] / row[f"compact_{kind}"], 2)
        row["memory_ratio"] = round(row["compact_megabytes"] / row["teacher_megabytes"], 3)
        print(row, flush=True)
        rows.append(row)
    return rows
