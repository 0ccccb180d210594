"""From a budget of time to settings: fewer iterations first, then a smaller picture.

The choice is made once, before the work, from what was measured; nothing that a run does later
depends on how fast it is. What was chosen are ordinary settings, and so stands in the work folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flowstyle.core.errors import UsageError
from flowstyle.render.estimate import readable_time
from flowstyle.storage.archive import SETTINGS

FLOOR = 0.4
"""Least effort: below it the first frame's brushwork is not there yet."""
EFFORTS = tuple(round(1 - 0.05 * k, 2) for k in range(13))
"""From all iterations to the least, in steps of which each takes some hundredths of the time."""
SHRINK = 0.96
"""Of a width to the next smaller one: a twelfth of the pixels less."""
LEAST_WIDTH = 192
"""Pixels: smaller than this nobody wants to look at."""
AIM = 0.92
"""Of the budget: what is predicted for the choice is at most this. In a piece of six frames little
comes into view, and so its frames are quicker than those of the clip."""


@dataclass(frozen=True)
class Rung:
    """One choice of what a frame gets."""

    width: int
    effort: float


def rungs(
    width: int, *, effort: float | None = None, fixed_width: bool = False, least: int = LEAST_WIDTH
) -> Iterator[Rung]:
    """The choices, the dearest first.

    Args:
        width: of the render without a budget.
        effort: where the user said which; None leaves it free.
        fixed_width: the user said the width.
        least: width at which frames are still large enough, if more than :data:`LEAST_WIDTH`.

    Yields:
        All efforts at the full width, then smaller widths at the least effort.
    """
    efforts = EFFORTS if effort is None else (effort,)
    for one in efforts:
        yield Rung(width, one)
    if fixed_width:
        return
    smaller = 2 * round(width * SHRINK / 2)
    while smaller >= max(least, LEAST_WIDTH):
        yield Rung(smaller, efforts[-1])
        smaller = min(smaller - 2, 2 * round(smaller * SHRINK / 2))


def choose(
    ladder: Iterator[Rung], seconds: Callable[[Rung], float], left: float, budget: float
) -> Rung:
    """The dearest choice that ends in time.

    Args:
        ladder: choices, the dearest first; not empty.
        seconds: predicted for a choice.
        left: seconds of the budget that are left for painting.
        budget: as it was given, in seconds.

    Raises:
        UsageError: even the last one would take longer; says what it would take.
    """
    last, least = Rung(0, 0.0), 0.0
    for rung in ladder:
        last, least = rung, seconds(rung)
        if least <= AIM * left:
            return rung
    raise UsageError(
        f"a budget of {readable_time(budget)} does not suffice: {readable_time(max(0.0, left))} of "
        f"it are left for painting, and the least that was allowed, width {last.width} at effort "
        f"{last.effort:g}, takes about {readable_time(least / AIM)}",
        "--budget",
        f"give --budget {_as_option(least / AIM + budget - left)} or more, paint fewer --frames, "
        "or leave --width and --effort free",
    )


def _as_option(seconds: float) -> str:
    """A time as ``--budget`` takes it, rounded up with something for the measuring."""
    minutes = seconds / 60
    return f"{int(minutes * 1.1) + 1}m"


def begun(folder: Path) -> Rung | None:
    """What a work folder was begun with, so that going on takes the same; None where nothing is.

    Args:
        folder: a work folder, which need not exist.
    """
    try:
        settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))["settings"]
        return Rung(int(settings["width"] or 0), float(settings["effort"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # whoever opens the folder says what is wrong with it
