"""The flow of a clip as a video: frames, times, shots, radius, .flo files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowstyle.core.errors import Interrupted, OutputError, UsageError, VideoError
from flowstyle.core.events import Event, Notice, Progress, Stage
from flowstyle.flow.methods.files import read_flo, write_flo
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.report.flow_view import survey, view_flow
from scripts.common.motion import motion_clip
from tests.helpers.media import write_clip
from tests.helpers.painting import CancelWhen


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of frames with exactly known motion."""
    folder = tmp_path_factory.mktemp("clip")
    for i, frame in enumerate(motion_clip(128, 72, 4).frames):
        Image.fromarray(frame).save(folder / f"{i:03d}.png")
    return folder


def test_video_of_the_flow(clip: Path, tmp_path: Path) -> None:
    view = view_flow(clip, tmp_path / "out.mp4", write_flo=tmp_path / "flo")
    assert (view.frames, view.size, view.flow) == (4, (128, 72), "dis")
    assert [(s.first, s.last) for s in view.shots] == [(0, 3)]
    # The disc moves by 2.6 px, the turning rectangle's corners by up to 3.1 px.
    assert 2.2 < view.shots[0].radius < 3.6
    assert view.trusted is not None
    assert 0.9 < view.trusted < 1
    assert view.warp_error is not None
    assert view.warp_error < 0.01
    sheets = list(read_frames(probe(tmp_path / "out.mp4")))
    assert len(sheets) == 4
    assert sheets[0].image.shape[1] > 3 * 128

    known = motion_clip(128, 72, 4)
    for target, source, name in ((2, 1, "backward_3_2"), (1, 2, "forward_2_3")):
        flow, valid = read_flo(tmp_path / "flo" / f"{name}.flo")
        assert valid.all()
        error = np.linalg.norm(flow - known.flow(target, source), axis=0)
        assert error[~known.occluded(target, source)].mean() < 0.2
    assert len(list((tmp_path / "flo").iterdir())) == 6


def test_pixels_that_are_not_square_are_shown_as_a_player_shows_them(tmp_path: Path) -> None:
    pictures = motion_clip(64, 72, 2).frames
    shown = []
    for name, aspect in (("plain", None), ("wide", Fraction(2))):
        clip = write_clip(tmp_path / f"{name}.mp4", pictures=pictures, aspect=aspect)
        view_flow(clip, tmp_path / f"{name}_flow.mp4")
        shown.append(probe(tmp_path / f"{name}_flow.mp4"))
    plain, wide = shown
    assert wide.sample_aspect == 1  # else players stretch the words as well
    assert wide.width * plain.height == pytest.approx(2 * plain.width * wide.height, rel=0.04)


def test_part_of_a_clip_at_another_width_from_files(clip: Path, tmp_path: Path) -> None:
    known = motion_clip(128, 72, 4)
    folder = tmp_path / "flo"
    folder.mkdir()
    write_flo(folder / "backward_4_3.flo", known.flow(3, 2))
    write_flo(folder / "forward_3_4.flo", known.flow(2, 3))
    view = view_flow(clip, tmp_path / "o.mp4", start=2, count=2, width=64, flow=str(folder))
    assert (view.frames, view.size, view.flow) == (2, (64, 36), "folder flo")
    assert [(s.first, s.last) for s in view.shots] == [(2, 3)]
    assert view.warp_error is not None
    assert view.warp_error < 0.02
    with pytest.raises(VideoError, match="missing"):
        view_flow(clip, tmp_path / "p.mp4", start=1, count=2, flow=str(folder))
    assert not (tmp_path / "p.mp4").exists()


def test_cut_resets_flow_and_radius(tmp_path: Path) -> None:
    calm, fast = motion_clip(96, 54, 5, speed=0.3), motion_clip(96, 54, 5, pan=True, speed=2)
    inverted = [255 - frame for frame in fast.frames]
    source = write_clip(
        tmp_path / "a.mp4", pictures=[*calm.frames, *inverted], rate=Fraction(30000, 1001)
    )
    first, second = survey(probe(source), width=192)
    assert (first.first, first.last, second.first, second.last) == (0, 4, 5, 9)
    assert second.radius > 3 * first.radius
    # 9.3 px exactly; the frame pair across the cut, where flow is invented, would give far more.
    assert second.radius < 12
    view = view_flow(source, tmp_path / "out.mp4")
    assert [s.first for s in view.shots] == [0, 5]
    assert probe(tmp_path / "out.mp4").rate == Fraction(30000, 1001)


def test_one_frame(clip: Path, tmp_path: Path) -> None:
    view = view_flow(clip, tmp_path / "o.mp4", count=1)
    assert (view.frames, view.trusted, view.warp_error) == (1, None, None)
    assert view.as_dict()["path"] == str(tmp_path / "o.mp4")
    assert "1 frames" in view.summary()


def test_refusals_come_before_any_work(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "o.mp4"
    output.write_bytes(b"old")
    with pytest.raises(OutputError, match="exists"):
        view_flow(clip, output)
    assert output.read_bytes() == b"old"
    with pytest.raises(VideoError):
        view_flow(tmp_path / "none.mp4", tmp_path / "x.mp4")
    with pytest.raises(UsageError, match="too small"):
        view_flow(clip, tmp_path / "x.mp4", width=4)
    with pytest.raises(VideoError, match="no frames"):
        view_flow(clip, tmp_path / "x.mp4", count=0)
    flo = tmp_path / "flo"
    flo.mkdir()
    (flo / "a.flo").touch()
    with pytest.raises(OutputError, match="holds"):
        view_flow(clip, tmp_path / "x.mp4", write_flo=flo)
    with pytest.raises(OutputError, match="is a file"):
        view_flow(clip, tmp_path / "x.mp4", write_flo=flo / "a.flo")
    with pytest.raises(OutputError, match="cannot be made"):
        view_flow(clip, tmp_path / "x.mp4", write_flo=tmp_path / "none" / "flo")


def test_files_of_an_earlier_run_are_told_of_and_kept(clip: Path, tmp_path: Path) -> None:
    flo, said = tmp_path / "flo", []
    view_flow(clip, tmp_path / "a.mp4", write_flo=flo)
    view_flow(clip, tmp_path / "b.mp4", write_flo=flo, overwrite=True, report=said.append)
    assert not [event for event in said if isinstance(event, Notice)]
    view_flow(clip, tmp_path / "c.mp4", count=2, write_flo=flo, overwrite=True, report=said.append)
    assert len(list(flo.glob("*.flo"))) == 6
    assert [e.text for e in said if isinstance(e, Notice)] == [
        f"4 .flo files of an earlier run remain in {flo}"
    ]


def test_stop_leaves_nothing(clip: Path, tmp_path: Path) -> None:
    drawn: list[int] = []

    def note(event: Event) -> None:
        if isinstance(event, Progress) and event.stage is Stage.FLOW:
            drawn.append(event.done)

    cancel = CancelWhen(lambda: bool(drawn) and drawn[-1] == 2, by=15)
    with pytest.raises(Interrupted, match="frame 2"):
        view_flow(clip, tmp_path / "o.mp4", report=note, cancel=cancel)
    assert list(tmp_path.iterdir()) == []
