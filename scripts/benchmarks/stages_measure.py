"""The stages of a frame, each timed alone, in a process that does nothing else."""

from __future__ import annotations

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from flowstyle.core.cancel import CancelToken
from flowstyle.core.device import reproducible
from flowstyle.core.events import ignore
from flowstyle.core.images import to_device, to_tensor, to_uint16
from flowstyle.core.types import Frame
from flowstyle.engines.optimised.engine import in_units_of_the_losses
from flowstyle.engines.optimised.frame_objective import frame_objective
from flowstyle.engines.optimised.style_targets import StyleTargets
from flowstyle.engines.protocol import EngineContext
from flowstyle.flow.estimate import both_ways
from flowstyle.guides.styles import ConstantStyles
from flowstyle.media.clip_writer import open_writer
from flowstyle.media.reader import read_frames
from flowstyle.optimize import adam
from flowstyle.optimize.precision import render_precision
from flowstyle.render.prepare import Plan, prepare
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from flowstyle.storage.workdir import WorkDir
from scripts.common.memory import peak_memory

START = 60
"""First frame of the clip that is read."""
RUN = 4
"""Iterations timed together, as a frame has them: a GPU is waited for at their end alone."""
PRODUCT = {"cpu": 2048, "cuda": 8192}
"""Side of the matrices whose product is the machine's peak."""


@dataclass(frozen=True)
class Asked:
    """What to measure: clip, style, a folder, and how."""

    clip: str
    style: str
    folder: str
    width: int
    repeats: int
    preset: str
    features: str
    device: str
    weights: str = ""


def measure_alone(asked: Asked) -> dict[str, Any]:
    """Measure in a fresh process: sizes, seconds of each stage, operations, rates, memory."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        return pool.submit(_measure, asked).result()


def _measure(asked: Asked) -> dict[str, Any]:
    settings = load_settings(
        {
            "width": asked.width,
            "features": asked.features,
            "device": asked.device,
            "weights": asked.weights or None,
            "start_frame": START,
            "frames": asked.repeats + 1,
        },
        preset=asked.preset,
    )
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        path = Path(folder) / "stages.mp4"
        plan = prepare(asked.clip, [asked.style], settings, Output(path=path), ignore)
        frames, reading = _read(plan)
        pictures = [to_device(to_tensor(frame.image), plan.tools.device) for frame in frames]
        with reproducible(plan.tools.device):
            optimising = _iteration(plan, pictures[0], asked.repeats)
        seconds = {
            "read": reading,
            "flow": _flow(plan, pictures),
            "iteration": optimising["seconds"],
            "commit": _commit(pictures, Path(folder)),
            "encode": _encode(plan, frames),
        }
    peak = matrix_peak(plan.tools.device, render_precision(settings, plan.tools.device))
    on_gpu = plan.tools.device.type == "cuda"
    return {
        "size": list(plan.size),
        "seconds": seconds,
        "iteration_flop": optimising["flop"],
        "rate": optimising["flop"] / optimising["seconds"],
        "peak_rate": peak,
        "peak_bytes": torch.cuda.max_memory_allocated() if on_gpu else peak_memory(),
    }


def _median(times: list[float]) -> float:
    return statistics.median(times)


def _timed(work: Callable[[], object], device: torch.device | None = None) -> float:
    """Seconds that a piece of work takes, waited for on a GPU."""
    on_gpu = device is not None and device.type == "cuda"
    if on_gpu:
        torch.cuda.synchronize()
    began = time.perf_counter()
    work()
    if on_gpu:
        torch.cuda.synchronize()
    return time.perf_counter() - began


def _read(plan: Plan) -> tuple[list[Frame], float]:
    """The frames, and seconds each; the first, before which the clip is opened, is not counted."""
    settings = plan.settings
    found: list[Frame] = []
    times: list[float] = []
    reader = read_frames(
        plan.clip, start=settings.start_frame, count=settings.frames, size=plan.size
    )
    began = time.perf_counter()
    for frame in reader:
        times.append(time.perf_counter() - began)
        found.append(frame)
        began = time.perf_counter()
    return found, _median(times[1:])


def _flow(plan: Plan, pictures: list[Tensor]) -> float:
    """Seconds of one pair, both directions."""

    def pair(index: int) -> float:
        one, other = pictures[index], pictures[index - 1]
        return _timed(lambda: both_ways(plan.flow, one, other), plan.tools.device)

    with torch.inference_mode():
        return _median([pair(index) for index in range(1, len(pictures))])


def _iteration(plan: Plan, picture: Tensor, repeats: int) -> dict[str, float]:
    """Seconds of an iteration, and the floating-point operations of its network and losses."""
    from torch.utils.flop_counter import FlopCounterMode

    settings, tools = plan.settings, plan.tools
    context = EngineContext(
        settings, tools.device, tools.network, tools.style_loss, ignore, CancelToken()
    )
    targets = StyleTargets(context, in_units_of_the_losses(context))
    styles = ConstantStyles.of(plan.styles, tools.device)
    objective = frame_objective(targets, styles.at(0), picture)
    levels = settings.levels
    adam.minimise(objective, picture, iterations=1, levels=levels)  # memory and kernels are found
    times = [
        _timed(
            lambda: adam.minimise(objective, picture, iterations=RUN, levels=levels), tools.device
        )
        / RUN
        for _ in range(repeats)
    ]
    image = picture.clone().requires_grad_()
    with FlopCounterMode(display=False) as counter:
        objective(image)[0].backward()
    return {"seconds": _median(times), "flop": float(counter.get_total_flops())}


def _commit(pictures: list[Tensor], folder: Path) -> float:
    """Seconds of a painted frame on its way to the disk."""
    work = folder / "work"
    work.mkdir()
    with WorkDir.open(work, {}) as workdir:
        times = [
            _timed(lambda i=index, p=one: workdir.commit_image("stages", i, to_uint16(p)))
            for index, one in enumerate(pictures)
        ]
    return _median(times)


def _encode(plan: Plan, frames: list[Frame]) -> float:
    """Seconds a frame of the whole result, its end and its verification included."""
    output = plan.output
    began = time.perf_counter()
    with open_writer(
        plan.path,
        plan.clip,
        codec=output.codec,
        pixel_format=output.pixel_format,
        quality=output.quality,
        audio="none",
        carried=plan.carried,
        overwrite=True,
        report=ignore,
    ) as writer:
        for frame in frames:
            writer.write(frame)
    return (time.perf_counter() - began) / len(frames)


def matrix_peak(device: torch.device, precision: torch.dtype) -> float:
    """Floating-point operations a second of one large product of square matrices, the best of 5."""
    side = PRODUCT[device.type]
    matrix = torch.rand(side, side, device=device).to(precision)
    matrix @ matrix  # kernels are found
    return 2 * side**3 / min(_timed(lambda: matrix @ matrix, device) for _ in range(5))
