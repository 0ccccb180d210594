"""A line of the table of real clips."""

from __future__ import annotations

from scripts.benchmarks.clips import HEAD, cells, without_time

OURS = {
    "clip": "carphone",
    "style_picture": "candy",
    "size": [176, 144],
    "frames": 24,
    "seconds": 1.25,
    "warp_error": {"value": 3e-4, "source": 1.5e-4, "ratio": 2.0},
    "transport": {"value": 1.83, "source": 1.2},
    "transport_beside": {"value": 1.61, "source": 1.1},
    "others": {
        "farneback": {"tvl1": 1.9, "the render's": 1.7},
        "tvl1": {"farneback": 2.4, "the render's": 1.5},
    },
    "fine_flat": None,
    "fine_style": 0.04,
    "style_mean": 0.0925,
    "style_last_over_first": 1.02,
    "drift": {"rgb_change": [0.4, -0.9, 0.1]},
    "sharpness": {"ratio": 2.2},
    "times_kept": True,
    "audio_kept": True,
}
ALONE = {
    "warp_error": {"value": 30e-4},
    "style_mean": 0.1,
    "sharpness": {"ratio": 2.0},
}


def line(ours: dict) -> dict[str, str]:
    return dict(zip(HEAD, cells(ours, ALONE, ["farneback", "tvl1"]), strict=True))


def test_each_judge_has_the_others_in_brackets() -> None:
    found = line(OURS)
    along = "E_warp / ideal transport (carried along)"
    assert found[along] == "1.83 (tvl1 1.9, the render's 1.7)"
    beside = "the same, another judge (carried along)"
    assert found[beside] == "1.61 (farneback 2.4, the render's 1.5)"
    assert found["E_warp / independent"] == "0.100"
    assert found["fine energy ×255, flat areas / style"] == "– / 10.2"
    assert found["times / audio kept"] == "yes / yes"


def test_a_row_that_was_kept_before_there_was_another_judge_has_dashes() -> None:
    before = {k: v for k, v in OURS.items() if k not in ("others", "transport_beside")}
    assert line(before)["the same, another judge (carried along)"] == "– ()"


def test_seconds_stay_out_of_the_document() -> None:
    assert "1.25" in cells(OURS, ALONE, ["farneback", "tvl1"])
    assert "1.25" not in without_time(cells(OURS, ALONE, ["farneback", "tvl1"]))
