"""Times begin at 0, go on where recordings were joined, and are even where the file's are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from flowstyle.core.events import Decision, Event
from flowstyle.core.types import ClipInfo
from flowstyle.media import open_writer, probe, read_frames
from scripts.common.clip_facts import facts
from scripts.common.reading_cases import Case, write_case
from tests.helpers.media import write_clip

import av  # isort: skip - after cv2

MS90 = Fraction(1, 90000)


def times(path: Path) -> tuple[ClipInfo, list[Fraction], Fraction]:
    """The clip, the time of each frame, and the end."""
    info = probe(path)
    frames = list(read_frames(info))
    last = frames[-1]
    return (
        info,
        [f.pts * info.time_base for f in frames],
        (last.pts + last.duration) * info.time_base,
    )


def even(count: int, rate: Fraction = Fraction(25)) -> list[Fraction]:
    return [k / rate for k in range(count)]


def from_there(path: Path, start: int, count: int = 10, **more) -> Path:
    """A clip whose picture and sound begin at a time, in 1/90000 s."""
    stamps = [start + 3600 * k for k in range(count)]
    more = {"audio": "mp2", "audio_offset": Fraction(start, 90000), "audio_seconds": 0.4, **more}
    return write_clip(path, count=count, time_base=MS90, pts=stamps, **more)


@pytest.mark.parametrize("start", [0, 133200, 36001 * 90000, 2**33 - 5 * 3600], ids=str)
def test_a_broadcast_stream_begins_at_0_wherever_it_counts_from(tmp_path: Path, start: int):
    """The last one wraps after five frames."""
    info, found, end = times(from_there(tmp_path / "a.ts", start))
    assert found == even(10)
    assert (end, info.start_pts, info.frames) == (Fraction(2, 5), 0, 10)


@pytest.mark.parametrize("name", ["a.mkv", "a.flv", "a.nut"])
def test_a_file_of_which_nothing_begins_at_0_is_moved_there(tmp_path: Path, name: str):
    codec = "mp2" if name != "a.flv" else "libmp3lame"
    path = from_there(tmp_path / name, 90000 * 36001, audio=codec)
    info, found, _ = times(path)
    assert 36000 < info.clock.origin < 36002
    assert 0 <= found[0] < Fraction(1, 20)
    assert len(found) == info.frames == 10
    assert info.missing == 0


def test_the_result_of_a_broadcast_stream_begins_at_0_with_its_sound(tmp_path: Path):
    source = from_there(tmp_path / "a.ts", 36001 * 90000)
    out = tmp_path / "out.mp4"
    info = probe(source)
    with open_writer(out, info) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    before, after = facts(source), facts(out)
    assert after.times == tuple(even(10))
    assert after.end == Fraction(2, 5)
    late = before.times[0]
    sound = [at - late for at, _ in before.audio[0][1]]
    assert len(sound) > 10
    for (at, _), expected in zip(after.audio[0][1], sound, strict=True):
        assert abs(at - expected) <= Fraction(1, 1000)


def test_a_late_picture_without_its_sound_is_verified_at_its_time(tmp_path: Path):
    """The file that is read back begins later than 0, and is not taken for one that does not."""
    info = probe(
        write_clip(
            tmp_path / "a.mp4",
            count=4,
            time_base=Fraction(1, 12800),
            pts=[12800 + 512 * k for k in range(4)],
            audio="aac",
        )
    )
    assert info.start_pts == 12800
    with open_writer(tmp_path / "out.mkv", info, audio="none") as writer:
        for frame in read_frames(info):
            writer.write(frame)
    assert facts(tmp_path / "out.mkv").times == tuple(1 + at for at in even(4))


def test_pictures_before_the_first_that_can_be_decoded_do_not_count(tmp_path: Path):
    source = write_clip(tmp_path / "a.ts", count=24, gop=12, options={"bframes": "2"})
    with av.open(str(source)) as container:
        keys = [p.pos for p in container.demux(container.streams.video[0]) if p.is_keyframe]
    data = source.read_bytes()
    cut = tmp_path / "cut.ts"
    middle = (keys[1] // 2) // 188 * 188
    cut.write_bytes(data[: 3 * 188] + data[middle:])  # with the tables that describe the streams
    info, found, end = times(cut)
    assert found == even(12)
    assert (end, info.frames) == (Fraction(12, 25), 12)


@pytest.mark.parametrize("kind", ["mp4", "mov", "mkv", "ts"])
def test_a_file_cut_amid_a_group_has_as_many_frames_as_are_shown(tmp_path: Path, kind: str):
    """An MP4's index declares also the four before its first key frame."""
    whole = write_clip(tmp_path / "whole.mkv", gop=6, options={"bf": "2", "sc_threshold": "0"})
    path = tmp_path / f"a.{kind}"
    with av.open(str(whole)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in [p for p in old.demux(video=0) if p.size][2:]:
            packet.stream = stream
            new.mux(packet)
    info, found, _ = times(path)
    assert len(found) == info.frames == 6
    assert found == even(6)


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize("sound", ["none", "after", "before"])
@pytest.mark.parametrize("kind", [("ts", "libx264"), ("ts", "mpeg2video"), ("mpg", "mpeg2video")])
def test_joined_recordings_go_on(tmp_path: Path, kind: tuple, sound: str, b_frames: int):
    one = write_case(tmp_path, Case(*kind, sound, b_frames)).read_bytes()
    path = tmp_path / f"joined.{kind[0]}"
    path.write_bytes(one * 3)
    events: list[Event] = []
    probe(path, report=events.append)
    info, found, end = times(path)
    assert found == even(36)
    assert (end, info.frames, info.rate) == (Fraction(36, 25), 36, 25)
    assert len(info.clock.joins) == 2
    assert [e.topic for e in events if isinstance(e, Decision)] == ["times"]


@pytest.mark.parametrize("order", [("low", "high"), ("high", "low")])
def test_joined_recordings_of_far_clocks(tmp_path: Path, order: tuple[str, str]):
    from_there(tmp_path / "low.ts", 126000, 6)
    from_there(tmp_path / "high.ts", 90000 * 5000, 6)
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join((tmp_path / f"{name}.ts").read_bytes() for name in order))
    info, found, _ = times(path)
    assert found == even(12)
    assert info.rate == 25


def test_joined_sound_stays_with_its_picture(tmp_path: Path):
    one = from_there(tmp_path / "one.ts", 126000, 10)
    source = tmp_path / "joined.ts"
    source.write_bytes(one.read_bytes() * 2)
    info = probe(source)
    with open_writer(tmp_path / "out.mp4", info) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    once = [at - Fraction(7, 5) for at, _ in facts(one).audio[0][1]]
    expected = [*once, *(at + Fraction(2, 5) for at in once)]
    found = [at for at, _ in facts(tmp_path / "out.mp4").audio[0][1]]
    assert len(found) == len(expected)
    assert max(abs(a - b) for a, b in zip(found, expected, strict=True)) < Fraction(1, 40)


@pytest.mark.parametrize(
    ("codec", "rate"), [("libx264", 30000), ("libx264", 24000), ("mpeg4", 24000)]
)
def test_b_frames_in_avi_are_even(tmp_path: Path, codec: str, rate: int):
    options = {"bframes": "3", "preset": "fast"} if codec == "libx264" else {"bf": "2"}
    path = write_clip(
        tmp_path / "a.avi", count=24, codec=codec, rate=Fraction(rate, 1001), options=options
    )
    info, found, end = times(path)
    assert found == even(24, Fraction(rate, 1001))
    assert (end, info.frames) == (24 * Fraction(1001, rate), 24)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_a_clip_that_could_have_b_frames_and_has_none(tmp_path: Path, name: str, count: int):
    """Times of decoding and showing are then equally far apart, as where the latter are guessed."""
    options = {"preset": "medium", "x264-params": "bframes=3:b-bias=-100"}
    path = write_clip(tmp_path / name, count=count, options=options)
    info, found, end = times(path)
    assert found == even(count)
    assert (info.start_pts, info.frames, end) == (0, count, Fraction(count, 25))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "mjpeg"])
def test_avi_in_which_frames_stay_for_longer(tmp_path: Path, codec: str):
    """The muxer fills the gaps by empty chunks, which mean "as before"."""
    slots = [0, 1, 2, 5, 6, 7, 9, 10]
    path = write_clip(
        tmp_path / "a.avi",
        count=8,
        pts=slots,
        codec=codec,
        pixel_format="yuvj420p" if codec == "mjpeg" else "yuv420p",
        options={"bframes": "0"} if codec == "libx264" else None,
    )
    info, found, _ = times(path)
    assert found == [Fraction(slot, 25) for slot in slots]
    assert (info.frames, info.missing) == (8, 0)


def test_empty_packets_in_mid_stream_show_the_frame_before(tmp_path: Path):
    """Theora has them; a decoder that is given one takes it for the end of the clip."""
    whole = write_clip(tmp_path / "whole.nut", count=8, codec="mpeg4", gop=1)
    path = tmp_path / "a.nut"
    with av.open(str(whole)) as old, av.open(str(path), "w") as new:
        video = old.streams.video[0]
        stream = new.add_stream_from_template(video)
        for number, packet in enumerate(old.demux(video)):
            if not packet.size:
                continue
            if number in (3, 4, 7):
                empty = av.Packet(b"")
                empty.pts, empty.dts = packet.pts, packet.dts
                empty.duration, empty.time_base = packet.duration, packet.time_base
                packet = empty
            packet.stream = stream
            new.mux(packet)
    info, found, end = times(path)
    assert [at * 25 for at in found] == [0, 1, 2, 5, 6]
    assert (info.frames, end) == (5, Fraction(8, 25))


def test_raw_dv_has_the_rate_of_its_frames(tmp_path: Path):
    info = probe(write_case(tmp_path, Case("dv", "dvvideo", "none", 0)))
    assert (info.rate, info.frames) == (25, 12)


def test_a_last_frame_that_stands_long_does_not_change_the_rate(tmp_path: Path):
    path = write_clip(
        tmp_path / "a.gif",
        count=6,
        codec="gif",
        pixel_format="rgb8",
        time_base=Fraction(1, 100),
        pts=[8 * k for k in range(6)],
        last_duration=300,
    )
    info, found, end = times(path)
    assert info.rate == Fraction(25, 2)
    assert (found[-1], end) == (Fraction(2, 5), Fraction(17, 5))
