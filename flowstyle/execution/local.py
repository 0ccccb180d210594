"""Workers that are processes of this machine, started and watched by loky.

Each worker has a pool of its own with one process, so that the death of one leaves the others at
their work, and a device that it keeps. loky starts processes that inherit nothing of this one but
its environment, and does not need a script's ``if __name__ == "__main__"``.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import psutil
from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

from flowstyle.core.errors import UsageError
from flowstyle.core.files import make_folder
from flowstyle.core.process import is_reproducible, set_up
from flowstyle.core.threads import Threads
from flowstyle.execution.crew import LOGS, Bench, Crew, Recipe
from flowstyle.execution.job import ShotJob
from flowstyle.execution.protocol import Workplace
from flowstyle.execution.shared import SharedExecutor, WorkerLost

ORPHAN = 0.2
"""Seconds between two looks of a worker at whether the process that it works for lives."""


def local_executor(workplace: Workplace) -> SharedExecutor:
    """An executor of processes on this machine.

    Args:
        workplace: of a render, with a crew.

    Raises:
        UsageError: it has none, as where frames are painted as they come.
    """
    if workplace.crew is None:
        raise UsageError(
            "this work cannot be shared out among processes",
            "workers",
            "leave workers and executor out",
        )
    return SharedExecutor(workplace, workplace.crew, LokyCarrier(workplace.crew))


class LokyCarrier:
    """See :class:`flowstyle.execution.shared.Carrier`.

    Args:
        crew: how many workers, on which devices.
    """

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._pools: dict[int, ProcessPoolExecutor] = {}
        make_folder(crew.workdir.path / LOGS)

    def begin(self, worker: int, job: ShotJob, folder: Path) -> Future[None]:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        answer: Future[None] = Future()
        try:
            painting = self._of(worker).submit(
                _paint, self._crew.recipe, self._device(worker), job, folder
            )
        except BrokenProcessPool as error:  # it died before it had a job
            self._pools.pop(worker, None)
            answer.set_exception(WorkerLost(_how(error)))
        else:
            painting.add_done_callback(lambda done: self._pass_on(worker, done, answer))
        return answer

    def prepare(self, worker: int) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        self._of(worker).submit(_get_ready, self._crew.recipe, self._device(worker))

    def log(self, worker: int) -> Path:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        return self._crew.workdir.path / LOGS / f"worker-{worker + 1}.log"

    def check(self) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`; deaths show at the worker's job."""

    def dismiss(self, worker: int) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        pool = self._pools.pop(worker, None)
        if pool is not None:
            pool.shutdown(wait=True, kill_workers=True)

    def close(self) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        for worker in list(self._pools):
            self.dismiss(worker)

    def _device(self, worker: int) -> str:
        return self._crew.devices[worker % len(self._crew.devices)]

    def _of(self, worker: int) -> ProcessPoolExecutor:
        """A worker's pool; its process starts with the first task."""
        if worker not in self._pools:
            threads = self._crew.threads
            self._pools[worker] = ProcessPoolExecutor(
                max_workers=1,
                initializer=_begin,
                initargs=(_itself(), self.log(worker), threads, is_reproducible()),
                env={"OMP_NUM_THREADS": str(threads.torch)},
            )
        return self._pools[worker]

    def _pass_on(self, worker: int, done: Future[None], answer: Future[None]) -> None:
        """Hand on how a painting ended; a pool whose process died is of no use any more."""
        error = done.exception()
        if error is None:
            answer.set_result(None)
        elif isinstance(error, BrokenProcessPool):
            self._pools.pop(worker, None)
            answer.set_exception(WorkerLost(_how(error)))
        else:
            answer.set_exception(error)


_Born = tuple[int, float]
"""A process by its number and the time at which it began: numbers are given out again."""


def _itself() -> _Born:
    process = psutil.Process()
    return process.pid, process.create_time()


def _how(error: BrokenProcessPool) -> str:
    """What loky says of a death in a few words: the exit code, where the system tells it."""
    _, found, codes = str(error).partition("exit codes of the workers are {")
    return codes.partition("}")[0] if found else type(error).__name__


# In the worker's process

_bench: Bench | None = None  # made at the beginning, used for all jobs; a process serves one render


def _begin(parent: _Born, log: Path, threads: Threads, reproducible: bool) -> None:
    """Set up a worker's process.

    Args:
        parent: process that it works for, which may have ended meanwhile.
        log: gets what this process says.
        threads: that it computes with.
        reproducible: whether the parent was set up so.
    """
    if reproducible:
        set_up()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format=f"%(asctime)s {os.getpid()} %(message)s"
    )
    threads.set()
    threading.Thread(target=_die_with, args=(parent,), name="parent", daemon=True).start()


def _die_with(parent: _Born) -> None:
    """End this process at once when its parent is gone: nobody would take over what it paints."""
    with suppress(psutil.Error):
        process = psutil.Process(parent[0])
        while process.create_time() == parent[1] and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(ORPHAN)
            process = psutil.Process(parent[0])  # another one may have its number by now
    os._exit(1)


def _get_ready(recipe: Recipe, device: str) -> None:
    """Load what this process paints with; an error is told to whoever brings the first job."""
    with suppress(Exception):
        _made(recipe, device)


def _paint(recipe: Recipe, device: str, job: ShotJob, folder: Path) -> None:
    """Paint a job in this process."""
    _made(recipe, device).paint(job, folder)


def _made(recipe: Recipe, device: str) -> Bench:
    """This process's bench, made at the first call."""
    global _bench
    if _bench is None:
        _bench = recipe.bench(device)
    return _bench
