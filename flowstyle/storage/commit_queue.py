"""One thread that commits frames while the next one is being optimised."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], None]


class Writer:
    """Runs jobs in the order of submission, on one thread.

    After a job has failed the later ones are dropped, and every further call raises that failure:
    nothing may be committed behind a gap.

    Args:
        depth: how many jobs may wait; :meth:`submit` blocks beyond, which bounds the memory.
    """

    def __init__(self, depth: int = 4) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(depth)
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, job: Job) -> None:
        """Hand over a job.

        Raises:
            ValueError: after :meth:`close`: the folder may belong to another run by now.
            BaseException: what an earlier job raised.
        """
        self._raise_if_closed()
        self._raise_failure()
        if self._thread is None:
            # A daemon, because a run that dies without closing must not hang at its end.
            self._thread = threading.Thread(target=self._work, name="commit", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def settle(self) -> None:
        """Wait until every job is done, before something else is written.

        Raises:
            ValueError: after :meth:`close`.
            BaseException: what one of the jobs raised.
        """
        self._raise_if_closed()
        self.flush()

    def flush(self) -> None:
        """Wait until every job is done.

        Raises:
            BaseException: what one of the jobs raised.
        """
        self._jobs.join()
        self._raise_failure()

    def close(self) -> None:
        """Wait for the jobs and end the thread; failures stay with :meth:`flush`."""
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise ValueError("the work folder is closed")

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
