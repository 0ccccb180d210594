"""A clock that jumps is told from a picture, a sound or data that pause."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from flowstyle.core.events import Event
from flowstyle.core.types import ClipInfo
from flowstyle.media import open_writer, probe, read_frames
from flowstyle.media.clock import Retimer
from scripts.common.clip_facts import facts
from tests.helpers.media import picture, write_clip

import av  # isort: skip - after cv2

START, FRAME = 126000, 3600  # of 1/90000 s
STILL = {"bf": "0", "tune": "zerolatency"}
PAUSE = [*range(6), *range(500, 506)]
"""Frames of 1/25 s, the second half 20 s after the beginning."""


def ts(path: Path, slots: Sequence[int], *, start: int = START, **more: Any) -> Path:
    """A TS whose frames are shown at multiples of 1/25 s, counted from a time of 1/90000 s."""
    stamps = [start + FRAME * slot for slot in slots]
    offset = Fraction(start, 90000)
    base = Fraction(1, 90000)
    return write_clip(
        path, count=len(slots), time_base=base, pts=stamps, audio_offset=offset, **more
    )


def read(path: Path) -> tuple[ClipInfo, list[Fraction], list[Event]]:
    """The clip, the time of each frame in 1/25 s, and what is said of it."""
    events: list[Event] = []
    info = probe(path, report=events.append)
    return info, [f.pts * info.time_base * 25 for f in read_frames(info)], events


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(
    ("slots", "seconds"), [(PAUSE, 20.5), ([0, 300, 600, 900], 40.0)], ids=["pause", "slow"]
)
def test_a_picture_that_pauses_keeps_its_times(
    tmp_path: Path, slots: list[int], seconds: float, b_frames: int
):
    """Franiac/TwitchLeecher#311, mifi/lossless-cut#1733: sound runs on, the picture does not."""
    options = {"bf": str(b_frames)} if b_frames else STILL
    path = ts(tmp_path / "a.ts", slots, options=options, audio="mp2", audio_seconds=seconds)
    info, found, events = read(path)
    assert found == slots
    assert (info.frames, info.clock.joins, events) == (len(slots), (), [])


def test_the_sound_of_a_picture_that_pauses_is_whole(tmp_path: Path):
    path = ts(tmp_path / "a.ts", PAUSE, options=STILL, audio="mp2", audio_seconds=20.5)
    info = probe(path)
    with open_writer(tmp_path / "out.mp4", info) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    before, after = facts(path), facts(tmp_path / "out.mp4")
    late = before.times[0]
    expected = [at - late for at, _ in before.audio[0][1]]
    found = [at for at, _ in after.audio[0][1]]
    assert after.times == tuple(Fraction(slot, 25) for slot in PAUSE)
    assert len(expected) > 800
    assert len(found) == len(expected)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) < Fraction(1, 500)


def test_a_pause_amid_b_frames_without_sound(tmp_path: Path):
    """A frame that was decoded before the pause is shown after it: the clock is one."""
    slots = [0, 1, 2, 302, 303, 304]
    info, found, _ = read(ts(tmp_path / "a.ts", slots, options={"bf": "2"}))
    assert found == slots
    assert info.clock.joins == ()


def test_a_sound_that_pauses_is_no_join(tmp_path: Path):
    """The picture goes on meanwhile, a frame every two seconds."""
    slots = [50 * k for k in range(12)]
    path = ts(tmp_path / "a.ts", slots, options=STILL, audio="mp2", audio_seconds=22.0)
    cut = _without(path, tmp_path / "cut.ts", "audio", 3.0, 20.0)
    info, found, _ = read(cut)
    assert found == slots
    assert info.clock.joins == ()


def _without(path: Path, out: Path, kind: str, begin: float, end: float) -> Path:
    """A copy without the packets of a kind between two times, in seconds of the clip."""
    with av.open(str(path)) as old, av.open(str(out), "w") as new:
        streams = {s.index: new.add_stream_from_template(s) for s in old.streams}
        for packet in old.demux():
            if not packet.size:
                continue
            at = packet.dts * packet.time_base - Fraction(START, 90000)
            if packet.stream.type != kind or not begin < at < end:
                packet.stream = streams[packet.stream_index]
                new.mux(packet)
    return out


def with_data(path: Path, seconds: Sequence[float], slots: Sequence[int]) -> Path:
    """A TS without sound, with packets of data (KLV) at some seconds."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=25, options=STILL)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = Fraction(1, 25)
        data = container.add_data_stream("klv")
        container.start_encoding()
        for second in seconds:
            packet = av.Packet(b"\x06\x0e\x2b\x34" + bytes(30))
            packet.stream = data
            packet.pts = packet.dts = round(second * 90000) + START
            packet.time_base = Fraction(1, 90000)
            container.mux(packet)
        for k, slot in enumerate(slots):
            frame = av.VideoFrame.from_ndarray(picture(k), "rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = slot + START // FRAME, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


def test_data_that_come_rarely_are_no_join(tmp_path: Path):
    slots = [50 * k for k in range(12)]
    info, found, events = read(with_data(tmp_path / "a.ts", [0.1, 13.1, 21.5], slots))
    assert found == slots
    assert (info.clock.joins, events) == ((), [])


def test_data_belong_to_the_recording_in_which_they_stand(tmp_path: Path):
    """Also those that stand at its very beginning, before its picture."""
    one = with_data(tmp_path / "one.ts", [0.0], range(6))
    path = tmp_path / "joined.ts"
    path.write_bytes(one.read_bytes() * 2)
    info, found, _ = read(path)
    assert found == [*range(12)]
    retime = Retimer(info.clock, info.stream)
    times = []
    with av.open(str(path)) as container:
        for packet in container.demux():
            retime(packet)
            if packet.size and packet.stream.type == "data":
                times.append(packet.dts * packet.time_base)
    assert times[1] - times[0] == Fraction(6, 25)


@pytest.mark.parametrize("audio", [None, "mp2"])
def test_a_clock_that_jumps_ahead_in_all_streams_is_a_join(tmp_path: Path, audio: str | None):
    """By 15 s here, which is no more than a pause may take; sound overlaps a little."""
    parts = [
        ts(tmp_path / f"{k}.ts", range(6), start=START + 15 * 90000 * k, audio=audio)
        for k in range(2)
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    info, found, _ = read(path)
    assert found == [*range(12)]
    assert len(info.clock.joins) == 1
