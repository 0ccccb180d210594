"""Child processes that can be killed, at the price of a fork: the imports are made once.

A fork server (a fresh process with one thread) imports the heavy libraries, see ``preload.py``;
every child is forked from it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import flowstyle
from scripts.common.paths import ROOT

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["scripts.stress.preload"])

PATIENCE = 240.0
"""Seconds; the machine may be busy."""


def start(target: Callable[..., Any], *args: object, log: Path) -> ForkServerProcess:
    """Start a child whose output goes to a file and whose signals are as in a fresh shell.

    Args:
        target: a function of a module; what it returns is the exit status.
        args: its arguments.
        log: receives stdout and stderr.
    """
    _start_server()
    child = CONTEXT.Process(target=_enter, args=(target, args, str(log)), daemon=True)
    child.start()
    return child


def finish(child: ForkServerProcess) -> int:
    """Wait for the end.

    Returns:
        The exit status; minus the signal's number where a signal ended it.
    """
    child.join(PATIENCE)
    if child.exitcode is None:
        child.kill()
        raise AssertionError(f"the child did not end within {PATIENCE} s")
    return child.exitcode


def run(target: Callable[..., Any], *args: object, log: Path) -> int:
    """Start a child and wait for its end; see :func:`start` and :func:`finish`."""
    return finish(start(target, *args, log=log))


def wait_for(ready: Callable[[], bool], child: ForkServerProcess | None = None) -> None:
    """Wait until something is true, while the child lives."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if child is not None and child.exitcode is not None:
            raise AssertionError(f"the child ended early, with {child.exitcode}")
        if time.monotonic() > end:
            raise AssertionError(f"not ready within {PATIENCE} s")
        time.sleep(0.005)


def obey_permissions() -> None:
    """Give up the superuser's right to write everywhere (Linux capabilities 1 and 2), if held."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    for number in (0, 1, 2):  # effective, permitted, inheritable
        sets[number] &= ~0b110
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _start_server() -> None:
    """Start the fork server, unless it runs, so that it finds this checkout from any folder.

    Children are given ``sys.path``; what the server itself imports is looked for in the current
    folder and in ``PYTHONPATH`` only (Python 3.11).
    """
    flowstyle.set_up()  # torch reads the environment when the server imports it
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{before}" if before else str(ROOT)
    try:
        forkserver.ensure_running()
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before


def _enter(target: Callable[..., Any], args: tuple[Any, ...], log: str) -> None:
    """In the child: send output to the log, reset the signals, run."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    # Daemons, as which these are ended with the tests, are not allowed workers of their own.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    import torch  # there already: the server has it

    # Its pool of threads is made anew after a fork, which two threads must not do at once.
    torch.set_num_threads(1)
    sys.exit(target(*args))
