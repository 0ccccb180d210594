"""What every executor offers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from flowstyle.engines.protocol import Engine, EngineContext
from flowstyle.execution.crew import Crew
from flowstyle.execution.job import ShotJob, ShotResult
from flowstyle.flow.pairs import FlowPairs
from flowstyle.temporal.frames import Frames
from flowstyle.temporal.sweeps import Visit
from flowstyle.temporal.task import FrameTask, Painted

Watch = Callable[[Visit, FrameTask, Painted], None]
"""Told of each frame after it is committed: where it lies, what it was painted from, and the image
as it was settled. For debug pictures."""


@dataclass(frozen=True, eq=False)
class Workplace:
    """What this process paints with; made once for a render.

    Args:
        frames: source and painted frames.
        engine: paints.
        pairs: flows between source frames.
        context: of the engine: settings, device, network, report, cancel.
        total: number of frames of the render where that is known, for the progress.
        watch: see :data:`Watch`.
        crew: how the work may be shared out among processes; None: it may not.
    """

    frames: Frames
    engine: Engine
    pairs: FlowPairs
    context: EngineContext
    total: int | None = None
    watch: Watch | None = None
    crew: Crew | None = None


class Executor(Protocol):
    """Something that has shots painted: here, in other processes, on other machines.

    Adding one: write a class with these members and ``EXECUTORS.register("name", make)``, see
    :mod:`flowstyle.execution.registry`.
    """

    @property
    def whole_shots(self) -> bool:
        """Whether a shot's end must be known before it is submitted.

        Where it must, a quick pass over the clip finds all shots first.
        """

    def submit(self, job: ShotJob) -> Future[ShotResult]:
        """Have a shot painted; every frame is committed when the future is done.

        May wait until the shot is painted. The future raises what the painting raised.
        """

    def close(self) -> None:
        """End what runs, and wait for it; a second call does nothing."""
