"""The figures that the ablation's tables derive, by hand values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.benchmarks import consistency_page as pages
from scripts.benchmarks import consistency_tables as tables
from scripts.common.results import write_measured


def result(row: str, error: float, *, clip: str = "marple8", style: float = 0.1) -> dict[str, Any]:
    return {
        "row": row, "clip": clip, "style_picture": "candy", "frames": 5, "long_gap": 2,
        "judge": "tvl1", "settings": {"width": 100}, "seconds_per_frame": 0.0,
        "warp_error": {"value": error, "source": 1e-4, "ratio": error / 1e-4},
        "long_warp_error": None, "flicker": None, "static_flicker": None,
        "motion_difference": None, "drift": {"rgb_change": [0.5, -3.0, 1.0]},
        "sharpness": {"value": 0.02, "source": 0.01, "ratio": 2.0}, "style_mean": style,
        "style_last_over_first": None, "worst_border": None, "content": None,
    }  # fmt: skip


ROWS = ["noise", "independent", "previous", "warped", "temporal", "default"]
RESULTS = [
    result(row, error)
    for row, error in zip(ROWS, (9e-4, 8e-4, 4e-4, 3e-4, 2e-4, 1e-4), strict=True)
]


def test_ratios_to_independent_are_taken_on_the_same_clip() -> None:
    other = [result("independent", 2e-4, clip="carphone"), result("default", 1e-4, clip="carphone")]
    both = [*RESULTS, *other]
    assert tables.over_base(both, RESULTS[-1], "warp_error", "value") == pytest.approx(1 / 8)
    assert tables.over_base(both, other[1], "warp_error", "value") == pytest.approx(1 / 2)
    assert tables.over_base(both, RESULTS[-1], "content") is None
    assert tables.over_base(RESULTS[2:], RESULTS[-1], "warp_error", "value") is None


def test_the_order_of_the_rows_is_checked() -> None:
    assert "| yes |" in tables.ordering(RESULTS)
    swapped = [result("warped", 5e-4) if r["row"] == "warped" else r for r in RESULTS]
    assert "| no |" in tables.ordering(swapped)
    assert "yes" not in tables.ordering(RESULTS[:3])  # not all rows are there yet


def test_aims_say_what_is_reached() -> None:
    text = tables.aims(RESULTS)
    assert "| E_warp over independent's, mean | 0.125 | ≤ 0.13 | yes |" in text
    assert "| E_warp over the source's, mean | 1 | ≤ 3 | yes |" in text
    faded = [*RESULTS[:-1], result("default", 1e-4, style=0.2)]
    assert "| style over independent's, worst | 2 | ≤ 1.25 | no |" in tables.aims(faded)


def test_tables_are_written_while_rows_are_missing(tmp_path: Path) -> None:
    text = tables.write_tables(tmp_path, RESULTS[:2], {"version": "1"}, ROWS)
    assert (tmp_path / "results.md").read_text(encoding="utf-8") == text
    assert len(json.loads((tmp_path / "results.json").read_text())["results"]) == 2
    assert "| independent | 8 | 8 | 1 |" in text
    assert "Aims" not in text


def test_pages_tell_means_over_the_clips_and_leave_out_rows_without_words() -> None:
    other = [
        result("independent", 2e-4, clip="carphone", style=0.2),
        result("default", 1e-4, clip="carphone", style=0.3),
    ]
    found = pages.pages_table([*RESULTS, *other], [*ROWS, "strong"])
    # 1e-4 of 8e-4 and of 2e-4: 0.3125 on average; style 0.1 of 0.1 and 0.3 of 0.2
    assert "| **`default`** | 1, 1 | 0.312 | 1 | 1.25, worst 1.5 | – |" in found
    assert "strong" not in found
    assert "| **`default`** | 0.312 | 1 | 1.25 |" in pages.readme_table([*RESULTS, *other])


def test_a_measured_table_takes_the_place_that_bears_its_name(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    places = ("<!-- measured: one -->", "old one", "<!-- end -->")
    more = ("between", "<!-- measured: two -->", "old two", "<!-- end -->", "after")
    page.write_text("\n".join((*places, *more)), encoding="utf-8")
    write_measured(page, "new\n", "two")
    text = page.read_text(encoding="utf-8")
    assert "old one" in text
    assert "between\n<!-- measured: two -->\n\nnew\n\n<!-- end -->\nafter" in text
    with pytest.raises(ValueError, match="no <!-- measured: three -->"):
        write_measured(page, "new", "three")


def test_the_pages_have_the_places() -> None:
    for name, places in (
        ("README.md", ["consistency"]),
        ("docs/measurements.md", ["clips", "consistency"]),
    ):
        text = (pages.ROOT / name).read_text(encoding="utf-8")
        assert all(f"<!-- measured: {place} -->" in text for place in places)
