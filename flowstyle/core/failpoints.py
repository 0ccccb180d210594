"""Places where a test can make the program fail, chosen by an environment variable.

``FLOWSTYLE_FAILPOINTS="before_rename:3=kill,journal_append=enospc"`` kills the process the third
time the program comes to ``before_rename`` and lets the first journal line meet a full disk. Unset,
a failpoint costs one comparison.
"""

from __future__ import annotations

import errno
import os
import signal
from dataclasses import dataclass

from flowstyle.core.errors import UsageError

VARIABLE = "FLOWSTYLE_FAILPOINTS"
SIGNALS = {
    name: signal.Signals[f"SIG{name.upper()}"]
    for name in ("kill", "stop", "int", "term", "hup")
    if f"SIG{name.upper()}" in signal.Signals.__members__
}
"""Those that the system has; on Windows there are two of them."""
DISK_ERRORS = {"enospc": errno.ENOSPC, "eio": errno.EIO, "edquot": errno.EDQUOT}
OUT_OF_MEMORY = "[enforce fail] DefaultCPUAllocator: can't allocate memory: failpoint"


class FailpointError(RuntimeError):
    """What ``raise`` raises: an error that the program does not know, like a bug."""


@dataclass
class _Armed:
    """``action`` happens when the place is passed for the ``countdown``-th time."""

    action: str
    countdown: int


def _parse(text: str) -> dict[str, _Armed]:
    """Read ``place[:count]=action[,…]``.

    Raises:
        UsageError: for any other text.
    """
    armed = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        place, _, action = part.partition("=")
        place, _, count = place.partition(":")
        known = action in SIGNALS or action in DISK_ERRORS or action in ("raise", "oom")
        if not place or not known or not (count or "1").isdecimal() or int(count or "1") < 1:
            raise UsageError(
                "a failpoint is written place[:count]=action",
                f"{VARIABLE}={text}",
                f"actions: {', '.join([*SIGNALS, *DISK_ERRORS, 'raise', 'oom'])}",
            )
        armed[place] = _Armed(action, int(count or "1"))
    return armed


_armed: dict[str, _Armed] = {}


def configure(text: str | None = None) -> None:
    """Arm the failpoints of ``text``, or of the environment variable, and disarm all others.

    Args:
        text: as in the environment variable; empty disarms all; None reads the variable.

    Raises:
        UsageError: if the text is malformed.
    """
    global _armed
    _armed = _parse(os.environ.get(VARIABLE, "") if text is None else text)


def failpoint(place: str) -> None:
    """Fail here if a test asked for it.

    Args:
        place: name of the place.

    Raises:
        OSError: for ``enospc``, ``eio`` and ``edquot``.
        RuntimeError: for ``oom``, with the text of PyTorch's CPU allocator.
        FailpointError: for ``raise``.
    """
    if not _armed or place not in _armed:
        return
    armed = _armed[place]
    armed.countdown -= 1
    if armed.countdown != 0:
        return
    if armed.action in SIGNALS:
        os.kill(os.getpid(), SIGNALS[armed.action])
    elif armed.action in DISK_ERRORS:
        number = DISK_ERRORS[armed.action]
        raise OSError(number, os.strerror(number))
    elif armed.action == "oom":
        raise RuntimeError(OUT_OF_MEMORY)
    else:
        raise FailpointError(f"failpoint {place}")


configure()
