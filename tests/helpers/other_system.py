"""The command line on a pretended other system, where modules and names of Unix are missing.

    python -m tests.helpers.other_system run CLIP STYLE ...

psutil is loaded before, since the one that is installed here is built for this system and imports
``resource`` itself; every other library has to do without, as it does on Windows. It changes the
whole process, so it is run in one of its own.
"""

from __future__ import annotations

import os
import sys

UNIX_MODULES = (
    "fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline", "curses",
    "crypt", "spwd", "nis",
)  # fmt: skip
"""Modules of the standard library that exist on Unix alone."""

HIDDEN_NAMES = (
    "O_DIRECTORY", "O_NOFOLLOW", "pread", "pwrite", "sysconf", "geteuid", "getuid", "getpgid",
    "getloadavg", "sched_getaffinity", "fdatasync", "mkfifo", "killpg", "setsid",
)  # fmt: skip
"""Of ``os``: hidden once the libraries are there, which look for them while they load."""


def pretend() -> None:
    """Hide what Windows does not have."""
    import psutil  # noqa: F401

    for name in UNIX_MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    import cv2  # noqa: F401
    import filelock  # noqa: F401
    import platformdirs  # noqa: F401
    import torch  # noqa: F401

    for name in HIDDEN_NAMES:
        if hasattr(os, name):
            delattr(os, name)


if __name__ == "__main__":
    pretend()
    from flowstyle.cli.main import main

    main()
