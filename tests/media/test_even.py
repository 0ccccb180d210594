"""Even times that a file has rounded become even again where the result can hold them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.events import Decision, Event
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media import open_writer, probe, read_frames
from flowstyle.media.even import EvenWriter, even_step
from flowstyle.media.frame_writer import FrameWriter
from tests.helpers.media import write_clip

import av  # isort: skip - after cv2

MS = Fraction(1, 1000)
NTSC = Fraction(1001, 30000)
FILM = Fraction(1001, 24000)


def rounded(step: Fraction, count: int, tick: Fraction = MS, late: int = 0) -> list[int]:
    return [late + round(k * step / tick) for k in range(count)]


@pytest.mark.parametrize("step", [NTSC, FILM, NTSC / 2, Fraction(1, 30), Fraction(1, 60)])
@pytest.mark.parametrize("late", [0, 23])
def test_steps_of_rounded_times(step: Fraction, late: int):
    times = rounded(step, 2000, late=late)
    assert even_step(times[::-1], MS, 1 / step) == step
    cut = [late + int(k * step / MS) for k in range(2000)]  # as some muxers do
    assert even_step(cut, MS, 1 / step) == step


@pytest.mark.parametrize(
    ("declared", "step"),
    [("2997/100", NTSC), ("19001/317", NTSC / 2), ("23976/1000", FILM), ("30", Fraction(1, 30))],
)
def test_a_declared_rate_that_is_rounded_itself(declared: str, step: Fraction):
    assert even_step(rounded(step, 600), MS, Fraction(declared)) == step


@pytest.mark.parametrize(
    "times",
    [
        rounded(Fraction(1, 25), 100),  # exact already
        [*rounded(NTSC, 50), *(t + 33 for t in rounded(NTSC, 100)[50:])],  # a frame is missing
        [round(33.366 * k + 0.002 * k * k) for k in range(200)],  # drifts
        [t + (3 if k % 7 == 3 else 0) for k, t in enumerate(rounded(NTSC, 100))],
        [0],
    ],
)
def test_what_is_exact_or_uneven_has_no_step(times: list[int]):
    assert even_step(times, MS, Fraction(25) if times[-1] == 3960 else 1 / NTSC) is None


def test_few_ticks_to_a_step_prove_nothing():
    assert even_step([0, 3, 7, 10, 13], MS, Fraction(300)) is None
    assert even_step([0, 3, 7, 10], Fraction(1, 100), 1 / NTSC) is None


def rewritten(source: Path, output: Path, **part: int) -> tuple[ClipInfo, list[Frame], list[Event]]:
    info, said = probe(source), []
    frames = list(read_frames(info, **part))
    with open_writer(output, info, report=said.append) as writer:
        for frame in frames:
            writer.write(frame)
    return info, frames, said


def shown(path: Path, kind: str = "video") -> list[tuple[Fraction, Fraction]]:
    """When each packet is shown and for how long, as FFmpeg reads a file."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        base = Fraction(stream.time_base.numerator, stream.time_base.denominator)
        return sorted((p.pts * base, p.duration * base) for p in container.demux(stream) if p.size)


@pytest.mark.parametrize(
    ("source", "output", "step"),
    [
        ("c.mkv", "o.mp4", NTSC),
        ("c.mkv", "o.mov", FILM),
        ("c.mkv", "o.nut", NTSC),
        ("c.flv", "o.mp4", NTSC / 2),
        ("c.ts", "o.mp4", FILM),
    ],
)
def test_a_constant_rate_stays_constant(tmp_path: Path, source: str, output: str, step: Fraction):
    """HandBrake/HandBrake#3183, staxrip/staxrip#817: 29.97 became steps of 528 and 544/16000."""
    path = write_clip(tmp_path / source, count=30, rate=1 / step)
    info, frames, said = rewritten(path, tmp_path / output)
    packets = shown(tmp_path / output)
    assert {after[0] - before[0] for before, after in pairwise(packets)} == {step}
    for frame, (time, _) in zip(frames, packets, strict=True):
        assert abs(frame.pts * info.time_base - time) <= info.time_base
    if output != "o.nut":
        assert {length for _, length in packets} == {step}
        assert probe(tmp_path / output).rate == 1 / step
    assert [each.topic for each in said if isinstance(each, Decision)] == ["times"]


def test_sound_stays_where_it_is(tmp_path: Path):
    path = write_clip(
        tmp_path / "c.mkv", count=30, rate=1 / NTSC, audio="aac", audio_offset=Fraction(1, 10)
    )
    rewritten(path, tmp_path / "o.mp4")
    begins = [shown(file, "audio")[0][0] for file in (path, tmp_path / "o.mp4")]
    assert abs(begins[0] - begins[1]) <= MS


def test_a_part_and_a_late_picture_are_even_too(tmp_path: Path):
    late = write_clip(
        tmp_path / "late.mkv",
        count=20,
        rate=1 / NTSC,
        time_base=Fraction(1, 30000),
        pts=[2345 + 1001 * k for k in range(20)],
        last_duration=1001,
        audio="aac",
    )
    info, frames, _ = rewritten(late, tmp_path / "o.mp4", start=7, count=9)
    assert info.start_pts > 0
    packets = shown(tmp_path / "o.mp4")
    assert len(frames) == len(packets) == 9
    assert {after[0] - before[0] for before, after in pairwise(packets)} == {NTSC}
    assert abs(packets[0][0] - info.start_pts * MS) <= MS


def test_matroska_keeps_the_files_own_times(tmp_path: Path):
    path = write_clip(tmp_path / "c.mkv", count=30, rate=1 / NTSC)
    _, _, said = rewritten(path, tmp_path / "o.mkv")
    assert [time for time, _ in shown(tmp_path / "o.mkv")] == [time for time, _ in shown(path)]
    assert not said


def test_uneven_times_stay(tmp_path: Path):
    times = [0, 33, 67, 100, 200, 233, 267, 300]  # as of 30 a second, two of them missing
    path = write_clip(
        tmp_path / "c.mkv", rate=Fraction(30), count=8, time_base=MS, pts=times, last_duration=33
    )
    info, _, said = rewritten(path, tmp_path / "o.mp4")
    assert info.even_step is None
    assert [time / MS for time, _ in shown(tmp_path / "o.mp4")] == times
    assert not said


class Kept(FrameWriter):
    def __init__(self) -> None:
        self.path = Path("kept.mp4")
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def finish(self) -> None: ...

    def abort(self) -> None: ...


def test_times_that_the_survey_did_not_see_still_rise():
    """Frames of a damaged clip may have other times than its packets."""
    kept = Kept()
    info = ClipInfo(Path("c.mkv"), 8, 8, 4, MS, 1 / NTSC, even_step=NTSC)
    writer = EvenWriter(kept, info)
    image = np.zeros((8, 8, 3), np.uint8)
    for index, pts in enumerate((0, 33, 34, 50)):
        writer.write(Frame(index, pts, 1, image))
    own = [frame.pts for frame in kept.frames]
    assert own == [0, 1001, 1002, 1500]
    assert all(frame.duration > 0 for frame in kept.frames)
