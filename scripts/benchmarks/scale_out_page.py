"""What docs/scale-out.md tells of what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from scripts.benchmarks.scale_out_seams import seams_text
from scripts.benchmarks.scale_out_speed import foretold
from scripts.common.results import described, table

WAYS = {
    "one": "one process of one thread",
    "one core": "the same, with a single core",
    "two": "`--workers 2`",
    "ray": "Ray, two nodes of one CPU",
}
Found = list[dict[str, Any]]


def page_text(results: Mapping[str, Mapping[str, Any]]) -> str:
    """All tables of what is there.

    Args:
        results: metadata and results by what was measured.
    """
    parts = []
    for name, text in TEXTS.items():
        if name in results:
            one = results[name]
            parts.append(f"{text(one['results'])}\n\n*{described(one['meta'])}*")
    kills = {name: one for name, one in results.items() if name.startswith("kills-")}
    if kills:
        metas = [one["meta"] for one in kills.values()]
        parts.append(f"{_kills(kills)}\n\n*{described(metas[0])}*")
    return "\n\n".join(parts) + "\n"


def _rounds(found: Found, clip: str, part: int, how: str) -> dict[int, dict[str, Any]]:
    """A way's renders by their rounds."""
    way = (clip, part, how)
    return {one["round"]: one for one in found if (one["clip"], one["part"], one["how"]) == way}


def speed_text(found: Found) -> str:
    """A line for each way of each clip: times, and how much sooner it was than the whole clip."""
    ways = list(dict.fromkeys((one["clip"], one["part"], one["how"]) for one in found))
    rows = []
    for clip, part, how in ways:
        own = _rounds(found, clip, part, how)
        same = _rounds(found, clip, part, "one")
        whole = _rounds(found, clip, 0, "one")
        single = _rounds(found, clip, 0, "one core")
        workers = 2 if how in ("two", "ray") else 1
        model = [
            foretold(whole[number], 0, 1) / foretold(same[number], part, workers)
            for number in own.keys() & same.keys() & whole.keys()
        ]
        digests = {one["digest"] for one in (*own.values(), *same.values())}
        plain = part == 0 and how == "one"
        rows.append(
            [
                clip,
                str(part or "–"),
                WAYS[how],
                f"{median(one['wall'] for one in own.values()):.0f} s",
                f"{median(one['processor'] for one in own.values()):.0f} s",
                "" if plain else _sooner(own, whole),
                "" if part == 0 and how == "one core" else _sooner(own, single),
                f"{median(model):.2f}" if workers > 1 and model else "",
                "yes" if len(digests) == 1 else "NO",
            ]
        )
    head = ["shots × frames", "part", "painted by", "wall", "processor"]
    head += ["sooner than whole by one process", "by a single core", "by the model", "same bytes"]
    loads = sorted(load for one in found for load in one["load"])
    rounds = len({one["round"] for one in found})
    lines = [table(head, rows), ""]
    lines.append(
        f"Medians of up to {rounds} rounds in alternation; ranges where there are several. Load of "
        f"the machine (programs that want a core, these renders included): {loads[0]:.1f} to "
        f"{loads[-1]:.1f}, median {median(loads):.1f}. ``processor`` leaves out what Ray's own "
        "processes use."
    )
    return "\n".join(lines)


def _sooner(own: Mapping[int, Any], other: Mapping[int, Any]) -> str:
    """Median of the ratios of rounds, and the range; nothing where there is none."""
    ratios = sorted(
        other[number]["wall"] / own[number]["wall"] for number in own if number in other
    )
    if not ratios:
        return ""
    if len(ratios) == 1:
        return f"{ratios[0]:.2f}"
    return f"{median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})"


def memory_text(found: Found) -> str:
    """Bytes held by the process that takes over the frames."""
    rows = [[str(one["frames"]), f"{one['bytes'] / 1e6:.0f} MB"] for one in found[::3] + found[-1:]]
    rows = [row for number, row in enumerate(rows) if row not in rows[:number]]
    return table(["frames taken over", "held by the process that was started"], rows)


def _kills(results: Mapping[str, Mapping[str, Any]]) -> str:
    """What came of processes that were killed at random times."""
    rows = []
    for name, one in results.items():
        found = one["results"]
        killed = ", ".join(f"{count} × {part}" for part, count in sorted(found["kills"].items()))
        rows.append(
            [
                name.removeprefix("kills-"),
                killed,
                str(found["finished"]),
                str(found["most"]),
                "; ".join(found["wrong"]) or "nothing: all have the bytes of one process",
            ]
        )
    head = ["executor", "killed", "renders finished", "a frame painted at most", "wrong"]
    return table(head, rows)


TEXTS: dict[str, Callable[[Found], str]] = {
    "speed": speed_text,
    "seams": seams_text,
    "memory": memory_text,
}
