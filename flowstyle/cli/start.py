"""Where the ``flowstyle`` command begins: Ctrl-C is understood while the program still loads."""

from __future__ import annotations

import signal
import sys

from flowstyle.core.process import set_up


def main() -> None:
    """Load the command line and run it."""
    set_up()  # before torch, which reads what this sets
    try:
        from flowstyle.cli.main import main as run
    except KeyboardInterrupt:
        print("stopped while loading; nothing was done", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    run()
