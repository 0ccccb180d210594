"""Whether a clip's black bars are left as they are, and what is said of it."""

from __future__ import annotations

from flowstyle.core.events import Decision, Report
from flowstyle.core.types import ClipInfo
from flowstyle.flow.registry import is_folder
from flowstyle.media.bars import find_bars, without_bars
from flowstyle.settings import Settings


def kept_bars(info: ClipInfo, settings: Settings, report: Report) -> ClipInfo:
    """The clip without the bars that are not painted.

    Flow from files has the size of whole frames, and transparent frames have no bars.

    Args:
        info: the clip.
        settings: the render's.
        report: told the decision.

    Raises:
        VideoError: the clip cannot be read.
    """
    if settings.paint_bars or info.has_alpha or is_folder(settings.flow):
        return info
    bars = find_bars(info, settings.start_frame, settings.frames)
    if not any(bars):
        return info
    report(Decision("bars", f"{in_words(bars)}: kept as they are; --paint-bars paints them too"))
    return without_bars(info, bars)


def in_words(bars: tuple[int, int, int, int]) -> str:
    """How wide the bars are.

    Example:
        >>> in_words((0, 0, 132, 134))
        'black, of 132 and 134 pixels above and below'
        >>> in_words((16, 16, 0, 0))
        'black, of 16 pixels left and right'
    """
    sides = []
    for one, other, where in ((*bars[2:], "above and below"), (*bars[:2], "left and right")):
        if one or other:
            wide = f"{one}" if one == other else f"{one} and {other}"
            sides.append(f"of {wide} pixels {where}")
    return f"black, {', '.join(sides)}"
