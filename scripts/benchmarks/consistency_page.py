"""What README.md and docs/measurements.md tell of the ablation: few columns, over all clips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from scripts.benchmarks.consistency_tables import Result, average, deep, over_base
from scripts.common.paths import ROOT
from scripts.common.results import described, number, table, write_measured

WORDS = {
    "noise": "frame by frame, from noise",
    "independent": "frame by frame, from the content (`independent`)",
    "previous": "start from the previous frame",
    "warped": "start from the warped frame",
    "temporal": "+ temporal term",
    "long-term": "+ long-term terms",
    "multipass": "`multipass`, at a tenth of its iterations",
    "default": "**`default`**",
}
"""The rows as a reader knows them."""
IN_README = ("independent", "warped", "temporal", "multipass", "default")

Rows = Sequence[tuple[str, Sequence[Result]]]
"""A row's words, and its results on all clips."""


def named(results: Sequence[Result], rows: Iterable[str]) -> Rows:
    """The rows that have results and words."""
    found = [(row, [one for one in results if one["row"] == row]) for row in rows if row in WORDS]
    return [(WORDS[row], mine) for row, mine in found if mine]


def each(mine: Sequence[Result], of: Callable[[Result], float | None]) -> str:
    """A figure of every clip."""
    return ", ".join(number(of(one)) for one in mine)


def times(results: Sequence[Result], mine: Sequence[Result], *keys: str) -> str:
    """Mean over the clips of a figure over ``independent``'s."""
    return number(average([over_base(results, one, *keys) for one in mine]))


def style_cell(results: Sequence[Result], mine: Sequence[Result]) -> str:
    """Style distance over ``independent``'s: the mean, and the worst clip."""
    found = [over_base(results, one, "style_mean") for one in mine]
    worst = max((value for value in found if value is not None), default=None)
    return f"{number(average(found))}, worst {number(worst)}"


def ten_thousands(result: Result) -> float | None:
    """Warp error ×10⁴."""
    value = deep(result, "warp_error", "value")
    return None if value is None else value * 1e4


def pages_table(results: Sequence[Result], rows: Iterable[str]) -> str:
    """All that docs/measurements.md tells."""
    shown = named(results, rows)
    clips = ", ".join(dict.fromkeys(one["clip"] for one in results))
    against = [
        [
            words,
            each(mine, ten_thousands),
            times(results, mine, "warp_error", "value"),
            times(results, mine, "sharpness", "value"),
            style_cell(results, mine),
            number(average([deep(one, "content") for one in mine])),
        ]
        for words, mine in shown
    ]
    head = ["row", f"E_warp ×10⁴: {clips}", "of frame by frame", "sharpness"]
    head += ["style distance, of frame by frame", "content distance"]
    own = [
        [
            words,
            each(mine, lambda one: deep(one, "warp_error", "ratio")),
            each(mine, lambda one: deep(one, "transport", "value")),
            each(mine, lambda one: deep(one, "long_warp_error", "ratio")),
            each(mine, lambda one: deep(one, "style_last_over_first")),
        ]
        for words, mine in shown
    ]
    gaps = ", ".join(dict.fromkeys(f"{one['clip']} {one['long_gap']}" for one in results))
    more = ["row", "E_warp over the source's", "over ideal transport"]
    more += [f"over the source's at a long gap ({gaps})", "style distance, last over first frame"]
    return f"{table(head, against)}\n\nThe same clips in the same order:\n\n{table(more, own)}"


def readme_table(results: Sequence[Result]) -> str:
    """The few columns that README.md has."""
    rows = [
        [
            words,
            times(results, mine, "warp_error", "value"),
            times(results, mine, "sharpness", "value"),
            times(results, mine, "style_mean"),
        ]
        for words, mine in named(results, IN_README)
    ]
    head = ["", "warp error, of frame by frame", "sharpness", "style distance"]
    return table(head, rows)


def write_pages(results: Sequence[Result], meta: Result, rows: Iterable[str]) -> None:
    """Write both pages' tables."""
    page, readme = ROOT / "docs" / "measurements.md", ROOT / "README.md"
    text = f"{pages_table(results, rows)}\n\n{described(meta)}"
    write_measured(page, text, "consistency")
    short = {key: meta[key] for key in ("date", "flowstyle", "method", "machine")}
    write_measured(readme, f"{readme_table(results)}\n\n{described(short)}", "consistency")
