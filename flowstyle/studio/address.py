"""Where the studio listens, and the names of its own machine."""

from __future__ import annotations

ADDRESS, PORT = "127.0.0.1", 8765
LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names by which the studio is reached from its own machine."""


def host_of(header: str) -> str:
    """The name in a Host header, without the port.

    Example:
        >>> host_of("localhost:8765"), host_of("[::1]:8765")
        ('localhost', '::1')
    """
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.partition(":")[0]
