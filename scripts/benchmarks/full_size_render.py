"""One render in a process of its own, so that its peak memory is its own, with its times."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.memory import peak_memory


@dataclass(frozen=True)
class Job:
    """What to render: a folder of frames, a style picture, the folder to come, settings."""

    source: str
    style: str
    styled: str
    preset: str
    features: str


def render_alone(job: Job) -> dict[str, Any]:
    """Render in a fresh process.

    Returns:
        ``size`` (width, height); ``first_seconds`` from the call to the first frame, reading
        and all; ``later_seconds`` from one frame to the next, the mean (None of a single frame);
        ``peak_bytes`` of resident memory.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        return pool.submit(_render, job).result()


def _render(job: Job) -> dict[str, Any]:
    """In the fresh process."""
    import flowstyle

    flowstyle.set_up()  # before torch is imported
    from flowstyle.core.events import Event, FrameReady
    from flowstyle.pipeline import stylize_video
    from flowstyle.render.result import Output
    from flowstyle.settings import load_settings

    ready: list[float] = []

    def watch(event: Event) -> None:
        if isinstance(event, FrameReady) and event.final:
            ready.append(time.monotonic())

    settings = load_settings({"features": job.features}, preset=job.preset)
    output = Output(path=Path(job.styled), overwrite=True, measure=False)
    began = time.monotonic()
    done = stylize_video(job.source, [job.style], settings, output, report=watch)
    later = (ready[-1] - ready[0]) / (len(ready) - 1) if len(ready) > 1 else None
    return {
        "size": list(done.size),
        "first_seconds": ready[0] - began,
        "later_seconds": later,
        "peak_bytes": peak_memory(),
    }
