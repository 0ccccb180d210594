"""What runs in a worker of Ray: the same as in one of this machine, see RenderRecipe's bench."""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowstyle.core.errors import FlowstyleError
from flowstyle.core.process import set_up
from flowstyle.core.threads import Threads
from flowstyle.execution.crew import Bench, Recipe
from flowstyle.execution.job import ShotJob
from flowstyle.storage.fingerprint import Fingerprint, differences, machine_identity, normalise
from flowstyle.storage.reader import FolderReader

_station: tuple[str, Bench] | None = None  # of the render that this process works for


@dataclass(frozen=True)
class Outfit:
    """How a worker's process is to be set up for a render.

    Args:
        render: by which a worker knows that it has the render's bench already.
        device: torch name, there.
        threads: that it computes with.
        reproducible: whether the sender was set up so.
        machine: all that the sender's bytes depend on.
    """

    render: str
    device: str
    threads: Threads
    reproducible: bool
    machine: Fingerprint


@dataclass(frozen=True)
class Call:
    """A job for a worker.

    Args:
        outfit: of its process.
        job: what is painted.
        folder: where to.
        log: gets what the worker says.
    """

    outfit: Outfit
    job: ShotJob
    folder: Path
    log: Path


def paint(recipe: Recipe, call: Call) -> Iterator[Any]:
    """Paint a job into a folder on a disk that this machine shares with the sender's.

    Args:
        recipe: of the render.
        call: the job.

    Yields:
        Nothing: the frames lie in the folder.

    Raises:
        FlowstyleError: whatever prevents a frame, or bytes would differ here.
    """
    if not recipe.folder.is_dir():
        raise FlowstyleError(
            "a worker does not see the work folder",
            f"{recipe.folder} on {platform.node()}",
            "put -o on a disk that all machines share, or give --no-shared-disk",
        )
    speak_into(call.log)
    bench_of(recipe, call.outfit).paint(call.job, call.folder)
    yield from ()


def bench_of(recipe: Recipe, outfit: Outfit, folder: FolderReader | None = None) -> Bench:
    """This process's bench for a render, made at the first call.

    Args:
        recipe: of the render.
        outfit: how to set up this process, and what it must be like.
        folder: see :meth:`flowstyle.execution.crew.Recipe.bench`.

    Raises:
        FlowstyleError: bytes would differ here.
    """
    global _station
    if outfit.reproducible:
        set_up()
    outfit.threads.set()
    if _station is None or _station[0] != outfit.render:
        here = normalise(machine_identity(outfit.device))
        if different := differences(outfit.machine, here):
            raise FlowstyleError(
                f"a machine of the cluster would give other bytes: {'; '.join(different)}",
                platform.node(),
                "install the same versions on all machines, and use machines of one kind",
            )
        _station = outfit.render, recipe.bench(outfit.device, folder)
    return _station[1]


def speak_into(log: Path) -> None:
    """Have this process say what it says into a file."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.__stderr__,
        format=f"%(asctime)s {platform.node()} {os.getpid()} %(message)s",
        force=True,
    )
