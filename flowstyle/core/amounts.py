"""Rates and times as people write them, on a command line or in a file."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from flowstyle.core.errors import UsageError

SLOWEST, FASTEST = Fraction(1, 100), Fraction(1000)

_RATE = re.compile(r"\d{1,7}(\.\d{1,7})?(/\d{1,7}(\.\d{1,7})?)?", re.ASCII)
_NTSC = Fraction(1000, 1001)

_TIME = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?", re.ASCII)
_UNITS = (86400, 3600, 60, 1)


def read_rate(text: str | None) -> Fraction | None:
    """A frame rate as people write it.

    Numbers that television's rates are rounded to mean those: 29.97 is 30000/1001.

    Args:
        text: a number or a fraction; None stays None.

    Raises:
        UsageError: it is neither, or not between 0.01 and 1000.

    Example:
        >>> read_rate("30"), read_rate("23.976"), read_rate("12.5")
        (Fraction(30, 1), Fraction(24000, 1001), Fraction(25, 2))
    """
    if text is None:
        return None
    rate = _read(text.strip())
    if rate is None or not SLOWEST <= rate <= FASTEST:
        raise UsageError(
            f"{text!r} is not a number of frames a second",
            "--fps",
            f"give a number from {float(SLOWEST):g} to {float(FASTEST):g}, for instance 25, or a "
            "fraction such as 30000/1001",
        )
    return rate


def read_budget(text: str | None) -> float | None:
    """The time of ``--budget`` in seconds, see :func:`read_time`.

    Example:
        >>> read_budget("30m"), read_budget("1h30m"), read_budget("90s")
        (1800.0, 5400.0, 90.0)
    """
    return read_time(text, "--budget", "a render could end")


def read_tuning(text: str | None) -> float | None:
    """The time of ``--tune`` in seconds, see :func:`read_time`."""
    return read_time(text, "--tune", "a network could be tuned")


def read_time(text: str | None, option: str, use: str) -> float | None:
    """A time as people write it, in seconds.

    Args:
        text: whole days, hours, minutes and seconds with their letters; None stays None.
        option: that it was given for.
        use: what is to be done in it, for the message.

    Raises:
        UsageError: it is not such a time, or none at all.

    Example:
        >>> read_time("1h30m", "--budget", "a render could end")
        5400.0
    """
    if text is None:
        return None
    found = _TIME.fullmatch(text.strip().lower())
    parts = found.groups() if found else ()
    seconds = sum(
        unit * int(part) for unit, part in zip(_UNITS, parts, strict=False) if part is not None
    )
    if not seconds:
        raise UsageError(
            f"{text!r} is not a time in which {use}",
            option,
            "give a number with its unit, for instance 30m, 90s or 1h30m",
        )
    return float(seconds)


def _read(text: str) -> Fraction | None:
    """The value, None for what is none."""
    if not _RATE.fullmatch(text):
        return None
    above, _, below = text.partition("/")
    if below and not Fraction(below):
        return None
    rate = Fraction(above) / Fraction(below or 1)
    meant = math.ceil(rate) * _NTSC
    rounded = "." in text and rate.denominator > 1 and rate > 9
    return meant if rounded and abs(meant - rate) < Fraction(5, 1000) else rate
