"""One thread that does all writing into a work folder, in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], None]


class CommitQueue:
    """Runs jobs in the order of submission, on one thread, so that no lock is held while writing.

    After a job handed to :meth:`submit` has failed the later ones are dropped, and every further
    call raises that failure: nothing may be committed behind a gap.

    Args:
        depth: how many jobs may wait; :meth:`submit` blocks beyond, which bounds the memory.
    """

    def __init__(self, depth: int = 4) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(depth)
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._entering = threading.Lock()  # held while the queue is full, not while it writes
        self._closed = False

    def submit(self, job: Job) -> None:
        """Hand over a job.

        Raises:
            ValueError: after :meth:`close`: the folder may belong to another run by now.
            BaseException: what an earlier job raised.
        """
        with self._entering:  # no job may come behind the end
            self.raise_if_closed()
            self._raise_failure()
            if self._thread is None:
                # A daemon, because a run that dies without closing must not hang at its end.
                self._thread = threading.Thread(target=self._work, name="commit", daemon=True)
                self._thread.start()
            self._jobs.put(job)

    def run(self, job: Job) -> None:
        """Hand over a job and wait until it is done.

        Raises:
            ValueError: after :meth:`close`.
            BaseException: what the job, or an earlier one handed to :meth:`submit`, raised. What
                this job raised is raised here alone.
        """
        done = threading.Event()
        raised: list[BaseException] = []

        def watched() -> None:
            try:
                job()
            except BaseException as error:  # handed to the thread that waits
                raised.append(error)
            finally:
                done.set()

        self.submit(watched)
        while not done.wait(0.2):
            self._raise_failure()  # it was dropped behind a gap
        if raised:
            raise raised[0]

    def flush(self) -> None:
        """Wait until every job is done.

        Raises:
            BaseException: what one of the jobs raised.
        """
        self._jobs.join()
        self._raise_failure()

    def raise_if_closed(self) -> None:
        """Say that no more jobs are taken.

        Raises:
            ValueError: after :meth:`close`.
        """
        if self._closed:
            raise ValueError("the work folder is closed")

    def close(self) -> None:
        """Wait for the jobs and end the thread; failures stay with :meth:`flush`."""
        with self._entering:
            self._closed = True
            thread, self._thread = self._thread, None
            if thread is not None:
                self._jobs.put(None)
        if thread is not None:
            thread.join()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                if self._failure is None:
                    job()
            except BaseException as error:  # handed to the thread that submitted it
                self._failure = error
            finally:
                self._jobs.task_done()
        self._jobs.task_done()
