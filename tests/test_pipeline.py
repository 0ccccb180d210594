"""The whole way of a clip, on small synthetic ones."""

from __future__ import annotations

import shutil
import signal
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import OutputError, ResumeMismatchError, UsageError
from flowstyle.core.events import Decision, Notice, Progress
from flowstyle.core.types import ClipInfo, Shot
from flowstyle.pipeline import stylize_video
from flowstyle.render.prepare import prepare
from flowstyle.render.result import Output, Rendered
from flowstyle.render.size import render_size
from flowstyle.render.whole_shots import whole_shots
from flowstyle.report.flow_view import view_flow
from flowstyle.settings import Settings, load_settings
from flowstyle.storage import WorkDir
from scripts.common.clip_facts import facts
from tests.helpers.media import picture, write_clip, write_pictures
from tests.helpers.painting import CancelWhen

QUICK = {"first_iterations": 2, "iterations": 1, "first_smallest": 64, "features": "compact"}


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("style") / "dots.png"
    cv2.imwrite(str(path), picture(0, (48, 40), seed=7)[..., ::-1])
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six frames at uneven times, with sound that begins late."""
    return write_clip(
        tmp_path_factory.mktemp("clip") / "clip.mp4",
        count=6,
        size=(64, 48),
        time_base=Fraction(1, 600),
        pts=[0, 24, 50, 70, 100, 121],
        last_duration=30,
        audio="aac",
        audio_offset=Fraction(1, 20),
    )


def render(clip: Path, style: Path, out: Path, events=None, **more) -> Rendered:
    output = {name: more.pop(name) for name in ("overwrite", "restart", "debug") if name in more}
    settings = load_settings({**QUICK, **more}, preset=more.pop("preset", "draft"))
    report = (lambda event: None) if events is None else events.append
    return stylize_video(clip, [style], settings, Output(path=out, **output), report=report)


@pytest.fixture(scope="module")
def rendered(clip: Path, style: Path, tmp_path_factory: pytest.TempPathFactory):
    out = tmp_path_factory.mktemp("out") / "painted.mp4"
    events: list = []
    return render(clip, style, out, events), events


def test_times_and_audio_are_the_sources(rendered, clip):
    result, _ = rendered
    source, made = facts(clip), facts(result.path)
    assert result.frames == 6
    assert made.times == source.times
    assert made.end == source.end
    assert made.audio == source.audio
    assert made.audio[0][1]  # there is sound to be copied
    assert made.size == (64, 48)


def test_every_decision_is_said_once(rendered):
    _, events = rendered
    topics = [event.topic for event in events if isinstance(event, Decision)]
    assert sorted(topics) == ["audio", "features", "flow", "preview", "settings", "shots", "size"]
    last = [e for e in events if isinstance(e, Progress) and e.stage == "stylise"][-1]
    assert last.done == last.total == 6
    assert {"content", "style", "temporal"} <= set(last.terms)


def test_the_run_measures_itself(rendered):
    result, _ = rendered
    assert result.figures is not None
    assert result.figures.frames == 6
    assert result.as_dict()["figures"]["style_mean"] > 0


def test_a_signal_while_measuring_leaves_what_is_known_of_the_clip(clip, style, tmp_path):
    out, events = tmp_path / "painted.mp4", []
    result = stylize_video(
        clip,
        [style],
        load_settings(QUICK, preset="draft"),
        Output(path=out),
        report=events.append,
        cancel=CancelWhen(out.exists, by=signal.SIGINT),
    )
    assert result.frames == 6
    assert result.figures is None
    assert result.unmeasured == result.as_dict()["unmeasured"] == "stopped by a signal"
    assert any(isinstance(e, Notice) and "not measured" in e.text for e in events)


def opencv_without_memory() -> Exception:
    """What OpenCV raises when an allocation fails."""
    error = cv2.error("Failed to allocate 99 bytes")
    error.code = cv2.Error.StsNoMem
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(5, "Input/output error"), "Input/output error"),
        (opencv_without_memory(), "memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), "memory"),
    ],
)
def test_a_failure_while_measuring_leaves_it_too(
    clip, style, tmp_path, monkeypatch, error: Exception, said: str
):
    def fails(*args, **more):
        raise error

    monkeypatch.setattr("flowstyle.render.measure.evaluate_frames", fails)
    result = render(clip, style, tmp_path / "painted.mp4", frames=2)
    assert result.path.exists()
    assert result.figures is None
    assert said in result.unmeasured


def test_mistakes_while_measuring_are_not_hidden(clip, style, tmp_path, monkeypatch):
    monkeypatch.setattr("flowstyle.render.measure.evaluate_frames", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        render(clip, style, tmp_path / "painted.mp4", frames=2)


def test_an_existing_output_is_refused_before_any_work(clip, style, tmp_path):
    out = tmp_path / "painted.mp4"
    out.write_bytes(b"mine")
    with pytest.raises(OutputError):
        render(clip, style, out)
    assert out.read_bytes() == b"mine"
    assert not (tmp_path / "painted.mp4.flowstyle").exists()


def test_a_finished_run_is_only_written_again(rendered, clip, style):
    result, _ = rendered
    before = result.path.read_bytes()
    events: list = []
    again = render(clip, style, result.path, events, overwrite=True)
    assert result.path.read_bytes() == before
    notices = [event.text for event in events if isinstance(event, Notice)]
    told = "resuming: 12 of 12 kept pictures verified, painted frames among them: 6"
    assert told in notices
    assert result.pace is not None
    assert again.pace is None
    assert "a frame" not in again.summary()


def test_another_setting_does_not_resume(rendered, clip, style):
    result, _ = rendered
    with pytest.raises(ResumeMismatchError, match=r"--style-weight: 12\.0 → 9\.0"):
        render(clip, style, result.path, overwrite=True, style_weight=9.0)


def test_a_piece_of_a_clip(clip, style, tmp_path):
    result = render(clip, style, tmp_path / "piece.mkv", start_frame=2, frames=3)
    assert result.frames == 3
    times = facts(result.path).times
    assert [float(t - times[0]) for t in times] == pytest.approx([0, 20 / 600, 50 / 600], abs=1e-3)


def test_a_cut_begins_a_new_shot(style, tmp_path):
    pictures = [picture(i, (64, 48)) for i in range(4)]
    pictures += [255 - picture(i, (64, 48), seed=3) for i in range(4)]
    clip = write_clip(tmp_path / "two.mp4", pictures=pictures)
    result = render(clip, style, tmp_path / "out.mp4")
    assert result.cuts == [4]
    # Counted as in the clip, whatever piece of it is rendered.
    assert render(clip, style, tmp_path / "piece.mp4", start_frame=2).cuts == [4]


def test_nothing_is_carried_over_a_cut(style, tmp_path):
    second = write_pictures(tmp_path / "second", ["0.png", "1.png", "2.png"], (64, 48))
    both = write_pictures(tmp_path / "both", [f"{i}.png" for i in range(5)], (64, 48))
    for index in range(2):
        cv2.imwrite(str(both / f"{index}.png"), 255 - picture(index, (64, 48), seed=3))
    for path in second.iterdir():
        shutil.copy(path, both / f"{int(path.stem) + 2}.png")
    listed = tmp_path / "shots.csv"
    listed.write_text("0\n2\n")
    render(both, style, tmp_path / "joined", shots=listed)
    render(second, style, tmp_path / "alone")
    joined = sorted((tmp_path / "joined").iterdir())[2:]
    alone = sorted((tmp_path / "alone").iterdir())
    assert [p.read_bytes() for p in joined] == [p.read_bytes() for p in alone]


def test_a_list_of_shots_is_believed(clip, style, tmp_path):
    listed = tmp_path / "shots.csv"
    listed.write_text("0\n3\n")
    result = render(clip, style, tmp_path / "out.mp4", shots=listed)
    assert result.cuts == [3]


def test_folders_in_and_out_with_debug_pictures(style, tmp_path):
    frames = write_pictures(tmp_path / "frames", ["f1.png", "f2.png", "f10.png"], (64, 48))
    events: list = []
    result = render(frames, style, tmp_path / "out", events, debug=True)
    written = sorted((tmp_path / "out").iterdir())
    assert len(written) == 3
    folder = tmp_path / "out.flowstyle" / "debug"
    assert [str(folder) in str(one) for one in events if "debug" in str(one)] == [True]
    debug = sorted(folder.iterdir())
    assert [path.name for path in debug] == ["000000.png", "000001.png", "000002.png"]
    assert result.frames == 3


def test_original_colours_keep_the_sources_chroma(clip, style, tmp_path):
    kept = render(clip, style, tmp_path / "kept.mkv", original_colors=True, frames=2)
    free = render(clip, style, tmp_path / "free.mkv", frames=2)

    def chroma(path: Path) -> np.ndarray:
        image = cv2.VideoCapture(str(path)).read()[1]
        return cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:].astype(float)

    source = chroma(clip)
    assert np.abs(chroma(kept.path) - source).mean() < 4
    assert np.abs(chroma(free.path) - source).mean() > np.abs(chroma(kept.path) - source).mean()


def test_the_clips_colours_can_be_had_afterwards_without_painting_again(clip, style, tmp_path):
    out = tmp_path / "painted.mp4"
    free = render(clip, style, out, frames=2).path.read_bytes()
    frames = sorted((tmp_path / "painted.mp4.flowstyle" / "stylised").iterdir())
    made = [path.stat().st_mtime_ns for path in frames]
    kept = render(clip, style, out, frames=2, original_colors=True, overwrite=True)
    assert kept.path.read_bytes() != free
    assert [path.stat().st_mtime_ns for path in frames] == made


def test_the_size_follows_the_width_and_stays_even():
    info = ClipInfo(Path("a"), 1280, 720, None, Fraction(1, 25), Fraction(25))
    assert render_size(info, load_settings({"width": 426})) == (426, 240)
    assert render_size(info, load_settings({})) == (1280, 720)
    small = ClipInfo(Path("a"), 1000, 20, None, Fraction(1, 25), Fraction(25))
    with pytest.raises(UsageError):
        render_size(small, load_settings({"width": 100}))


@pytest.mark.parametrize(("name", "kept"), [("out.mov", True), ("out.mp4", False)])
def test_alpha_is_kept_where_the_output_can_hold_it(style, tmp_path, name, kept):
    rgba = [np.dstack([picture(i, (64, 48)), np.full((48, 64), 90, np.uint8)]) for i in range(2)]
    clip = write_clip(tmp_path / "alpha.mov", pictures=rgba, codec="qtrle", pixel_format="argb")
    settings = load_settings(QUICK, preset="draft")
    codec = "prores" if kept else None
    told: list[object] = []
    output = Output(path=tmp_path / name, codec=codec)
    result = stylize_video(clip, [style], settings, output, report=told.append)
    assert ("a" in facts(result.path).pixel_format.replace("yuva", "a")) is kept
    # Whether anything shines through nobody knows before the last frame is decoded.
    said = "holds no alpha, which the clip has: anything transparent in it is laid on black"
    assert (said in str(told)) is not kept


def test_a_pattern_has_its_work_folder_beside_the_pictures(clip, style, tmp_path):
    (tmp_path / "shots").mkdir()
    render(clip, style, tmp_path / "shots" / "%04d.png", frames=2)
    assert sorted(p.name for p in (tmp_path / "shots").iterdir()) == ["0001.png", "0002.png"]
    assert (tmp_path / "shots.flowstyle").is_dir()


def test_a_preview_can_be_watched(rendered):
    result, _ = rendered
    preview = facts(result.path.parent / "painted.mp4.flowstyle" / "preview.mp4")
    assert len(preview.times) == result.frames


def test_files_that_have_moved_are_known_by_their_content(clip, style, tmp_path):
    """Style, list of shots and folder of flow under other names: the same work goes on."""
    shots, flow = tmp_path / "shots.csv", tmp_path / "flow"
    shots.write_text("0\n3\n")
    view_flow(clip, tmp_path / "flow.mp4", write_flo=flow)
    out, events = tmp_path / "painted.mp4", []
    render(clip, style, out, shots=shots, flow=str(flow))
    moved = [path.rename(path.with_name(f"moved-{path.name}")) for path in (shots, flow)]
    other = shutil.copy(style, tmp_path / "other.png")
    again = {"shots": moved[0], "flow": str(moved[1]), "overwrite": True}
    render(clip, Path(other), out, events, **again)
    said = [event.text for event in events if isinstance(event, Notice)]
    assert any("12 of 12 kept pictures verified" in text for text in said)
    moved[0].write_text("0\n2\n")
    with pytest.raises(ResumeMismatchError, match="shots"):
        render(clip, style, out, **again)
    moved[0].write_text("0\n3\n")
    next(moved[1].glob("*.flo")).unlink()
    with pytest.raises(ResumeMismatchError, match=r"flow\.digest"):
        render(clip, style, out, **again)


def test_shots_that_were_looked_for_once_are_kept(style, tmp_path, monkeypatch):
    pictures = [picture(i, (64, 48)) for i in range(4)]
    pictures += [255 - picture(i, (64, 48), seed=3) for i in range(4)]
    clip = write_clip(tmp_path / "two.mp4", pictures=pictures)
    events: list = []
    plan = prepare(clip, [style], Settings(**QUICK), Output(tmp_path / "o.mkv"), events.append)
    with WorkDir.open(tmp_path / "work", {}) as workdir:
        found = whole_shots(plan, workdir, events.append, CancelToken())
        assert found.shots == [Shot(0, 3), Shot(4, 7)]
        assert [e.done for e in events if isinstance(e, Progress)] == list(range(1, 9))
    monkeypatch.setattr("flowstyle.render.whole_shots.read_frames", lambda *a, **k: 1 / 0)
    with WorkDir.open(tmp_path / "work", {}) as workdir:
        assert whole_shots(plan, workdir, events.append, CancelToken()) == found


def test_sound_that_is_asked_for_and_is_not_there_is_told(style, tmp_path):
    folder = write_pictures(tmp_path / "frames", ["0.png", "1.png"], (64, 48))
    events: list = []
    output = Output(tmp_path / "o.mkv", audio="encode")
    prepare(folder, [style], Settings(**QUICK), output, events.append)
    told = [event.text for event in events if isinstance(event, Notice)]
    assert "--audio encode has no effect: the clip has no sound" in told


def test_what_becomes_of_bits_and_times_is_told_before_the_work(style, tmp_path):
    clip = write_clip(
        tmp_path / "deep.mkv",
        count=8,
        size=(64, 64),
        rate=Fraction(30000, 1001),
        codec="libx265",
        pixel_format="yuv420p10le",
    )
    events: list = []
    prepare(clip, [style], Settings(**QUICK), Output(tmp_path / "o.mp4"), events.append)
    told = [event.text for event in events if isinstance(event, Notice)]
    assert "10 bits become 8 (h264 as yuv420p): --codec hevc keeps it" in told
    decided = {event.topic: event.text for event in events if isinstance(event, Decision)}
    assert decided["times"].startswith("even, 29.97 frames a second")
