"""Progress without a terminal: one plain line now and then, with the time that is left."""

from __future__ import annotations

import pytest

from flowstyle.cli import progress
from flowstyle.core.events import Decision, Notice, Progress


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


def test_names_in_brackets_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.Display() as display:
        display(Decision("preview", "clip [final].mp4"))
        display(Notice("a[/b]"))  # as markup it would end what never began
    assert capsys.readouterr().err.splitlines() == ["preview: clip [final].mp4", "note: a[/b]"]
