"""The model of a render's time, of numbers alone: every expectation is worked out by hand."""

from __future__ import annotations

import pytest

from flowstyle.render.estimate import (
    Estimate,
    Line,
    Measured,
    Measuring,
    PerPixel,
    Work,
    readable_time,
)
from flowstyle.temporal.painted_ahead import frame_ahead, paintings_ahead

MEASURED = Measured(
    pixels=1000,
    first=Line((20, 4.0), (50, 10.0)),
    later=Line((5, 1.5), (12, 2.9)),
    figures=Measuring(0.1, 0.0),
    step=Line((1000, 0.1), (4000, 0.3)),
    memory=Line((1000, 5e6), (4000, 11e6)),
    result=0.5,
)


def test_a_line_goes_through_its_points_and_on_beyond_them() -> None:
    line = Line((1000, 0.1), (4000, 0.3))
    assert [line.at(x) for x in (1000, 2500, 7000)] == pytest.approx([0.1, 0.2, 0.5])
    assert Line((0, 1.0), (1, 0.5)).at(10) == 0  # no time is negative


def test_one_point_alone_is_a_line_through_zero() -> None:
    assert Line((10, 2.0), (10, 2.0)).at(15) == 3
    assert Line((0, 2.0), (0, 2.0)).at(0) == 2  # no iterations at all still take their time


def test_a_render_at_the_small_size_takes_what_was_measured() -> None:
    # 2 first frames of 10 s, 8 later ones of 2.9 s, 10 frames measured for 0.1 s.
    assert MEASURED.seconds(Work(10, 2), 1000, (50, 12)) == pytest.approx(20 + 23.2 + 1)


def test_larger_frames_take_what_the_network_does_and_figures_what_the_pixels_do() -> None:
    # A pass takes 0.3 s in place of 0.1 s; four times the pixels.
    assert MEASURED.frame(4000, (50, 12), first=True) == pytest.approx(30)
    assert MEASURED.frame(4000, (50, 12), first=False) == pytest.approx(8.7)
    assert MEASURED.seconds(Work(3, 1), 4000, (50, 12)) == pytest.approx(30 + 17.4 + 3 * 0.4)


def test_fewer_iterations_leave_what_is_beside_them() -> None:
    # 0.2 s an iteration and 0.5 s beside: 8 iterations take 2.1 s.
    assert MEASURED.frame(1000, (35, 8), first=False) == pytest.approx(2.1)
    assert MEASURED.frame(1000, (35, 8), first=True) == pytest.approx(7)


def test_more_shots_than_frames_are_as_many_as_frames() -> None:
    assert MEASURED.seconds(Work(2, 5), 1000, (50, 12)) == pytest.approx(20.2)


def test_an_estimate_says_everything_that_was_asked() -> None:
    found = Estimate(
        (1280, 720), 240, 2, 1.0, 3725.0, 61.2, 14.9, 2.4e9, 16e9, 1.7e9, 80e9
    )  # fmt: skip
    text = found.summary()
    for part in ("1280×720", "240 frames in 2 shots", "1 h 2 min", "2.4 GB", "1.7 GB", "80.0 GB"):
        assert part in text
    assert found.as_dict()["size"] == [1280, 720]
    assert found.as_dict()["seconds"] == 3725.0


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
