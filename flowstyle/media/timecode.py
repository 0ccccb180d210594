"""Time codes: the hour, minute, second and frame at which a recording began."""

from __future__ import annotations

import re
from fractions import Fraction

_PATTERN = re.compile(r"(\d{2}):(\d{2}):(\d{2})([:;.])(\d{2,3})")


def advanced(timecode: str, frames: int, rate: Fraction) -> str:
    """The time code of a later frame.

    Args:
        timecode: ``HH:MM:SS:FF``, with ``;`` or ``.`` before the frames where numbers are dropped.
        frames: how much later.
        rate: frames a second.

    Returns:
        The same form; ``timecode`` itself where it has another one.

    Example:
        >>> advanced("01:02:03:04", 30, Fraction(25))
        '01:02:04:09'
        >>> advanced("00:00:59;28", 2, Fraction(30000, 1001))
        '00:01:00;02'
    """
    found = _PATTERN.fullmatch(timecode)
    nominal = round(rate)
    if found is None or not frames or nominal < 1:
        return timecode
    hours, minutes, seconds, separator, count = found.groups()
    # At 29.97 a second the first two numbers of each minute but the tenth are dropped.
    dropped = nominal // 15 if separator in ";." else 0
    total = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    passed = total // 60
    number = total * nominal + int(count) - dropped * (passed - passed // 10) + frames
    number = _with_dropped(number, nominal, dropped) % (24 * 3600 * nominal)
    total, count_now = divmod(number, nominal)
    width = len(count)
    return (
        f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}{separator}{count_now:0{width}}"
    )


def _with_dropped(number: int, nominal: int, dropped: int) -> int:
    """A frame's number with those that are dropped counted too."""
    if not dropped:
        return number
    minute = 60 * nominal - dropped
    ten = 10 * minute + dropped
    tens, rest = divmod(number, ten)
    passed = max(0, (rest - dropped) // minute) if rest >= 60 * nominal else 0
    return number + dropped * (9 * tens + passed)
