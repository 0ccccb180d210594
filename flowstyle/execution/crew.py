"""What is needed to have jobs painted in other processes: plain data that makes a bench there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flowstyle.core.threads import Threads
from flowstyle.execution.cluster.asked import Cluster
from flowstyle.execution.job import ShotJob
from flowstyle.storage.reader import FolderReader
from flowstyle.storage.timeline import Timeline
from flowstyle.storage.workdir import WorkDir

LOGS = "logs"
"""Folder of what workers say, below the work folder."""


class Bench(Protocol):
    """What one process paints jobs with: engine, network, flow; made once for a render."""

    def paint(self, job: ShotJob, folder: Path) -> None:
        """Paint a job.

        Args:
            job: which, in which style.
            folder: the job's own, below the work folder; every frame is committed there.

        Raises:
            FlowstyleError: whatever prevents a frame; those before it are committed.
        """


class Recipe(Protocol):
    """How to make a bench: plain data that can be sent to another process or machine."""

    @property
    def folder(self) -> Path:
        """The render's work folder."""

    def bench(self, device: str, folder: FolderReader | None = None) -> Bench:
        """Make it.

        Args:
            device: torch name, there.
            folder: reads the work folder; None: it is a folder there too.

        Raises:
            FlowstyleError: something is not there as it is here.
        """


@dataclass(frozen=True, eq=False)
class Crew:
    """How a render's work may be shared out.

    Args:
        workers: number of processes.
        devices: on which they compute, in turn.
        threads: that each of them computes with.
        recipe: of what they paint with.
        workdir: of the render: frames are taken over into it.
        timeline: of the clip's reader, which is told how far to read.
        cluster: where they are Ray's.
    """

    workers: int
    devices: tuple[str, ...]
    threads: Threads
    recipe: Recipe
    workdir: WorkDir
    timeline: Timeline
    cluster: Cluster | None = None
