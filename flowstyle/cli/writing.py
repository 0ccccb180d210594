"""How a result is to be written, from the options of the command line."""

from __future__ import annotations

from typing import Any

from flowstyle.cli.frame_rate import read_rate
from flowstyle.core.errors import UsageError
from flowstyle.media.sound_plan import sound_asked


def writing(result: dict[str, Any]) -> dict[str, Any]:
    """How the result is to be written, checked.

    Args:
        result: options by name.

    Returns:
        Arguments of :class:`flowstyle.render.result.Output`.

    Raises:
        UsageError: a value that cannot be.
    """
    on_corrupt = result["on_corrupt"] or "stop"
    if on_corrupt not in ("stop", "repeat"):
        what = f"damaged frames cannot be treated by {on_corrupt!r}"
        raise UsageError(what, "--on-corrupt", "stop or repeat")
    sound_asked(result["audio"])
    return {
        "rate": None if result["fps"] is None else read_rate(str(result["fps"])),
        "codec": result["codec"],
        "pixel_format": result["pix_fmt"],
        "quality": result["quality"],
        "audio": result["audio"],
        "stream": result["stream"],
        "on_corrupt": on_corrupt,
    }
