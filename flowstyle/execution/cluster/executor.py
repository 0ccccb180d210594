"""Workers that are tasks of Ray.

A task is begun once: what is to be done where its worker or its machine dies is decided by
:class:`flowstyle.execution.shared.SharedExecutor`, which knows what the dead one has committed.
"""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowstyle.core.cancel import Cancelled
from flowstyle.core.errors import FlowstyleError, UsageError
from flowstyle.core.events import Decision, Notice
from flowstyle.core.files import make_folder
from flowstyle.core.process import is_reproducible
from flowstyle.execution.cluster.apart import get_ready, paint_apart, receive
from flowstyle.execution.cluster.asked import Cluster
from flowstyle.execution.cluster.connection import Connection
from flowstyle.execution.cluster.station import Call, Outfit, paint
from flowstyle.execution.crew import LOGS, Crew
from flowstyle.execution.job import ShotJob
from flowstyle.execution.protocol import Workplace
from flowstyle.execution.shared import SharedExecutor, WorkerLost
from flowstyle.storage.fingerprint import machine_identity, normalise
from flowstyle.storage.reader import FolderReader

AHEAD = 2
"""Frames that a worker sends before the first of them is taken."""
READERS = 4
"""Workers that are sent frames at the same time."""
PATIENCE = 10.0
"""Seconds that a task which was told to end gets, before Ray is left."""


def ray_executor(workplace: Workplace) -> SharedExecutor:
    """An executor of Ray's workers.

    Args:
        workplace: of a render, with a crew.

    Raises:
        UsageError: Ray is missing, cannot be joined, or a job fits on no machine there; or there is
            no crew, as where frames are painted as they come.
        FlowstyleError: Ray does not start.
    """
    crew = workplace.crew
    if crew is None:
        raise UsageError("this work cannot be shared out", "executor", "leave it out")
    cluster = crew.cluster or Cluster(jobs=crew.workers)
    cluster.check()
    connection = Connection(cluster, crew.workers)
    jobs = cluster.jobs or connection.room
    where = "this machine" if connection.nodes == 1 else f"{connection.nodes} machines"
    each = "1 thread" if crew.threads.torch == 1 else f"{crew.threads.torch} threads"
    report = workplace.context.report
    report(Decision("workers", f"{jobs} of Ray on {where}, {cluster.each} and {each} each"))
    if jobs > connection.room:
        report(Notice(f"{jobs} jobs are asked for, and there is room for {connection.room} now"))
    crew = replace(crew, workers=jobs)
    return SharedExecutor(workplace, crew, RayCarrier(crew, cluster, connection))


class RayCarrier:
    """See :class:`flowstyle.execution.shared.Carrier`.

    Args:
        crew: what is painted with.
        cluster: what a job gets.
        connection: to Ray; left when this is closed.
    """

    def __init__(self, crew: Crew, cluster: Cluster, connection: Connection) -> None:
        self._crew = crew
        self._connection = connection
        self._ray: Any = connection.ray
        self._running: dict[int, tuple[Any, threading.Thread]] = {}
        self._closed = False
        self._logs = crew.workdir.path / LOGS
        make_folder(self._logs)
        device = crew.devices[0]
        self._outfit = Outfit(
            uuid.uuid4().hex,
            "cuda" if device.startswith("cuda") else device,  # Ray says which
            crew.threads,
            is_reproducible(),
            normalise(machine_identity(device)),
        )
        self._recipe = self._ray.put(crew.recipe)
        self._depot = None if cluster.shared_disk else self._open_depot()
        each = {"num_cpus": cluster.cpus, "num_gpus": cluster.gpus, "max_retries": 0}
        self._get_ready = self._ray.remote(**each)(get_ready)
        self._paint = self._ray.remote(
            **each,
            num_returns="streaming",
            _generator_backpressure_num_objects=AHEAD,
        )(paint if self._depot is None else paint_apart)

    def begin(self, worker: int, job: ShotJob, folder: Path) -> Future[None]:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        call = Call(self._outfit, job, folder, self.log(worker))
        depot = () if self._depot is None else (self._depot,)
        task = self._paint.options(name=job.described).remote(self._recipe, call, *depot)
        answer: Future[None] = Future()
        thread = threading.Thread(
            target=self._follow, args=(task, call, answer), name=f"ray {worker}", daemon=True
        )
        self._running[worker] = task, thread
        thread.start()
        return answer

    def prepare(self, worker: int) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`; Ray's workers have no numbers."""
        self._get_ready.remote(self._recipe, self._outfit, self._depot)

    def log(self, worker: int) -> Path:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        return self._logs / f"worker-{worker + 1}.log"

    def check(self) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        if self._connection.lost:
            raise self._ended_here()

    def dismiss(self, worker: int) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`; Ray's workers end by themselves."""

    def close(self) -> None:
        """See :class:`flowstyle.execution.shared.Carrier`."""
        self._closed = True
        try:
            if not self._connection.lost:
                for task, _ in self._running.values():
                    self._ray.cancel(task, force=True)
                for _, thread in self._running.values():
                    thread.join(PATIENCE)
        finally:
            self._connection.close()

    def _open_depot(self) -> Any:
        """What reads the work folder for workers elsewhere: a process of Ray on this machine."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = self._ray.get_runtime_context().get_node_id()
        return (
            self._ray.remote(
                num_cpus=0,
                max_restarts=-1,
                max_task_retries=-1,
                scheduling_strategy=NodeAffinitySchedulingStrategy(here, soft=False),
            )(FolderReader)
            .options(max_concurrency=READERS)
            .remote(self._crew.workdir.path)
        )

    def _follow(self, task: Any, call: Call, answer: Future[None]) -> None:
        """Wait for a task's end, in a thread of its own; take what it sends."""
        try:
            sent = map(self._ray.get, task)
            if self._depot is None:
                for _ in sent:  # nothing, but where it ends with an error
                    pass
            else:
                receive(sent, call.folder, call.log)
        except BaseException as error:  # handed to whoever asks the answer
            answer.set_exception(self._explained(error))
        else:
            answer.set_result(None)

    def _ended_here(self) -> FlowstyleError:
        return FlowstyleError(
            "Ray has ended on this machine",
            self._logs,
            "run the same command again; finished frames are kept",
        )

    def _explained(self, error: BaseException) -> BaseException:
        """What an error of Ray means."""
        known = self._ray.exceptions
        if self._closed:
            return Cancelled("the executor was closed")
        if isinstance(error, known.RayTaskError):
            cause = error.cause
            return cause if isinstance(cause, FlowstyleError) else error
        if isinstance(error, known.LocalRayletDiedError):
            return self._ended_here()
        if isinstance(error, known.OutOfMemoryError):
            return WorkerLost("Ray ended it for want of memory")
        if isinstance(error, known.NodeDiedError | known.ObjectLostError):
            return WorkerLost("its machine is gone")
        if isinstance(error, known.WorkerCrashedError):
            return WorkerLost("its process ended")
        if isinstance(error, known.RayError):
            return FlowstyleError(
                f"Ray has failed: {type(error).__name__} {str(error).partition(chr(10))[0]}",
                self._logs,
                "run the same command again; finished frames are kept",
            )
        return error
