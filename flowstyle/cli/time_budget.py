"""``--budget`` and ``--tune``: in what time a render is to end, how long a network is tuned."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from flowstyle.cli.options import RESULT
from flowstyle.core.errors import UsageError

_TIME = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?", re.ASCII)
_UNITS = (86400, 3600, 60, 1)

Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        help="End in so long (30m, 1h30m): effort, then width are chosen.",
        rich_help_panel=RESULT,
    ),
]
Tune = Annotated[
    str | None,
    typer.Option(
        "--tune",
        help="Fit a trained network to the clip first, for so long (5m).",
        rich_help_panel=RESULT,
    ),
]


def read_budget(text: str | None) -> float | None:
    """The time of ``--budget`` in seconds, see :func:`read_time`."""
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
        >>> [read_time(text, "--budget", "") for text in ("30m", "1h30m", "90s")]
        [1800.0, 5400.0, 90.0]
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
