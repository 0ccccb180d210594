"""Has jobs painted by several workers: who gets which, what comes of it, what if one dies.

How jobs are brought to workers is a carrier's matter, see :class:`Carrier`. Each job has a folder
of its own; what is committed there is taken over into the render's work folder as it appears, by
one thread here, which alone writes there.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flowstyle.core.cancel import Cancelled, CancelToken
from flowstyle.core.errors import LIST, FlowstyleError, StorageError
from flowstyle.core.events import FrameReady, Notice, Progress, Report, Stage
from flowstyle.execution.crew import Crew
from flowstyle.execution.job import ShotJob, ShotResult
from flowstyle.execution.protocol import Workplace
from flowstyle.storage.jobs import NOTICE, TakenOver, job_folder
from flowstyle.storage.journal import Record
from flowstyle.storage.ledger import FRAME
from flowstyle.temporal.frames import RESULT, PaintedFrames

LOOK = 0.05
"""Seconds between two looks at what the workers have committed."""
TRIES = 3
"""How often a job is begun that its worker does not survive."""
SETTLED = 1.0
"""Seconds after the last job was submitted in which no worker is taken to be too many."""


class WorkerLost(Exception):
    """A worker died in the middle of a job; the text says how, as far as that is known."""


class Carrier(Protocol):
    """Brings jobs to workers, which are numbered from 0."""

    def begin(self, worker: int, job: ShotJob, folder: Path) -> Future[None]:
        """Have a worker paint a job into a folder; it is started where there is none.

        The future raises :class:`WorkerLost` where the worker dies, and else what the painting
        raised.
        """

    def prepare(self, worker: int) -> None:
        """Start a worker before there is a job for it: what it loads takes seconds.

        What goes wrong there shows when it is given a job.
        """

    def log(self, worker: int) -> Path:
        """What a worker has said."""

    def check(self) -> None:
        """Raise what has happened that no worker tells of."""

    def dismiss(self, worker: int) -> None:
        """There is no more work for this one, at least for now."""

    def close(self) -> None:
        """End all workers at once, whatever they do, and wait for it."""


@dataclass(eq=False)
class _Order:
    """A job on its way."""

    job: ShotJob
    future: Future[ShotResult]
    tries: int = 0
    painting: Future[None] = field(default_factory=Future)
    taken: TakenOver | None = None


class SharedExecutor:
    """See :class:`flowstyle.execution.protocol.Executor`.

    Args:
        workplace: of the render; its crew says how many workers there are.
        crew: the same.
        carrier: brings jobs to them.
    """

    whole_shots = True

    def __init__(self, workplace: Workplace, crew: Crew, carrier: Carrier) -> None:
        self._crew = crew
        self._carrier = carrier
        self._cancel: CancelToken = workplace.context.cancel
        self._painted = workplace.frames.painted
        self._tell = _Teller(workplace, crew)
        self._waiting: list[_Order] = []
        self._running: dict[int, _Order] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._submitted = math.inf  # when the last job was
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="workers", daemon=True)
        self._thread.start()

    def submit(self, job: ShotJob) -> Future[ShotResult]:
        """Have a job painted by the next worker that is free."""
        order = _Order(job, Future())
        with self._changed:
            if self._failure is not None:
                order.future.set_exception(self._failure)
            else:
                self._waiting.append(order)
                self._submitted = time.monotonic()
        return order.future

    def close(self) -> None:
        """End all workers, and keep what they have committed."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    # The thread

    def _work(self) -> None:
        if hasattr(signal, "pthread_sigmask"):
            # Ctrl-C reaches all processes of a terminal. It is this one's to decide what becomes of
            # it; what it starts from this thread inherits that it does not hear it.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        try:
            for worker in range(self._crew.workers):
                self._carrier.prepare(worker)
            while not self._closed:
                self._cancel.check("between two looks at the workers")
                self._crew.timeline.check()
                self._carrier.check()
                self._hand_out()
                for worker in list(self._running):
                    self._look_at(worker)
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, LOOK)
            raise Cancelled("the executor was closed")
        except BaseException as error:  # handed to whoever asks the futures
            self._end(error)

    def _hand_out(self) -> None:
        """Give every worker that is free the first job that can begin."""
        for worker in range(self._crew.workers):
            if worker in self._running:
                continue
            with self._changed:
                order = next(filter(self._can_begin, self._waiting), None)
                if order is not None:
                    self._waiting.remove(order)
                settled = time.monotonic() > self._submitted + SETTLED
                over = settled and not self._waiting
            if order is not None:
                self._begin(worker, order)
            elif over:
                self._carrier.dismiss(worker)

    def _can_begin(self, order: _Order) -> bool:
        return all(self._painted.is_done(RESULT, index) for index in order.job.needs)

    def _begin(self, worker: int, order: _Order) -> None:
        job, workdir = order.job, self._crew.workdir
        if job.last is None:
            raise ValueError("workers paint shots whose ends are known")
        self._crew.timeline.want(job.last)
        order.tries += 1
        order.taken = TakenOver(job_folder(workdir, job.name), workdir)
        order.painting = self._carrier.begin(worker, job, order.taken.path)
        self._running[worker] = order

    def _look_at(self, worker: int) -> None:
        """Take over what a worker has committed; see to it that its job is done or goes on."""
        order = self._running[worker]
        ended = order.painting.done()  # asked first: what is committed by then is taken over
        self._take_over(order)
        if not ended:
            return
        if order.taken is not None:
            order.taken.remove()
        error = order.painting.exception()
        if error is None:
            self._finish(order)
        elif isinstance(error, WorkerLost):
            self._again(worker, order, error)
        else:
            raise _with_log(error, self._carrier.log(worker))
        del self._running[worker]

    def _take_over(self, order: _Order) -> None:
        records = order.taken.take() if order.taken is not None else []
        if records:
            self._crew.timeline.wake()  # whoever waits for one of these frames
        for record in records:
            self._tell(order.job, record)

    def _finish(self, order: _Order) -> None:
        """Make sure that no frame is missing."""
        missing = [i for i in order.job.frames if not self._painted.is_done(RESULT, i)]
        if missing:
            raise StorageError(
                f"{len(missing)} frames of a finished job are missing, from frame {missing[0]} on",
                self._crew.workdir.path,
                "check the disk; then run the same command again, finished frames are kept",
            )
        order.future.set_result(ShotResult(order.job.first, order.job.frames[-1]))

    def _again(self, worker: int, order: _Order, lost: WorkerLost) -> None:
        """Begin a job anew whose worker died: the frames that it committed are there."""
        where = order.job.described
        if order.tries == TRIES:
            log = self._carrier.log(worker)
            raise FlowstyleError(
                f"a worker died {TRIES} times over {where}: {lost}" + _last_lines(log),
                log,
                "if the system ended it for want of memory, use fewer --workers or a smaller "
                "--width; finished frames are kept",
            )
        self._tell.notice(f"a worker died over {where} ({lost}); the job is begun again")
        with self._changed:
            self._waiting.insert(0, order)

    def _end(self, error: BaseException) -> None:
        """End all workers, take over what they committed, and tell whoever waits."""
        with self._changed:
            self._failure = error
            orders = [*self._running.values(), *self._waiting]
            self._waiting = []
        try:
            self._carrier.close()
            for order in self._running.values():
                self._take_over(order)
                if order.taken is not None:
                    order.taken.remove()
        except BaseException as later:  # the first one tells more
            error.add_note(f"then: {later}")
        for order in orders:
            if not order.future.done():
                order.future.set_exception(error)


class _Teller:
    """Reports what jobs note in their folders as if it had been done here."""

    def __init__(self, workplace: Workplace, crew: Crew) -> None:
        self._report: Report = workplace.context.report
        self._painted: PaintedFrames = workplace.frames.painted
        self._workdir = crew.workdir
        self._total = workplace.total
        self._sweeps = workplace.context.settings.sweeps + 1
        self._start = workplace.context.settings.start_frame
        self._done = len(crew.workdir.verified(RESULT)) * self._sweeps

    def __call__(self, job: ShotJob, record: Record) -> None:
        """Tell of one record."""
        if record.get("type") == NOTICE:
            self.notice(str(record.get("text")))
        found = FRAME.fullmatch(str(record.get("name")))
        if found is None:
            return
        kind, index = found[1], int(found[2])
        final = kind == RESULT
        sweep = self._sweeps if final else int(kind.rpartition("sweep")[2])
        self._report(
            FrameReady(
                self._start + index,
                self._start + job.opening,
                sweep,
                final,
                float(record.get("extra", {}).get("seconds", 0.0)),
                self._workdir.load_image16(kind, index) if final else None,
            )
        )
        self._done += 1
        total = None if self._total is None else self._total * self._sweeps
        unit = "frames" if self._sweeps == 1 else f"frames in {self._sweeps} sweeps"
        number, shot = self._start + index, self._start + job.opening
        self._report(Progress(Stage.STYLISE, self._done, total, unit, {}, number, shot))

    def notice(self, text: str) -> None:
        """Tell what a user should know."""
        self._report(Notice(text))


def _with_log(error: BaseException, log: Path) -> BaseException:
    """An explained error with the place of the worker's log."""
    if not isinstance(error, FlowstyleError):
        return error
    error.where = "; ".join(filter(None, (error.where, f"log of the worker: {log}")))
    return error


def _last_lines(log: Path, count: int = 5) -> str:
    """The end of a worker's log, if it said anything."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return ""
    return "".join(LIST + line for line in lines)
