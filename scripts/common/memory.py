"""The most memory that a process has held."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory() -> int:
    """The most that the process has held in memory so far, bytes.

    Linux' own file is read where it is there: the figure of ``getrusage`` begins with that of the
    parent process.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
