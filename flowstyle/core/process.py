"""Setting the process up for long work on pictures: one explicit call, before torch is imported."""

from __future__ import annotations

import os
import time

from flowstyle.core.allocator import keep_freed_memory

REPRODUCIBLE = {
    # A resumed render promises the bytes of an uninterrupted one. MKL, torch's matrix library on
    # the CPU, sums in an order that differs from call to call unless it is told otherwise before
    # its first use (oneMKL developer guide, "Conditional Numerical Reproducibility"); this costs
    # no speed.
    "MKL_CBWR": "AUTO",
    # The same promise on a GPU (cuBLAS library guide, "Results reproducibility").
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


def set_up() -> None:
    """Set this process up; the command line does so, programs that use the library may.

    Environment variables that are set already stay as they are. Call it before torch is imported:
    its libraries read these variables once. Without it renders are as good, but resumed ones may
    differ in the last bits, and a CPU is slower by up to a third.

    Example:
        >>> set_up()
        >>> os.environ["MKL_CBWR"]
        'AUTO'
    """
    for name, value in REPRODUCIBLE.items():
        os.environ.setdefault(name, value)
    # torch's threads wait for each other by spinning. Where another program uses one of the cores,
    # they spin while they should give way: an iteration then took 1.6 s instead of 0.15 s (two
    # cores, one of them busy). Waiting asleep after a short spin costs 5 % of the speed of an idle
    # machine.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    keep_freed_memory()


def is_reproducible() -> bool:
    """Whether the libraries were told to sum in one order, see :func:`set_up`."""
    return all(name in os.environ for name in REPRODUCIBLE)


def seconds_since_start() -> float:
    """How long this process has been running, the loading of its libraries included."""
    import psutil  # after set_up, as all that may load further libraries

    return time.time() - float(psutil.Process().create_time())
