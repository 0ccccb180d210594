"""From a preview's seconds to those of the full render, by numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flowstyle.core.events import FrameReady, Progress, Stage
from flowstyle.render import stopwatch
from flowstyle.render.estimate import Line
from flowstyle.render.preview.choice import Rung, at_rung
from flowstyle.render.preview.foretold import Small, frame_seconds, step_of_sizes
from flowstyle.render.stopwatch import Pace, Stopwatch
from flowstyle.settings import Settings

DEFAULT = Settings.from_preset("default")
PIXELS = Line((1, 1.0), (1, 1.0))
"""An iteration takes what its pixels do."""
TWELFTH = 1 / 12
"""A frame painted ahead for each twelve later ones."""


def small(pace: Pace, settings: Settings = DEFAULT) -> Small:
    return Small((256, 144), at_rung(settings, Rung(36864, 20, 6), 256), pace, None, 0.0)


def test_iterations_that_were_left_out_are_added() -> None:
    # 20 of 60 iterations: 2 s of 2.5 s become 6 s. Both sizes have two levels less than three.
    pace = Pace(first=2.5, iterating=2.0, later=0.6, ahead=1.2, step=0.1, coarse=0.025)
    first, later = frame_seconds(small(pace), (256, 144), DEFAULT, step=PIXELS, ahead=TWELFTH)
    assert first == pytest.approx(0.5 + 6.0)
    # The frame ahead gets 45 iterations in place of 15, and serves twelve.
    assert later == pytest.approx(0.6 + 3 * 1.2 / 12)


def test_larger_frames_take_longer_and_have_more_levels() -> None:
    pace = Pace(first=2.5, iterating=2.0, later=0.6, ahead=0.0, step=0.1, coarse=0.025)
    first, later = frame_seconds(small(pace), (512, 288), DEFAULT, step=PIXELS, ahead=TWELFTH)
    levels = (1 + 1 / 4 + 1 / 16) / (1 + 1 / 4)
    assert first == pytest.approx(4 * (0.5 + 2.0 * 3 * levels))
    # Painted ahead, a frame gets a third of the iterations at a small full size, none at a large.
    paced = Pace(first=2.5, iterating=2.0, later=0.6, ahead=1.2, step=0.1, coarse=0.025)
    _, later_too = frame_seconds(small(paced), (512, 288), DEFAULT, step=PIXELS, ahead=TWELFTH)
    lent = (1 / 4 + 1 / 16) / (1 / 3 + 1 / 4)
    assert later_too == pytest.approx(4 * (0.6 + 3 * 1.2 / 12 * lent))
    assert later == pytest.approx(4 * 0.6)


def test_later_iterations_beyond_what_a_preview_takes_are_added() -> None:
    settings = DEFAULT.changed(iterations=1000, sweeps=2, sweep_iterations=40)
    pace = Pace(first=2.5, iterating=2.0, later=2.0, ahead=0.0, step=0.1, coarse=0.025)
    _, later = frame_seconds(
        small(pace, settings), (256, 144), settings, step=PIXELS, ahead=TWELFTH
    )
    # 36 of 1000, and 36 of 40 in each of two further sweeps.
    assert later == pytest.approx(2.0 + 0.1 * (964 + 2 * 4))


def test_frames_that_are_made_alone_take_what_first_ones_do() -> None:
    settings = DEFAULT.changed(neighbors=False)
    pace = Pace(first=2.5, iterating=2.0, later=2.5, ahead=0.0, step=0.1, coarse=0.025)
    first, later = frame_seconds(
        small(pace, settings), (256, 144), settings, step=PIXELS, ahead=TWELFTH
    )
    assert later == first


def test_what_an_iteration_takes_beside_its_pixels_does_not_grow_with_them() -> None:
    # 10 ms and 1 µs a pixel: 9216 pixels take 19.216 ms, 36864 take 46.864.
    pace = Pace(first=2.5, iterating=2.0, later=0.6, ahead=0.0, step=0.046864, coarse=0.019216)
    step = step_of_sizes(small(pace))
    assert step is not None
    assert step.at(512 * 288) == pytest.approx(0.01 + 512 * 288e-6)
    # What was disturbed is bounded: nothing beside the pixels, or half of a small iteration.
    quick = step_of_sizes(small(replace(pace, coarse=0.001)))
    slow = step_of_sizes(small(replace(pace, coarse=0.2)))
    assert quick is not None
    assert slow is not None
    assert quick.at(2 * 36864) == pytest.approx(2 * 0.046864)
    assert slow.at(2 * 36864) == pytest.approx(1.5 * 0.046864)
    assert step_of_sizes(small(replace(pace, step=0.0))) is None
    one_size = Small((128, 72), DEFAULT, pace, None, 0.0)
    assert step_of_sizes(one_size) is None


class Clock:
    """Stands for the time module."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_a_stopwatch_takes_the_time_of_frames_and_iterations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, watch = Clock(), Stopwatch()
    monkeypatch.setattr(stopwatch, "time", clock)

    def tell(seconds: float, event: Progress | FrameReady) -> None:
        clock.now += seconds
        watch(event)

    def iterated(stage: Stage, done: int) -> Progress:
        return Progress(stage, done, 40, "iterations")

    watch.begin()
    tell(1.5, iterated(Stage.FIRST_FRAME, 10))  # 0.5 s of them before the first iteration
    tell(1.0, iterated(Stage.FIRST_FRAME, 20))
    tell(3.0, iterated(Stage.FIRST_FRAME, 30))
    tell(3.0, iterated(Stage.FIRST_FRAME, 40))
    tell(0.5, FrameReady(0, 0, 1, True, 0.0))
    tell(1.0, iterated(Stage.NEW_AREAS, 10))
    tell(1.0, iterated(Stage.NEW_AREAS, 20))
    tell(2.0, iterated(Stage.NEW_AREAS, 40))
    tell(1.0, FrameReady(1, 0, 1, True, 0.0))
    tell(2.0, FrameReady(2, 0, 1, True, 0.0))
    watch.over(sweeps=0, frames=3)
    pace = watch.pace()
    assert pace.first == pytest.approx(9.0)
    assert pace.iterating == pytest.approx(1 + 1 + 3 + 3)
    assert pace.step == pytest.approx(0.3)
    assert pace.coarse == pytest.approx(0.1)  # from the tenth to the twentieth
    assert pace.ahead == pytest.approx(4.0)  # 1 s for each ten up to twenty, then two
    assert pace.later == pytest.approx((5 + 2 - 4) / 2)


def test_further_sweeps_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, watch = Clock(), Stopwatch()
    monkeypatch.setattr(stopwatch, "time", clock)
    watch.begin()
    for frame in range(3):
        clock.now += 1
        watch(FrameReady(frame, 0, 1, False, 0.0))
    clock.now += 6
    watch.over(sweeps=2, frames=3)
    assert (watch.pace().first, watch.pace().later) == (3.0, 3.0)
