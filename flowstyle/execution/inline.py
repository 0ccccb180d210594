"""Paints shots in this process, one after the other."""

from __future__ import annotations

from concurrent.futures import Future

from flowstyle.execution.job import ShotJob, ShotResult
from flowstyle.execution.protocol import Workplace
from flowstyle.execution.shot_pass import paint_shot


class InlineExecutor:
    """See :class:`flowstyle.execution.protocol.Executor`; begins before a shot's end is known.

    Args:
        workplace: what it paints with.
    """

    whole_shots = False

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace

    def submit(self, job: ShotJob) -> Future[ShotResult]:
        """Paint the shot; the future is done when this returns."""
        future: Future[ShotResult] = Future()
        try:
            future.set_result(paint_shot(job, self._workplace))
        except BaseException as error:  # whoever asks the future gets it
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing runs between two shots."""
