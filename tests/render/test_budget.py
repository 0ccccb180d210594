"""From a budget to settings: what is given up in which order, and what is refused."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import pytest

from flowstyle.cli.time_budget import read_budget
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Decision
from flowstyle.pipeline import estimate_video, stylize_video
from flowstyle.render import foresee
from flowstyle.render.budget import AIM, FLOOR, Rung, begun, choose, rungs
from flowstyle.render.estimate import Line, Measured, Work
from flowstyle.render.result import Output
from flowstyle.settings import load_settings
from tests.helpers.media import write_clip, write_pictures

QUICK = {"first_iterations": 2, "iterations": 10, "first_smallest": 64, "features": "compact"}


def test_effort_goes_first_and_then_the_width_in_even_steps() -> None:
    ladder = list(rungs(1280))
    efforts = [rung.effort for rung in ladder if rung.width == 1280]
    assert efforts[0] == 1
    assert efforts[-1] == FLOOR
    assert efforts == sorted(efforts, reverse=True)
    smaller = [rung for rung in ladder if rung.width != 1280]
    assert smaller[0] == Rung(1228, FLOOR)  # 0.96 × 1280, even
    assert smaller[-1].width >= 192
    assert all(rung.effort == FLOOR and rung.width % 2 == 0 for rung in smaller)
    assert all(0.94 < b.width / a.width < 1 for a, b in pairwise(smaller))


def test_what_the_user_said_is_kept() -> None:
    assert {rung.width for rung in rungs(800, fixed_width=True)} == {800}
    assert {rung.effort for rung in rungs(800, effort=0.7)} == {0.7}
    assert list(rungs(800, effort=2.0, fixed_width=True)) == [Rung(800, 2.0)]
    assert list(islice(rungs(176), 20)) == list(rungs(176, fixed_width=True))  # small already
    assert min(rung.width for rung in rungs(800, least=750)) == 768  # 737 would be too narrow


def test_the_dearest_choice_that_ends_in_time_is_taken() -> None:
    ladder = [Rung(800, 1.0), Rung(800, 0.5), Rung(400, 0.5)]
    seconds = {800: 100.0, 400: 25.0}

    def predicted(rung: Rung) -> float:
        return seconds[rung.width] * rung.effort

    assert choose(iter(ladder), predicted, 100 / AIM, 110) == ladder[0]
    assert choose(iter(ladder), predicted, 99 / AIM, 110) == ladder[1]
    assert choose(iter(ladder), predicted, 13 / AIM, 110) == ladder[2]
    with pytest.raises(UsageError, match=r"width 400 at effort 0\.5, takes about 14 s") as found:
        choose(iter(ladder), predicted, -2, 100)
    assert "a budget of 1 min 40 s does not suffice: 0 s of it are left" in found.value.what
    # 102 s are gone by then, and 14 s more are needed, with a tenth for the measuring.
    assert "--budget 3m or more" in found.value.advice


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("1D", 86400), (" 1m5s ", 65)],
)
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert read_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "m", "0m", "-5m", "1.5h", "30 m", "m30", "5m1h", "٣m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as found:
        read_budget(text)
    assert (found.value.exit_code, found.value.where) == (2, "--budget")
    assert "30m" in found.value.advice


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    return write_clip(folder / "clip.mp4", count=4, size=(256, 192))


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("style"), ["style.png"]) / "style.png"


def known(monkeypatch: pytest.MonkeyPatch, pixels: int = 256 * 192) -> None:
    """A machine of known speed: 10 s for 10 iterations of a frame of so many pixels, 5 s beside."""
    later = Line((4, 7.0), (10, 10.0))  # 0.5 s an iteration
    one, none = Line((1, 1.0), (1, 1.0)), Line((1, 0.0), (1, 0.0))
    measured = Measured(
        pixels, (256, 192), later, later, none, None, one, Line((1, 9.0), (1, 9.0)), 0.1
    )
    monkeypatch.setattr(foresee, "foresee", lambda *_: (measured, Work(4, 4)))


def test_settings_are_chosen_once_and_stand_in_the_work_folder(
    monkeypatch: pytest.MonkeyPatch, style: Path, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", count=2, size=(64, 48))
    known(monkeypatch, 64 * 48)
    settings = load_settings(QUICK | {"first_iterations": 10}, preset="draft")
    output = Output(path=tmp_path / "out.mp4", measure=False)
    told: list[Decision] = []
    cancel = CancelToken()

    def watch(event: object) -> None:
        if isinstance(event, Decision) and event.topic == "budget":
            told.append(event)
        if isinstance(event, Decision) and event.topic == "preview":
            cancel.cancel()

    # 4 first frames of 10 iterations: 40 s; of 7: 34 s.
    with pytest.raises(Interrupted):
        stylize_video(clip, [style], settings, output, budget=39, report=watch, cancel=cancel)
    assert "64×48, effort 0.7" in told[0].text
    assert begun(tmp_path / "out.mp4.flowstyle") == Rung(0, 0.7)

    monkeypatch.setattr(foresee, "foresee", lambda *_: pytest.fail("measured again"))
    quick = {"budget": 1, "report": told.append}
    done = stylize_video(clip, [style], settings, output, **quick)
    assert (done.frames, done.size) == (2, (64, 48))
    again = next(event for event in told[1:] if getattr(event, "topic", "") == "budget")
    assert "as this work was begun" in again.text


def test_a_smaller_picture_is_painted_where_effort_does_not_suffice(
    monkeypatch: pytest.MonkeyPatch, clip: Path, style: Path, tmp_path: Path
) -> None:
    known(monkeypatch)
    settings = load_settings(QUICK | {"first_iterations": 10}, preset="draft")
    output = Output(path=tmp_path / "out.mp4", measure=False)
    # The least effort leaves 28 s at 256 px, and 0.92 of 25 s is 23 s: 0.9 of each side, 0.96³.
    found = estimate_video(clip, [style], settings, output, budget=25)
    assert found.size[0] == 226
    assert found.effort == FLOOR
    assert not list(tmp_path.iterdir())  # nothing is begun


def test_a_budget_that_is_too_small_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch, clip: Path, style: Path, tmp_path: Path
) -> None:
    known(monkeypatch)
    settings = load_settings(QUICK | {"first_iterations": 10, "width": 256}, preset="draft")
    output = Output(path=tmp_path / "out.mp4")
    with pytest.raises(UsageError) as found:
        stylize_video(clip, [style], settings, output, budget=20)
    assert found.value.exit_code == 2
    assert "width 256 at effort 0.4" in found.value.what
    assert "--budget 1m" in found.value.advice
    assert not list(tmp_path.iterdir())


def test_a_strip_does_not_become_too_small_to_be_painted(
    monkeypatch: pytest.MonkeyPatch, style: Path, tmp_path: Path
) -> None:
    known(monkeypatch, 640 * 20)
    clip = write_clip(tmp_path / "strip.mp4", count=2, size=(640, 20))
    settings = load_settings(QUICK, preset="draft")
    output = Output(path=tmp_path / "out.mp4", measure=False)
    # Not the usual 192, at which it would have 6 rows: 480 × 20 / 640 are 15, which is 16 rows.
    with pytest.raises(UsageError, match=r"width 4[89]\d at effort 0\.4"):
        estimate_video(clip, [style], settings, output, budget=1)


def test_an_estimate_is_really_measured_and_leaves_nothing(
    clip: Path, style: Path, tmp_path: Path
) -> None:
    settings = load_settings(QUICK | {"iterations": 1, "width": 64}, preset="draft")
    output = Output(path=tmp_path / "out.mp4")
    found = estimate_video(clip, [style], settings, output)
    assert (found.frames, found.shots, found.size) == (4, 1, (64, 48))
    assert 0 < found.later < found.seconds
    assert found.first + 3 * found.later <= found.seconds
    frames = 4 * 64 * 48 * (6 + 1.8)  # 16 bits of paint, 8 of the source
    assert frames <= found.disk < 2 * frames
    assert found.memory > 50e6
    assert not list(tmp_path.iterdir())
