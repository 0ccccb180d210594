"""A batch in this process: what it makes, what it refuses, what it says of jobs that fail."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from flowstyle import Settings, stylize_batch, stylize_video
from flowstyle.batch import run as batch_run
from flowstyle.batch.result import JobResult, Outcome
from flowstyle.cli.main import run
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import (
    FlowstyleError,
    Interrupted,
    NotFiniteError,
    OutputError,
    ResumeMismatchError,
    WorkdirBusyError,
)
from flowstyle.core.events import Decision, FrameReady, Notice
from tests.helpers.media import damage, picture, write_clip

PRESET = "draft"
QUICK: dict[str, Any] = {
    "features": "compact",
    "first_iterations": 1,
    "iterations": 1,
    "fill_iterations": 1,
    "fill_content": False,
}
DEFAULTS = f'[defaults]\nmeasure = false\npreset = "{PRESET}"\n' + "".join(
    f"{name} = {json.dumps(value)}\n" for name, value in QUICK.items()
)
JOB = '[[job]]\nclip = "{}.mp4"\nstyle = "{}.png"\n'
TWO = DEFAULTS + JOB.format("a", "night") + JOB.format("b", "night")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips, two pictures."""
    for seed, name in enumerate(("a", "b")):
        write_clip(
            tmp_path / f"{name}.mp4", pictures=[picture(i, (48, 32), seed=seed) for i in (0, 1)]
        )
    for seed, name in enumerate(("night", "waves")):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture(0, (40, 40), seed=20 + seed))
    return tmp_path


def write(folder: Path, text: str) -> Path:
    file = folder / "jobs.toml"
    file.write_text(text, encoding="utf-8")
    return file


def painted(folder: Path, text: str = TWO) -> list[JobResult]:
    return list(stylize_batch(write(folder, text)))


def outcomes(results: list[JobResult]) -> list[str]:
    return [str(one.outcome) for one in results]


def test_jobs_give_the_bytes_of_single_renders_in_whatever_order(folder: Path) -> None:
    """No job leaves anything to the next: not its style, nor its settings, nor its shots."""
    text = DEFAULTS + JOB.format("b", "waves") + 'output = "x/{clip}_{style}.mkv"\ncodec = "ffv1"\n'
    text += JOB.format("a", "night") + 'output = "y.mkv"\ncodec = "ffv1"\nstyle_weight = 9\n'
    results = painted(folder, text)
    assert outcomes(results) == ["done", "done"]
    assert [one.frames for one in results] == [2, 2]
    for result, clip, style, more in zip(
        results, ("b", "a"), ("waves", "night"), ({}, {"style_weight": 9}), strict=True
    ):
        alone = stylize_video(
            folder / f"{clip}.mp4",
            [folder / f"{style}.png"],
            Settings.from_preset(PRESET, **QUICK, **more),
            folder / f"alone_{clip}.mkv",
        )
        assert _stylised(result.path) == _stylised(alone.path)
    assert _stylised(results[0].path) != _stylised(results[1].path)


def _stylised(output: Path) -> list[bytes]:
    """The painted frames in a work folder."""
    frames = sorted((output.parent / f"{output.name}.flowstyle").glob("stylised/*.png"))
    assert frames
    return [frame.read_bytes() for frame in frames]


def test_what_is_done_is_passed_over_and_only_the_rest_is_painted(folder: Path) -> None:
    assert outcomes(painted(folder)) == ["done", "done"]
    times = [path.stat().st_mtime_ns for path in sorted(folder.glob("*_night.mp4"))]
    again = painted(folder)
    assert outcomes(again) == ["done already", "done already"]
    assert [one.frames for one in again] == [2, 2]
    assert times == [path.stat().st_mtime_ns for path in sorted(folder.glob("*_night.mp4"))]
    assert outcomes(painted(folder, TWO + JOB.format("a", "waves"))) == [
        "done already",
        "done already",
        "done",
    ]


def test_what_is_done_stays_done_without_its_work_folder_and_elsewhere(folder: Path) -> None:
    import shutil

    painted(folder, DEFAULTS + JOB.format("a", "night"))
    shutil.rmtree(folder / "a_night.mp4.flowstyle")
    moved = folder.rename(folder.with_name("moved"))
    assert outcomes(list(stylize_batch(moved / "jobs.toml"))) == ["done already"]
    moved.rename(folder)


def test_how_a_result_is_written_counts_what_only_computes_it_does_not(folder: Path) -> None:
    one = DEFAULTS + JOB.format("a", "night")
    painted(folder, one)
    assert outcomes(painted(folder, one + "debug = true")) == ["done already"]
    with pytest.raises(OutputError, match=r"written.quality: \(none\) → 30"):
        painted(folder, one + "quality = 30")
    assert outcomes(painted(folder, one + "quality = 30\noverwrite = true")) == ["done"]


def test_fault_a_result_that_is_not_the_batchs_is_never_replaced(folder: Path) -> None:
    (folder / "b_night.mp4").write_bytes(b"somebody's")
    with pytest.raises(OutputError, match="the output exists") as caught:
        painted(folder)
    assert "job 2" in caught.value.where
    assert (folder / "b_night.mp4").read_bytes() == b"somebody's"
    assert not (folder / "a_night.mp4").exists()
    assert outcomes(painted(folder, TWO + "overwrite = true")) == ["done", "done"]


def test_fault_a_result_that_has_changed_is_said(folder: Path) -> None:
    painted(folder)
    (folder / "b_night.mp4").write_bytes(b"changed")
    with pytest.raises(OutputError, match="has changed since"):
        painted(folder)


def test_fault_changed_settings_are_told_before_the_work(folder: Path) -> None:
    painted(folder)
    changed = TWO + "style_weight = 9\n"
    with pytest.raises(OutputError, match=r"--style-weight: .* → 9\.0") as caught:
        painted(folder, changed)
    assert "job 2" in caught.value.where
    (folder / "b_night.mp4").unlink()
    with pytest.raises(ResumeMismatchError, match="--style-weight") as refused:
        painted(folder, changed)
    assert refused.value.exit_code == 14
    assert not (folder / "b_night.mp4").exists()
    assert outcomes(painted(folder, changed + "restart = true")) == ["done already", "done"]
    assert (folder / "b_night.mp4.flowstyle" / "archive-1").is_dir()
    # It is true of other settings only: what goes on is not set aside again.
    (folder / "b_night.mp4").unlink()
    assert outcomes(painted(folder, changed + "restart = true")) == ["done already", "done"]
    assert not (folder / "b_night.mp4.flowstyle" / "archive-2").exists()


def test_fault_work_of_another_clip_is_said_to_be(folder: Path) -> None:
    painted(folder)
    (folder / "b_night.mp4").unlink()
    clip = folder / "b.mp4"
    clip.write_bytes(clip.read_bytes() + b"\0\0\0\x08free")
    with pytest.raises(ResumeMismatchError, match=r"another clip:\n- clip: b\.mp4") as refused:
        painted(folder)
    assert refused.value.advice.startswith("give another output, or restart = true")


def test_fault_results_in_each_others_place(folder: Path) -> None:
    same = TWO.replace("[defaults]\n", '[defaults]\noutput = "x.mp4"\n')
    with pytest.raises(OutputError, match="job 1 has the same output"):
        painted(folder, same)
    source = TWO + 'output = "a.mp4"\noverwrite = true\n'
    with pytest.raises(OutputError, match=r"a\.mp4 is read by job 1"):
        painted(folder, source)
    found = DEFAULTS + JOB.format("*", "night")
    with pytest.raises(OutputError, match=r"would take the output .* for a source"):
        painted(folder, found)
    pictures = TWO.replace("[defaults]\n", '[defaults]\noutput = "out/%06d.png"\n')
    with pytest.raises(OutputError, match="job 1 has the same output"):
        painted(folder, pictures)
    assert not (folder / "out").exists()


def test_fault_clips_and_styles_are_tried_before_the_first_render(folder: Path) -> None:
    (folder / "b.mp4").write_bytes(b"no clip")
    with pytest.raises(FlowstyleError) as caught:
        painted(folder, TWO.replace("[defaults]\n", '[defaults]\noutput = "o/{clip}.mp4"\n'))
    assert caught.value.exit_code == 10
    assert "job 2: b.mp4 × night.png ([[job]] 2)" in caught.value.where
    assert not (folder / "o").exists()  # nothing is left of a batch that did not begin
    with pytest.raises(FlowstyleError) as caught:
        painted(folder, TWO + JOB.format("a", "none"))
    assert "2 things prevent the batch" in caught.value.what
    with pytest.raises(FlowstyleError) as caught:  # places and what is missing at once
        painted(folder, TWO.replace("[defaults]\n", '[defaults]\noutput = "a.mp4"\n'))
    assert "2 things prevent the batch" in caught.value.what
    assert "a.mp4 is read by job 1" in caught.value.what
    assert not list(folder.glob("*.mp4.flowstyle"))


def failing(job: str, error: Callable[[], Exception]) -> Callable[..., object]:
    """``stylize_video`` that fails for one clip."""

    def call(clip: Path, *arguments: object, **named: object) -> object:
        if clip.stem == job:
            ballast = _Ballast()
            BALLAST.append(weakref.ref(ballast))
            raise error()
        return stylize_video(clip, *arguments, **named)

    return call


def infinite() -> NotFiniteError:
    return NotFiniteError("a loss became infinite", "frame 3", "a smaller rate")


class _Ballast:
    """What a failed job held, such as its frames."""


BALLAST: list[weakref.ref[_Ballast]] = []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (infinite, 17),
        (MemoryError, 16),
        (lambda: KeyError("of ours"), 1),
    ],
)
def test_fault_one_failing_job_leaves_the_others_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], code: int
) -> None:
    monkeypatch.setattr(batch_run, "stylize_video", failing("a", error))
    said: list[object] = []
    results = list(stylize_batch(write(folder, TWO), report=said.append))
    assert outcomes(results) == ["failed", "done"]
    assert results[0].error is not None
    assert results[0].error.exit_code == code
    assert any(isinstance(one, Notice) and "job 1 failed" in one.text for one in said)
    if code == 1:
        log = Path(results[0].error.where)
        assert "KeyError: 'of ours'" in log.read_text()
    gc.collect()
    assert BALLAST.pop()() is None  # nothing of a failed job is held
    monkeypatch.undo()
    assert outcomes(painted(folder)) == ["done", "done already"]


def test_fault_a_full_disk_at_the_end_of_a_job_is_that_jobs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flowstyle.core import disk

    def full(*arguments: object) -> None:
        raise disk.explain(OSError(28, "No space left on device"), folder)

    monkeypatch.setattr(batch_run.Book, "note_done", full)
    results = painted(folder)
    assert [one.error.exit_code for one in results if one.error] == [15, 15]
    monkeypatch.undo()
    # What was painted is there and known to be the batch's: it is noted now.
    assert outcomes(painted(folder)) == ["done", "done"]


def test_damaged_frames_are_told_now_and_later(folder: Path) -> None:
    clip = write_clip(folder / "whole.mp4", pictures=[picture(i, (48, 32)) for i in range(8)])
    damage(clip, 4, folder / "a.mp4")
    text = TWO.replace("[defaults]\n", '[defaults]\non_corrupt = "repeat"\n')
    first, again = painted(folder, text), painted(folder, text)
    for results in (first, again):
        assert results[0].outcome is Outcome.DEGRADED
        assert results[0].repeated
        assert not results[0].fine
        assert results[1].fine
    assert first[0].repeated == again[0].repeated


def test_a_batch_that_is_stopped_goes_on(folder: Path) -> None:
    token, said = CancelToken(), []

    def stop_at_the_second_job(event: object) -> None:
        said.append(event)
        if isinstance(event, FrameReady) and any(
            isinstance(one, Decision) and "2 of 2" in one.text for one in said
        ):
            token.cancel()

    batch = stylize_batch(write(folder, TWO), report=stop_at_the_second_job, cancel=token)
    assert next(batch).outcome is Outcome.DONE
    with pytest.raises(Interrupted) as caught:
        next(batch)
    assert "job 2 of 2, b.mp4 × night.png" in caught.value.where
    assert "run the same command again" in caught.value.advice
    assert outcomes(painted(folder)) == ["done already", "done"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TWO, ["no job writes one; report = true in [defaults] has all of them written"]),
        (TWO + "report = true\n", ["1 of 2 jobs writes one; report = true in [defaults] has all"]),
        (TWO.replace("[defaults]", "[defaults]\nreport = true"), []),
    ],
)
def test_reports_that_are_not_written_are_told(folder: Path, text: str, said: list[str]) -> None:
    found: list[str] = []
    token = CancelToken()

    def listen(event: object) -> None:
        if isinstance(event, Decision):
            found.extend([event.text] if event.topic == "report" else [])
            if event.topic == "batch":
                token.cancel()  # before the first job

    with pytest.raises(Interrupted):
        list(stylize_batch(write(folder, text), report=listen, cancel=token))
    assert len(found) == len(said)
    assert all(part in whole for part, whole in zip(said, found, strict=True))


def test_fault_a_batch_is_painted_by_one_process(folder: Path) -> None:
    file = write(folder, TWO)
    under_way = stylize_batch(file)
    next(under_way)
    with pytest.raises(WorkdirBusyError):
        next(stylize_batch(file))
    assert outcomes(list(under_way)) == ["done"]


def test_settings_without_effect_are_told(folder: Path) -> None:
    said: list[object] = []
    text = DEFAULTS + JOB.format("a", "night") + 'pooling = "max"\n'
    list(stylize_batch(write(folder, text), report=said.append))
    notes = [one.text for one in said if isinstance(one, Notice)]
    assert any(note.startswith("pooling has no effect here") for note in notes)


def test_the_command_prints_a_table_and_lists_what_failed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batch_run, "stylize_video", failing("a", infinite))
    file = str(write(folder, TWO))
    assert run(["batch", file]) == 3
    out, err = capfd.readouterr()
    first, second = (line for line in out.splitlines() if "× night.png" in line)
    assert "a.mp4 × night.png" in first
    assert "failed (exit code 17)" in first
    assert second.split()[:2] == ["2", "b.mp4"]
    assert second.rstrip().endswith("done")
    assert "job 1 failed: a.mp4 × night.png: a loss became infinite" in err
    assert "a smaller rate" in err

    assert run(["batch", file, "--stop-at-first-failure"]) == 3
    out, _ = capfd.readouterr()
    assert "not begun" in out

    assert run(["batch", file, "--quiet"]) == 3
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines()[0].startswith("job 1 failed")


def test_the_command_as_json(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = str(write(folder, TWO.replace("measure = false\n", "")))
    assert run(["batch", file, "--json"]) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [(one["event"], one.get("job"), one.get("of")) for one in lines] == [
        ("job", 1, 2),
        ("job", 2, 2),
        ("batch", None, None),
    ]
    assert lines[0]["rendered"]["frames"] == 2
    assert lines[0]["transport"] == lines[0]["rendered"]["figures"]["transport"]["value"]
    assert lines[2] == {"event": "batch", "jobs": 2, "ended": 2, "failed": [], "degraded": []}
    assert run(["batch", file]) == 0
    word = "stable" if lines[0]["transport"] <= 4 else "restless"
    assert f"{lines[0]['transport']:.1f} {word}" in capfd.readouterr().out


def test_a_dry_run_lists_the_jobs_and_leaves_nothing(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = TWO.replace("[defaults]\n", '[defaults]\noutput = "deep/er/{clip}.mp4"\n')
    file = str(write(folder, text))
    before = sorted(folder.iterdir())
    assert run(["batch", file, "--dry-run"]) == 0
    out = capfd.readouterr().out
    assert out.count("48×32") == 2
    assert out.count("to do") == 2
    assert "2 jobs, 4 frames" in out
    assert sorted(folder.iterdir()) == before
    assert run(["batch", file, "--quiet"]) == 0
    assert run(["batch", file, "--dry-run", "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [row["state"] for row in rows] == ["done already", "done already"]
    assert [row["size"] for row in rows] == [[48, 32]] * 2


def test_overwrite_and_restart_for_all_jobs(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = str(write(folder, TWO))
    assert run(["batch", file, "--quiet"]) == 0
    write(folder, TWO.replace("iterations = 1\n", "iterations = 2\n"))
    assert run(["batch", file, "--quiet"]) == 12
    assert "2 things prevent the batch" in capfd.readouterr().err
    assert run(["batch", file, "--quiet", "--overwrite", "--restart"]) == 0
    assert run(["batch", file, "--quiet"]) == 0
