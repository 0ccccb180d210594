"""How much sooner several workers are done, beside what a model of their work foretells."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any

import cv2
import psutil

from flowstyle.core.events import Event, FrameReady
from flowstyle.core.threads import Threads
from flowstyle.execution.schedule import Costs, makespan
from flowstyle.pipeline import stylize_video
from flowstyle.render.estimate import Work
from flowstyle.render.result import Output
from flowstyle.render.schedule import BEGIN, CROWDED, planned
from flowstyle.settings import load_settings
from scripts.common.motion import motion_clip

Sizes = tuple[tuple[int, int], tuple[int, int]]
"""Shots and frames of each: of a clip of several shots, and of a long one."""


@dataclass
class Watch:
    """Notes when frames are ready, and what each took."""

    seconds: dict[int, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """See :data:`flowstyle.core.events.Report`."""
        if isinstance(event, FrameReady):
            self.seconds[event.frame] = event.seconds
            self.times.append(time.monotonic())


def write_shots(folder: Path, shots: int, length: int, width: int) -> Path:
    """A clip of moving pictures, each shot in other colours."""
    clip = folder / f"clip{shots}x{length}"
    clip.mkdir(exist_ok=True)
    for shot in range(shots):
        frames = motion_clip(width, width * 9 // 16, length, pan=True, speed=0.2).frames
        for index, frame in enumerate(frames):
            shown = frame[..., ::-1] if shot % 2 else 255 - frame
            cv2.imwrite(str(clip / f"{shot * length + index:04d}.png"), shown)
    listed = folder / f"shots{shots}x{length}.csv"
    listed.write_text("".join(f"{shot * length}\n" for shot in range(shots)))
    return clip


@contextmanager
def on_one_core() -> Iterator[None]:
    """Let all threads that are started in the block share a single core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def two_nodes() -> Iterator[str]:
    """A cluster of Ray with two nodes of one CPU on this machine; gives its address."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        wait_until_idle()
        yield cluster.address
    finally:
        cluster.shutdown()


def wait_until_idle(share: float = 0.1, patience: float = 60.0) -> None:
    """Wait until the machine has little to do: a cluster is there long before a render begins.

    Args:
        share: of its cores that may be busy.
        patience: seconds after which it goes on all the same.
    """
    end = time.monotonic() + patience
    while psutil.cpu_percent(interval=2) > 100 * share and time.monotonic() < end:
        pass


def processor_seconds() -> float:
    """What this process has used so far, and its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def paint(folder: Path, clip: Path, style: Path, part: int, how: str) -> dict[str, Any]:
    """One render; its figures and the digest of its frames.

    Args:
        folder: for the result.
        clip: from :func:`write_shots`.
        style: picture.
        part: length of parts.
        how: ``one``, ``one core``, ``two`` (workers), ``ray`` (with two nodes).
    """
    size = clip.name.removeprefix("clip")
    settings = {"features": "compact", "shots": folder / f"shots{size}.csv", "part": part}
    place = folder / f"{clip.name}-part{part}-{how.replace(' ', '-')}"
    ways: dict[str, Any] = {"workers": 2} if how == "two" else {}
    watch, load = Watch(), os.getloadavg()[0]
    with ExitStack() as stack:
        stack.enter_context(Threads(1, 1).used())
        if how == "one core":
            stack.enter_context(on_one_core())
        if how == "ray":
            ways = {"executor": "ray", "address": stack.enter_context(two_nodes()), "workers": 2}
        output = Output(place, measure=False, overwrite=True, restart=True, **ways)
        began, used = time.monotonic(), processor_seconds()
        stylize_video(clip, [style], load_settings(settings), output, report=watch)
        used = processor_seconds() - used
    digest = hashlib.sha256()
    for frame in sorted(place.glob("*.png")):
        digest.update(frame.read_bytes())
    shutil.rmtree(place.with_name(f"{place.name}.flowstyle"))
    return {
        "clip": size,
        "part": part,
        "how": how,
        "wall": watch.times[-1] - began,
        "processor": used,
        "seconds": {str(frame): seconds for frame, seconds in watch.seconds.items()},
        "load": [load, os.getloadavg()[0]],
        "digest": digest.hexdigest()[:16],
    }


def foretold(one: dict[str, Any], part: int, workers: int) -> float:
    """What the model says of a render's time, from the frames of a render by one process.

    Args:
        one: of the same clip and part, by one process.
        part: length of parts.
        workers: how many there are to be.
    """
    shots, length = map(int, one["clip"].split("x"))
    jobs = planned(Work(shots * length, shots), load_settings({"part": part}))
    opening = {job.opening for job in jobs}
    keys = {key for job in jobs if job.piece for key in job.piece.keys} - opening
    took = {int(frame): seconds for frame, seconds in one["seconds"].items()}
    kinds = {"first": opening, "border": keys, "later": took.keys() - opening - keys}
    means = {
        kind: fmean(took[frame] for frame in frames) if frames else 0.0
        for kind, frames in kinds.items()
    }
    painting = makespan(jobs, workers, Costs(**means))
    return painting if workers == 1 else BEGIN + CROWDED * painting


def speed(
    folder: Path, style: Path, sizes: Sizes, parts: Sequence[int], width: int, rounds: int
) -> list[dict[str, Any]]:
    """Paint both clips in all ways, round after round.

    Args:
        folder: for clips and renders.
        style: picture.
        sizes: of the clips.
        parts: longest parts of the long shot, one after the other.
        width: of the frames.
        rounds: how many.
    """
    eight, long = (write_shots(folder, shots, length, width) for shots, length in sizes)
    ways = [(eight, 0, "one"), (eight, 0, "two"), (eight, 0, "one core"), (eight, 0, "ray")]
    ways += [(long, 0, "one"), (long, 0, "one core")]
    ways += [(long, part, how) for part in parts for how in ("one", "two")]
    if find_spec("ray") is None:
        ways = [one for one in ways if one[2] != "ray"]
    found = []
    for number in range(rounds):
        for clip, length, how in ways:
            one = paint(folder, clip, style, length, how)
            print(number, {k: v for k, v in one.items() if k != "seconds"}, flush=True)
            found.append({"round": number, **one})
    return found
