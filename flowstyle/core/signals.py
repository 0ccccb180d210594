"""Stop politely at the first signal, at once at the second."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted

STOPPING = tuple(
    signal.Signals[name]
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if name in signal.Signals.__members__
)
"""Those that the system has: no hangup on Windows, no Ctrl-Break elsewhere."""

NOTHING_KEPT = "nothing was kept: run it again from the start"


class StopFlag:
    """While the ``with`` block runs, the first INT, TERM, HUP or BREAK only sets this flag.

    The work is handed ``flag.token``, which it asks at every iteration; it then commits what is
    complete and ends. From the first signal on the system's own reaction is in force again, so that
    a second signal ends the process at once, also in the middle of a long native call.

    A signal that is ignored when the block begins (``nohup``, background jobs of a script) stays
    ignored. Outside the main thread, where Python cannot handle signals, the flag is never set.
    """

    def __init__(self) -> None:
        self.token = CancelToken()
        self._before: dict[int, Any] = {}

    @property
    def signum(self) -> int | None:
        """The signal that asked the run to stop, None while there was none."""
        return self.token.signum

    def raise_if_set(self, where: object = "", advice: str = NOTHING_KEPT) -> None:
        """End the run if a signal asked for it.

        Args:
            where: how far the run came.
            advice: what is kept, and how to go on.

        Raises:
            Interrupted: with the signal.
        """
        if self.signum is not None:
            raise Interrupted(self.signum, where, advice)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        self.token.cancel(signum)
        for each in self._before:
            signal.signal(each, signal.SIG_DFL)

    def __enter__(self) -> StopFlag:
        """Take over the signals."""
        if threading.current_thread() is threading.main_thread():
            for signum in STOPPING:
                if signal.getsignal(signum) is not signal.SIG_IGN:
                    self._before[signum] = signal.signal(signum, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back as they were."""
        for signum, handler in self._before.items():
            # None stands for a handler that was not set from Python and cannot be set again.
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
        self._before.clear()


def end_at_interrupt() -> None:
    """Let Ctrl-C end the process at once while nothing is at stake, as during the imports.

    Python would raise KeyboardInterrupt, which ends in a traceback or in an exit status after which
    a shell loop goes on. A :class:`StopFlag` takes over where work is to be kept.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def die_of(signum: int) -> None:
    """End the process by a signal's default action, after all cleaning up.

    A shell ends its loop when a program died of Ctrl-C, and goes on when it merely exited with 130.
    On Windows, where no process dies of a signal, it is that exit code.

    Args:
        signum: the signal that stopped the run.
    """
    if os.name == "nt":
        sys.exit(128 + signum)
    signal.signal(signum, signal.SIG_DFL)
    os.kill(os.getpid(), signum)
