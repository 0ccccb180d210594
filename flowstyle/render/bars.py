"""Whether a clip's black bars are left as they are, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowstyle.core.events import Decision, Report
from flowstyle.core.types import ClipInfo
from flowstyle.flow.registry import is_folder
from flowstyle.media.bars import find_bars, without_bars
from flowstyle.media.cropping import Crop
from flowstyle.settings import Settings

_NOTHING: Mapping[str, Any] = {}


def kept_bars(
    info: ClipInfo, settings: Settings, report: Report, begun: Mapping[str, Any] = _NOTHING
) -> ClipInfo:
    """The clip without the bars that are not painted.

    Flow from files has the size of whole frames, and transparent frames have no bars.

    Args:
        info: the clip.
        settings: the render's.
        report: told the decision.
        begun: fingerprint of the work that is gone on with, if any: it keeps its bars. How much of
            a file without an index is looked at depends on how fast it can be read.

    Raises:
        VideoError: the clip cannot be read.
    """
    if settings.paint_bars or info.has_alpha or is_folder(settings.flow):
        return info
    bars = _begun_with(begun, info, settings)
    if bars is None:
        bars = find_bars(info, settings.start_frame, settings.frames)
    if not any(bars):
        return info
    report(Decision("bars", f"{in_words(bars)}: kept as they are; --paint-bars paints them too"))
    return without_bars(info, bars)


def _begun_with(begun: Mapping[str, Any], info: ClipInfo, settings: Settings) -> Crop | None:
    """The bars of earlier work on the same piece; None where there is none that can be read."""
    try:
        clip, earlier = begun["clip"], begun["settings"]
        piece = earlier["start_frame"], earlier["frames"], earlier["paint_bars"]
        left, right, above, below = map(int, clip["bars"])
        count = int(clip["bytes"])
    except (KeyError, TypeError, ValueError):
        return None
    files = info.pictures or (info.path,)
    same = count == sum(path.stat().st_size for path in files)
    same &= piece == (settings.start_frame, settings.frames, settings.paint_bars)
    fits = min(left, right, above, below) >= 0
    fits &= left + right < info.width and above + below < info.height
    return (left, right, above, below) if same and fits else None


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
