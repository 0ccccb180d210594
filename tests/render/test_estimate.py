"""The model of a render's time, of numbers alone: every expectation is worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from flowstyle.core.threads import Threads
from flowstyle.core.types import ClipInfo, fitted
from flowstyle.execution.schedule import Costs, makespan
from flowstyle.media.bars import without_bars
from flowstyle.render.estimate import (
    Estimate,
    Line,
    Measured,
    Measuring,
    PerPixel,
    Work,
    readable_time,
)
from flowstyle.render.rehearsal import small_width
from flowstyle.render.schedule import BEGIN, CROWDED, painting_of, planned
from flowstyle.render.shares import Shares
from flowstyle.settings import load_settings
from flowstyle.temporal.painted_ahead import frame_ahead, paintings_ahead

MEASURED = Measured(
    pixels=1000,
    size=(50, 20),
    first=Line((20, 4.0), (50, 10.0)),
    later=Line((5, 1.5), (12, 2.9)),
    ahead=Line((5, 0.0), (12, 0.0)),
    figures=Measuring(0.1, 0.0, 0.0),
    step=Line((1000, 0.1), (4000, 0.3)),
    memory=Line((1000, 5e6), (4000, 11e6)),
    result=0.5,
)


def one_by_one(work: Work, first: float, later: float) -> float:
    """As one process paints whole shots."""
    return makespan(planned(work, load_settings({})), 1, Costs(first, first, later))


def test_a_line_goes_through_its_points_and_on_beyond_them() -> None:
    line = Line((1000, 0.1), (4000, 0.3))
    assert [line.at(x) for x in (1000, 2500, 7000)] == pytest.approx([0.1, 0.2, 0.5])
    assert Line((0, 1.0), (1, 0.5)).at(10) == 0  # no time is negative


def test_one_point_alone_is_a_line_through_zero() -> None:
    assert Line((10, 2.0), (10, 2.0)).at(15) == 3
    assert Line((0, 2.0), (0, 2.0)).at(0) == 2  # no iterations at all still take their time


def test_a_render_at_the_small_size_takes_what_was_measured() -> None:
    # 2 first frames of 10 s, 8 later ones of 2.9 s, 10 frames measured for 0.1 s.
    assert MEASURED.seconds(Work(10, 2), 1000, (50, 12), one_by_one) == pytest.approx(20 + 23.2 + 1)


def test_larger_frames_take_what_the_network_does_and_figures_what_the_pixels_do() -> None:
    # A pass takes 0.3 s in place of 0.1 s; four times the pixels.
    assert MEASURED.frame(4000, (50, 12), first=True) == pytest.approx(30)
    assert MEASURED.frame(4000, (50, 12), first=False) == pytest.approx(8.7)
    seconds = MEASURED.seconds(Work(3, 1), 4000, (50, 12), one_by_one)
    assert seconds == pytest.approx(30 + 17.4 + 3 * 0.4)


def test_fewer_iterations_leave_what_is_beside_them() -> None:
    # 0.2 s an iteration and 0.5 s beside: 8 iterations take 2.1 s.
    assert MEASURED.frame(1000, (35, 8), first=False) == pytest.approx(2.1)
    assert MEASURED.frame(1000, (35, 8), first=True) == pytest.approx(7)


def test_a_frame_painted_ahead_stops_at_half_its_size_where_that_is_large() -> None:
    # 256×144 has two sizes and a third of the iterations at the full one, 512×288 three and none.
    pixels = PerPixel((100.0, 1.0), (1e6, 1e4))
    found = replace(
        MEASURED, pixels=256 * 144, size=(512, 288), step=pixels, ahead=Line((5, 1.2), (12, 1.2))
    )
    small = found.frame(256 * 144, (50, 12), first=False)
    large = found.frame(512 * 288, (50, 12), first=False)
    assert small == pytest.approx(2.9 + 1.2)
    assert large == pytest.approx(4 * (2.9 + 1.2 * (1 / 4 + 1 / 16) / (1 / 3 + 1 / 4)))


def test_more_shots_than_frames_are_as_many_as_frames() -> None:
    assert MEASURED.seconds(Work(2, 5), 1000, (50, 12), one_by_one) == pytest.approx(20.2)


def test_the_piece_that_is_rehearsed_stays_large_enough_to_be_painted() -> None:
    def piece(width: int, height: int) -> tuple[int, int]:
        clip = ClipInfo(Path("clip.mp4"), width, height, 9, Fraction(1, 25), Fraction(25))
        size = (width, height)
        plan = SimpleNamespace(clip=clip, size=size, whole=size)
        return fitted(clip, small_width(plan))  # type: ignore[arg-type]

    assert piece(1280, 720) == (320, 180)
    assert piece(9600, 24) == (6000, 16)  # not 4800×12
    assert piece(24, 9600) == (16, 6400)
    assert piece(5000, 16) == (4688, 16)


def test_the_piece_between_bars_has_their_proportion() -> None:
    """Its width is that of the whole frame, a quarter of which are bars left and right."""
    bars = (160, 160, 0, 0)
    clip = without_bars(
        ClipInfo(Path("clip.mp4"), 1280, 720, 9, Fraction(1, 25), Fraction(25)), bars
    )
    plan = SimpleNamespace(clip=clip, size=(960, 720), whole=(1280, 720))
    width, height = fitted(clip, small_width(plan))  # type: ignore[arg-type]
    assert abs(width * 3 - height * 4) <= 6
    assert 0.8 * 320 * 180 <= width * height <= 1.2 * 320 * 180


def test_an_estimate_says_everything_that_was_asked() -> None:
    found = Estimate(
        (1280, 720), 240, 2, 1.0, 3725.0, 61.2, 14.9, 2.4e9, 16e9, 1.7e9, 80e9
    )  # fmt: skip
    text = found.summary()
    for part in ("1280×720", "240 frames in 2 shots", "1 h 2 min", "2.4 GB", "1.7 GB", "80.0 GB"):
        assert part in text
    assert found.as_dict()["size"] == [1280, 720]
    assert found.as_dict()["seconds"] == 3725.0


def test_an_estimate_for_several_workers_says_how_many() -> None:
    found = Estimate((64, 48), 9, 1, 1.0, 60.0, 6.0, 1.0, 2e8, 9e9, 1e6, 5e9, workers=3)
    assert "about 1 min 0 s by 3 workers" in found.summary()
    assert "200.0 MB for each of 3 workers" in found.summary()
    assert found.as_dict()["workers"] == 3


def test_workers_take_shot_after_shot() -> None:
    # Three shots of a first frame of 6 s and nine of 1 s: 15 s each.
    jobs = planned(Work(30, 3), load_settings({}))
    assert [makespan(jobs, count, Costs(6, 6, 1)) for count in (1, 2, 3, 9)] == [45, 30, 15, 15]


def test_parts_begin_when_their_borders_are_there() -> None:
    # 100 frames in two parts of 50: the first frame at 6 s, the border at 10 s, and then 49 s for
    # what is left of either part, one of them by the worker that painted the borders.
    jobs = planned(Work(100, 1), load_settings({"part": 50}))
    assert makespan(jobs, 1, Costs(6, 4, 1)) == 10 + 49 + 49
    assert makespan(jobs, 2, Costs(6, 4, 1)) == 10 + 49
    # Four of 25: the second worker begins at 10 s and does two, the first ends the borders at 18 s.
    jobs = planned(Work(100, 1), load_settings({"part": 32}))
    assert makespan(jobs, 2, Costs(6, 4, 1)) == 18 + 24 + 24
    assert makespan(jobs, 4, Costs(6, 4, 1)) == 18 + 24


@pytest.mark.parametrize(
    ("shares", "seconds"),
    [
        (Shares("inline", 1, ("cpu",), Threads(1, 1)), 40),
        (Shares("local", 2, ("cpu",), Threads(1, 1)), BEGIN + CROWDED * 20),
        (Shares("local", 4, ("cuda:0", "cuda:1"), Threads(1, 1)), BEGIN + 20),
        (Shares("local", 2, ("cuda",), Threads(1, 1)), BEGIN + 40),
    ],
)
def test_workers_share_processors_and_gpus(shares: Shares, seconds: float) -> None:
    # Four shots of a first frame of 6 s and four of 1 s.
    painting = painting_of(SimpleNamespace(settings=load_settings({}), shares=shares))
    assert painting(Work(20, 4), 6.0, 1.0) == pytest.approx(seconds)


def test_times_for_people() -> None:
    assert [readable_time(s) for s in (0, 59.4, 60, 3599, 3600, 86400)] == [
        *("0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "24 h 0 min")
    ]


def test_small_passes_take_longer_for_a_pixel_and_larger_ones_as_long() -> None:
    passes = PerPixel((1000, 0.2), (4000, 0.4))  # 200 and 100 µs a pixel
    assert [passes.at(x) for x in (500, 1000, 4000, 16000)] == pytest.approx([0.1, 0.2, 0.4, 1.6])
    # What something disturbed is not believed: as long as large ones at least, three times at most.
    assert PerPixel((1000, 0.05), (4000, 0.4)).at(1000) == pytest.approx(0.1)
    assert PerPixel((1000, 5.0), (4000, 0.4)).at(1000) == pytest.approx(0.3)
    assert PerPixel((4000, 0.8), (4000, 0.4)).at(4000) == pytest.approx(0.4)


@pytest.mark.parametrize("frames", range(1, 60))
def test_frames_are_painted_ahead_as_often_as_a_shot_of_that_length_asks(frames: int) -> None:
    keys = {frame_ahead(index, 0, lambda one: one < frames) for index in range(1, frames)}
    assert paintings_ahead(frames) == len(keys)


def test_each_later_frame_has_its_share_of_those_painted_ahead() -> None:
    assert Work(20, 2).ahead == pytest.approx(1 / 9)  # two shots of ten frames, one ahead in each
    assert Work(49, 1).ahead == pytest.approx(4 / 48)
    assert Work(3, 3).ahead == 0
