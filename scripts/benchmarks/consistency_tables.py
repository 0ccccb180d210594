"""Tables of ``consistency.py``: one for each clip, the averages, and the project's aims."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from scripts.common.results import described, number, table, write_report

Result = dict[str, Any]
BASE = "independent"
DIAL = ("noise", "previous", "warped", "temporal")
"""Rows that must be ordered by warp error on clips that move, the least stable first."""
MOVING = ("sintel_alley_1", "marple8", "synthetic")


def deep(result: Result, *keys: str) -> float | None:
    """A value inside nested dictionaries; None where it was not measured."""
    found: Any = result
    for key in keys:
        if found is None:
            return None
        found = found.get(key)
    return None if found is None else float(found)


def over_base(results: Sequence[Result], result: Result, *keys: str) -> float | None:
    """A value over that of ``independent`` on the same clip in the same style."""
    same = ("clip", "style_picture")
    for other in results:
        if other["row"] == BASE and all(other[k] == result[k] for k in same):
            value, base = deep(result, *keys), deep(other, *keys)
            return None if value is None or not base else value / base
    return None


def largest_drift(result: Result) -> float:
    """Largest change of the mean colour against the source's own, 1/255."""
    return max(abs(change) for change in result["drift"]["rgb_change"])


def times(value: float | None, factor: float) -> float | None:
    """The product; None stays None."""
    return None if value is None else value * factor


Column = tuple[str, Callable[[Sequence[Result], Result], float | None]]

COLUMNS: tuple[Column, ...] = (
    ("E_warp ×10⁴", lambda _, r: times(deep(r, "warp_error", "value"), 1e4)),
    ("× source", lambda _, r: deep(r, "warp_error", "ratio")),
    ("× independent", lambda all_, r: over_base(all_, r, "warp_error", "value")),
    ("long gap × source", lambda _, r: deep(r, "long_warp_error", "ratio")),
    ("flicker × source", lambda _, r: deep(r, "flicker", "ratio")),
    ("static ×255", lambda _, r: times(deep(r, "static_flicker", "value"), 255)),
    ("tOF px", lambda _, r: deep(r, "motion_difference")),
    ("drift ×255", lambda _, r: largest_drift(r)),
    ("sharp × source", lambda _, r: deep(r, "sharpness", "ratio")),
    ("fine, flat ×255", lambda _, r: times(deep(r, "fine_flat", "value"), 255)),
    ("sharp × independent", lambda all_, r: over_base(all_, r, "sharpness", "value")),
    ("style", lambda _, r: deep(r, "style_mean")),
    ("style × independent", lambda all_, r: over_base(all_, r, "style_mean")),
    ("style last/first", lambda _, r: deep(r, "style_last_over_first")),
    ("border/middle", lambda _, r: deep(r, "worst_border")),
    ("border/middle × independent", lambda all_, r: over_base(all_, r, "worst_border")),
    ("content", lambda _, r: deep(r, "content")),
    ("s/frame", lambda _, r: deep(r, "seconds_per_frame") or None),
)


def average(values: Sequence[float | None]) -> float | None:
    """The mean of what was measured."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def clip_table(results: Sequence[Result], clip: str, style: str, rows: Sequence[str]) -> str:
    """One line for each row on one clip in one style."""
    body = []
    for row in rows:
        for result in results:
            if (result["clip"], result["style_picture"], result["row"]) == (clip, style, row):
                body.append([row, *(number(column(results, result)) for _, column in COLUMNS)])
    some = next(r for r in results if r["clip"] == clip)
    title = (
        f"### {clip}, {style}: {some['frames']} frames at {some['settings']['width']} px, "
        f"long gap {some['long_gap']}, judged by {some['judge']}"
    )
    return f"{title}\n\n" + table(["row", *(name for name, _ in COLUMNS)], body)


def averages(results: Sequence[Result], rows: Sequence[str]) -> str:
    """One line for each row over all clips and styles."""
    body = []
    for row in rows:
        mine = [result for result in results if result["row"] == row]
        if mine:
            means = (average([column(results, one) for one in mine]) for _, column in COLUMNS)
            body.append([f"{row} ({len(mine)})", *(number(mean) for mean in means)])
    return table(["row (renders)", *(name for name, _ in COLUMNS)], body)


def aims(results: Sequence[Result]) -> str:
    """What the preset ``default`` must reach, and what it reaches."""
    mine = [result for result in results if result["row"] == "default"]

    def mean(*keys: str) -> float | None:
        return average([deep(r, *keys) for r in mine])

    def against(*keys: str) -> list[float]:
        found = [over_base(results, r, *keys) for r in mine]
        return [value for value in found if value is not None]

    style, sharp = against("style_mean"), against("sharpness", "value")
    fading = [deep(r, "style_last_over_first") for r in mine]
    lines: list[tuple[str, float | None, float, bool]] = [
        ("E_warp over independent's, mean", average(against("warp_error", "value")), 0.13, True),
        ("E_warp over the source's, mean", mean("warp_error", "ratio"), 3, True),
        ("E_warp at the long gap over the source's, mean", mean("long_warp_error", "ratio"), 5,
         True),
        ("style over independent's, mean", average(style), 1.12, True),
        ("style over independent's, worst", max(style, default=None), 1.25, True),
        ("style of the last frame over the first's, worst",
         max((f for f in fading if f is not None), default=None), 1.15, True),
        ("sharpness over independent's, least", min(sharp, default=None), 0.8, False),
    ]  # fmt: skip
    for clip, label, figure, bound in (
        ("synthetic", "difference ×255 where nothing moves",
         lambda r: times(deep(r, "static_flicker", "value"), 255), 0.5),
        ("carphone", "drift of mean colour ×255", largest_drift, 2.0),
        ("pan", "style of the worst border over the middle's",
         lambda r: deep(r, "worst_border"), 1.2),
    ):  # fmt: skip
        found = [figure(r) for r in mine if r["clip"] == clip]
        value = max((f for f in found if f is not None), default=None)
        lines.append((f"{label}, {clip}", value, bound, True))
    body = []
    for label, value, bound, at_most in lines:
        if value is not None:
            reached = value <= bound if at_most else value >= bound
            sign = "≤" if at_most else "≥"
            body.append([label, number(value), f"{sign} {bound:g}", "yes" if reached else "no"])
    return table(["preset default", "value", "aim", "reached"], body)


def ordering(results: Sequence[Result]) -> str:
    """Whether E_warp falls from row to row on the clips that move."""
    body = []
    for clip in MOVING:
        for style in dict.fromkeys(r["style_picture"] for r in results):
            errors = [
                deep(r, "warp_error", "value")
                for row in DIAL
                for r in results
                if (r["clip"], r["style_picture"], r["row"]) == (clip, style, row)
            ]
            known = [error for error in errors if error is not None]
            if len(known) == len(DIAL):
                falls = all(a > b for a, b in pairwise(known))
                figures = " > ".join(number(error * 1e4) for error in known)
                body.append([clip, style, figures, "yes" if falls else "no"])
    return table(["clip", "style", "E_warp ×10⁴: " + " > ".join(DIAL), "in order"], body)


def write_tables(folder: Path, results: Sequence[Result], meta: Result, rows: Sequence[str]) -> str:
    """Write ``results.json`` and ``results.md``.

    Args:
        folder: where.
        results: of all rows measured so far.
        meta: versions and options.
        rows: order of the rows.

    Returns:
        The Markdown text.
    """
    pairs = dict.fromkeys((r["clip"], r["style_picture"]) for r in results)
    parts = [
        "# Consistency",
        described(meta),
        *(clip_table(results, clip, style, rows) for clip, style in pairs),
        "### Average over clips and styles",
        averages(results, rows),
        "### Ordering on the clips that move",
        ordering(results),
    ]
    if any(result["row"] == "default" for result in results):
        parts += ["### Aims", aims(results)]
    return write_report(folder, meta, list(results), "\n\n".join(parts) + "\n")
