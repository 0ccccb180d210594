"""FFmpeg's own description of a file: it tells of a stream what PyAV does not hand on."""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer

_STREAM = re.compile(r"^ *Stream #0:(\d+)")
_lock = Lock()


def described(container: InputContainer, index: int) -> Iterator[str]:
    """What FFmpeg says of a stream.

    Args:
        container: an open clip.
        index: of the stream.

    Yields:
        Lines, from the one after the stream's first.
    """
    at = -1
    for line in _description(container).splitlines():
        if stream := _STREAM.match(line):
            at = int(stream[1])
        elif at == index:
            yield line


def _description(container: InputContainer) -> str:
    """All of it, which comes by way of FFmpeg's log."""
    from flowstyle.media.pyav import av

    with _lock:
        av.logging.set_level(av.logging.INFO)
        try:
            return str(cast("Any", container).dumps_format())  # PyAV's stubs lack it
        finally:
            av.logging.set_level(None)
