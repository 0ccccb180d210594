"""The figures as a person reads them: a verdict first, then what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flowstyle.metrics.summary import (
    FAIR,
    STABLE,
    ClipFigures,
    Line,
    Paired,
    change_where_nothing_moves,
    lines,
    stability_of,
)
from flowstyle.metrics.verdicts import times_own

GOOD = {
    "stable",
    "calm",
    "still",
    "follows",
    "sharp",
    "even",
    "true",
    "strong",
    "lasting",
    "recognisable",
}
"""Verdicts of :func:`flowstyle.metrics.summary.lines` that need no second look."""


@dataclass(frozen=True)
class Card:
    """One question, its answer in a word or two, and why.

    ``good`` is None where there is no verdict, only a figure.
    """

    question: str
    verdict: str
    good: bool | None
    figure: str
    why: str


def cards_of(figures: ClipFigures) -> list[Card]:
    """The answers to what people ask first."""
    table = {line.metric: line for line in lines(figures)}
    found = [
        _stability(table, figures),
        _long(figures),
        _card(
            table,
            "flicker ×255, static pixels",
            "Where nothing moves",
            "{value} of 255 a frame, the source's own {source}",
            "How much the paint changes from frame to frame where the source stands still. "
            "Up to 0.5 is not seen.",
        ),
        _card(
            table,
            "drift of mean colour ×255 (R, G, B)",
            "Colour drift",
            "{value} of 255",
            "Mean red, green and blue: the end less the start, the source's own change taken off. "
            "Up to 2 is not seen.",
        ),
        _card(
            table,
            "style distance",
            "Style",
            "distance {value}",
            "0 is the style picture itself; up to 0.2 it is plainly there.",
        ),
        _card(
            table,
            "content distance",
            "Content",
            "distance {value}",
            "0 is the source itself; up to 1 what it shows is easily known again.",
        ),
    ]
    return [card for card in found if card is not None]


def _stability(table: Mapping[str, Line], figures: ClipFigures) -> Card | None:
    if figures.warp_error is None:
        return None
    ideal, held = table.get("warp error / ideal transport"), change_where_nothing_moves(figures)
    verdict = stability_of(figures)
    why = "How much the paint changes that should move along with the picture."
    figure = _times_own(figures.warp_error)
    if ideal:
        why += f" Up to {STABLE:g} people see no flicker. It is {figure}."
        figure = f"{ideal.value} × ideal motion"
    elif held:
        why += f" Nothing moves here: it changes by {255 * held.value:.1f} of 255 a frame."
    if verdict == FAIR:
        why += " Some may be seen here, but the paint changes no more than the source itself does."
    good = verdict in GOOD if verdict else None
    return Card("Stability", verdict, good, figure, why)


def _long(figures: ClipFigures) -> Card | None:
    if figures.long_warp_error is None:
        return None
    frames = f"over {figures.long_gap} frames"
    why = "Whether paint stays on its thing for longer, and comes back where it was covered."
    return Card(f"Stability {frames}", "", None, _times_own(figures.long_warp_error), why)


def _times_own(paired: Paired) -> str:
    """``0.45 × the source's own``."""
    if paired.ratio is None:
        return f"{paired.value * 1e4:.3g} ×10⁻⁴, {times_own(paired)}"
    return times_own(paired)


def _card(
    table: Mapping[str, Line], metric: str, question: str, figure: str, why: str
) -> Card | None:
    line = table.get(metric)
    if line is None:
        return None
    good = line.meaning in GOOD if line.meaning else None
    return Card(
        question, line.meaning, good, figure.format(value=line.value, source=line.source), why
    )
