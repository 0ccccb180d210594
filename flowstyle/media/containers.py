"""How each kind of file is written: FFmpeg's name of it, and the options that it needs."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

MUXERS = {
    ".mp4": "mp4",
    ".m4v": "ipod",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".nut": "nut",
}
"""FFmpeg's muxer for each suffix that :mod:`flowstyle.media.clip_writer` writes."""

ISO = (".mp4", ".mov", ".m4v")
"""The family of MP4: edit lists, which may hide what comes before time 0."""

MATROSKA = (".mkv", ".webm")
"""The family of Matroska: times of whole milliseconds, also negative ones."""


def muxer_options(path: Path, clock: int | None = None) -> dict[str, str]:
    """The options of the muxer that a name asks for.

    Args:
        path: the output; its suffix counts.
        clock: ticks a second of an MP4's edit lists, None for its usual one.
    """
    suffix = path.suffix.lower()
    options = {"fflags": "+bitexact"}
    if suffix in ISO:
        options["movflags"] = "+faststart"
        if clock is not None:
            options["movie_timescale"] = str(clock)
    if suffix in MATROSKA:
        # Sound begins before the picture where an encoder was primed. The muxer would shift all
        # streams until nothing is negative, and the picture with them.
        options["avoid_negative_ts"] = "disabled"
        # No subtitles are shown unasked because they are the only ones.
        options["default_mode"] = "infer_no_subs"
    return options


def movie_clock(time_base: Fraction) -> int:
    """Ticks a second that have the picture's and the sound's among them.

    Args:
        time_base: of the picture, seconds.
    """
    clock = math.lcm(time_base.denominator, 48000, 44100)
    return clock if clock < 2**31 else time_base.denominator


def trial_options(suffix: str) -> dict[str, str]:
    """The same for a small file in memory, which cannot be opened a second time.

    Args:
        suffix: a key of :data:`MUXERS`.
    """
    options = muxer_options(Path("trial" + suffix))
    options.pop("movflags", None)  # moving the index to the front opens the file again
    return options
