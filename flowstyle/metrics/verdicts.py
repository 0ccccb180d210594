"""What the figures of a clip mean, in one screen: a word for each quality, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowstyle.metrics.summary import (
    BORDERS,
    COLOUR,
    CONTENT,
    FLICKER,
    LASTING,
    SHARPNESS,
    STABLE,
    STILL,
    STYLE,
    TRANSPORT,
    ClipFigures,
    Paired,
    change_where_nothing_moves,
    stability_of,
    word,
)


@dataclass(frozen=True)
class Quality:
    """One quality of a clip: its name, the verdict in a word, and the figures behind it."""

    name: str
    verdict: str
    why: str


def times_own(paired: Paired) -> str:
    """How much that is of the source's own amount.

    Example:
        >>> times_own(Paired(0.9, 2.0)), times_own(Paired(0.9, 2e-8))
        ("0.45 × the source's own", 'the source has next to none of its own')
    """
    if paired.ratio is None:
        return "the source has next to none of its own"
    return f"{paired.ratio:.2f} × the source's own"


def verdicts(figures: ClipFigures) -> list[Quality]:
    """The qualities that were measurable; stability never stands alone.

    A clip that is blurred or hardly painted would be perfectly stable, so sharpness and style
    stand below it.
    """
    found = (_stability(figures), _flicker(figures), *_style(figures), _content(figures))
    return [one for one in (*found, _sharpness(figures), _colour(figures)) if one is not None]


def _stability(figures: ClipFigures) -> Quality | None:
    ideal, own, held = figures.transport, figures.warp_error, change_where_nothing_moves(figures)
    verdict = stability_of(figures)
    if not verdict:
        return (
            Quality("stability", "unknown", _left_out(figures.unlike)) if figures.unlike else None
        )
    if ideal is None:
        amount = 255 * held.value if held else 0.0
        # What moves without a neighbour that it could be told from, as a plain square does, leaves
        # no transport either: then only what stands still is spoken of.
        still = figures.static_flicker is not None
        where = "where nothing moves" if still else "nothing moves in the source, and"
        why = f"{where} the paint changes by {amount:.1f} of 255 a frame"
        return Quality("stability", verdict, why)
    why = f"{ideal.value:.1f} × the warp error of ideal transport (stable up to {STABLE:g})"
    if own is not None:
        why += f", {times_own(own)}"
    if figures.unlike:
        why += f"; {_left_out(figures.unlike)}"
    return Quality("stability", verdict, why)


def _left_out(unlike: int) -> str:
    """Why frames have no warp error: a reader of a flash would take its figure for the clip's."""
    frames = "1 frame is" if unlike == 1 else f"{unlike} frames are"
    return f"{frames} left out, too unlike the one before to be compared (a flash, a cut not found)"


def _flicker(figures: ClipFigures) -> Quality | None:
    change = figures.flicker
    if change is None or change.value == change.source == 0:
        return None
    ratio = change.ratio
    if ratio is None:
        verdict = FLICKER[1] if change.value <= STILL else FLICKER[2]
        why = f"{255 * change.value:.1f} of 255 a frame; the source changes by next to nothing"
    else:
        verdict = word(ratio, FLICKER)
        why = f"{ratio:.2f} × the source's own change from frame to frame"
    if verdict != FLICKER[1] and stability_of(figures) == TRANSPORT[1]:
        why += ", as sharp paint that moves along has"
    still = figures.static_flicker
    if still is not None:
        held = "holds" if still.value <= STILL else "moves"
        why += f"; what stands still {held}, by {still.value * 255:.1f} of 255"
        why += f" (the source by {still.source * 255:.1f})"
    return Quality("flicker", verdict, why)


def _style(figures: ClipFigures) -> Iterator[Quality]:
    mean, ratio = figures.style_mean, figures.style_last_over_first
    if mean is None:
        return
    why = f"{mean:.2f} away from the picture's brushwork and colours"
    if figures.course == LASTING[2]:
        why += f"; fading, the last frame is {ratio:.2f} × as far away as the first"
    borders = figures.borders
    if borders is not None and word(borders.worst, BORDERS) == "uneven":
        why += f"; a border is {borders.worst:.1f} × as far away as the middle"
    yield Quality("style", word(mean, STYLE), why)


def _content(figures: ClipFigures) -> Quality | None:
    if figures.content is None:
        return None
    why = f"{figures.content:.2f} away from what the source shows"
    return Quality("content", word(figures.content, CONTENT), why)


def _sharpness(figures: ClipFigures) -> Quality | None:
    ratio = figures.sharpness.ratio
    if ratio is None:
        return None
    return Quality("sharpness", word(ratio, SHARPNESS), f"{ratio:.2f} × the source's own")


def _colour(figures: ClipFigures) -> Quality:
    worst = max(figures.drift.rgb_change, key=abs)
    why = f"the mean colour changes by {abs(worst):.1f} of 255 more than the source's"
    return Quality("colour", word(abs(worst), COLOUR), why)
