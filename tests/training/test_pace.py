"""Minutes are kept: the plan of a training against a clock that is made up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowstyle.training.pace import LEAST, Pace, Timetable
from flowstyle.training.trainer import LATE, rate_at

Seconds = Callable[[int, float], float]
"""What a step takes, by its number and the time that it begins at."""


def trained(
    monkeypatch: pytest.MonkeyPatch, seconds: Seconds, minutes: float, pace: Pace
) -> tuple[list[tuple[int, int]], float]:
    """Done and total after each step, and the end by the clock."""
    clock = [0.0]
    monkeypatch.setattr("flowstyle.training.pace.time.monotonic", lambda: clock[0])
    plan = Timetable(pace, 0, 60 * minutes)
    steps, total = [(0, plan.total)], plan.total
    while steps[-1][0] < total:
        done = steps[-1][0] + 1
        clock[0] += seconds(done, clock[0])
        total = plan.follow(done)
        steps.append((done, total))
    return steps, clock[0]


def plans(steps: list[tuple[int, int]]) -> int:
    return len({total for _, total in steps})


def test_a_plan_that_holds_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    steps, end = trained(monkeypatch, lambda n, t: 1.0 if n <= 0.6 * 150 else 2.0, 3.5, Pace(1, 2))
    assert (plans(steps), steps[-1], end) == (1, (150, 150), 210)


@pytest.mark.parametrize(
    "seconds",
    [
        lambda n, t: 3.0 if t > 50 else 1.0,  # three times as slow from a sixth on
        lambda n, t: 0.25 if t > 50 else 1.0,  # four times as fast
        lambda n, t: 2.0 if 240 < t < 275 else 1.0,  # shortly slower near the end
        lambda n, t: 0.5 if t > 250 else 1.0,  # faster at the end
    ],
    ids=["slower", "faster", "hiccup", "free at last"],
)
def test_minutes_are_kept_when_the_machine_has_more_or_less_to_do(
    monkeypatch: pytest.MonkeyPatch, seconds: Seconds
) -> None:
    steps, end = trained(monkeypatch, seconds, 5.0, Pace(1.0, 1.0))
    assert end == pytest.approx(300, abs=12)
    assert plans(steps) > 1


@pytest.mark.parametrize(
    ("seconds", "minutes", "over"),
    [
        (lambda n, t: 3.0, 1.0, 150),  # so slow that not even the least fits
        (lambda n, t: 500.0 if n == 100 else 0.1, 10.0, 60),  # the machine slept
        (lambda n, t: 0.1 if n < 5000 else 30.0, 10.0, 600),
    ],
    ids=["slow", "asleep", "stuck"],
)
def test_no_training_ends_with_a_high_rate(
    monkeypatch: pytest.MonkeyPatch, seconds: Seconds, minutes: float, over: float
) -> None:
    """Nor with too few steps; it goes on for some time where none is left."""
    pace = Pace(seconds(1, 0), seconds(1, 0))
    steps, end = trained(monkeypatch, seconds, minutes, pace)
    done, total = steps[-1]
    assert done == total >= LEAST
    assert rate_at(done - 1, total) < 0.02
    rates = [rate_at(*one) for one in steps[-10:]]
    assert rates == sorted(rates, reverse=True)
    assert max(rates) < 0.9
    assert end < 60 * minutes + over


def test_crops_that_are_large_stay_so() -> None:
    total = Pace(5, 10).replanned(700, 1000, (697, 6.0), 3000.0)
    assert total == 1166
    assert total * LATE <= 700
