"""Progress on a terminal and without: counts, losses, and the time that is left."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from flowstyle.cli import progress
from flowstyle.cli.time_left import TimeLeft
from flowstyle.core.events import Decision, Notice, Progress, Stage


def test_time_left_counts_from_where_a_stage_began_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 20.0, 100.0, 120.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.Display() as display:
        for done in (10, 20, 10, 20):  # twice the same stage, ten iterations in twenty seconds
            display(Progress("new areas", done, 40, "iterations", {}))
    lines = capsys.readouterr().err.splitlines()
    assert [line.strip() for line in lines] == [
        "new areas: 20 of 40 iterations, 40 s left",
        "new areas: 10 of 40 iterations",
        "new areas: 20 of 40 iterations, 40 s left",
    ]


def test_one_long_frame_among_the_first_does_not_make_the_rest_long() -> None:
    left = TimeLeft()
    ahead = 38.0  # 1280×720: one frame in twelve has another one painted ahead for it
    seconds = [0.0, 6 + ahead] + [6.0] * 22
    seconds[12] += ahead
    now, told = 0.0, []
    for done, taken in enumerate(seconds, 1):
        now += taken
        left.told(done, now)
        told.append(left.seconds(len(seconds)))
    true = [sum(seconds[done:]) for done in range(1, len(seconds) + 1)]
    assert told[0] is None
    for number in range(2, len(seconds)):  # the second frame alone knows no better
        assert abs(told[number] - true[number]) <= 2 * ahead, (number, told[number], true[number])
    assert told[-1] == 0


def test_units_that_come_many_at_once_count_one_by_one() -> None:
    left = TimeLeft()
    left.told(0, 0.0)
    left.told(100, 10.0)
    left.told(110, 11.0)
    assert left.seconds(200) == pytest.approx(9.0)


def test_names_in_brackets_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Display() as display:
        display(Decision("preview", "clip [final].mp4"))
        display(Notice("a[/b]"))  # as markup it would end what never began
    assert capsys.readouterr().err.splitlines() == ["preview: clip [final].mp4", "note: a[/b]"]


def drawn(columns: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Bars on a terminal of that width, a line each."""
    file = io.StringIO()

    def terminal(**_: object) -> Console:
        return Console(file=file, force_terminal=True, width=columns, highlight=False)

    monkeypatch.setattr(progress, "Console", terminal)
    terms = {"content": 0.107, "style": 0.138, "tv": 0.108, "temporal": 0.0113, "iterations": 4}
    with progress.Display() as display:
        for stage in (Stage.STYLISE, Stage.NEW_AREAS):
            display(Progress(stage, 1, 1200, "frames", terms))
            display(Progress(stage, 2, 1200, "frames", terms))
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())
    lines = plain.replace("\r", "\n").splitlines()
    return [line for line in lines if line.startswith((Stage.STYLISE, Stage.NEW_AREAS))][-2:]


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 200])
def test_count_and_time_left_are_whole_on_any_terminal(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for line in drawn(columns, monkeypatch):
        assert len(line.rstrip()) <= columns
        assert re.search(r" 2/1200 \d:\d\d:\d\d left [\d:]+", line), line
        told = re.findall(r"(content|style|tv|temporal|iterations) (\S+)", line)
        losses = ("0.107", "0.138", "0.108", "0.0113", "4")
        assert tuple(value for _, value in told) == losses[: len(told)]  # none is cut
        assert len(told) == {60: 0, 80: 0, 100: 3, 120: 4, 200: 5}[columns]
