"""Source and result side by side, for every kind of clip: what must not change, does not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowstyle.core.events import Event
from flowstyle.core.types import Frame
from flowstyle.media import open_writer, probe, read_frames
from scripts.common.clip_facts import Facts, facts
from tests.helpers.media import picture, write_clip

import av  # isort: skip - after cv2

SHARED = Path(__file__).parents[2] / "../shared"
UNEVEN = [0, 3003, 6006, 12012, 13000, 20000, 33000, 33100, 40000, 41000, 50000, 60000]
ALPHA = [np.dstack([picture(k), np.full((48, 64), 90, np.uint8)]) for k in range(4)]

KINDS: dict[str, dict[str, Any]] = {
    "plain.mp4": {},
    "vfr.mp4": {"time_base": Fraction(1, 90000), "pts": UNEVEN, "last_duration": 7777},
    "rotated90.mp4": {"rotation": 90},
    "rotated180.mp4": {"rotation": 180},
    "rotated270.mov": {"rotation": 270, "aspect": Fraction(4, 3)},
    "odd.mkv": {"size": (65, 49), "codec": "ffv1"},
    "tenbit.mp4": {"codec": "libx265", "pixel_format": "yuv420p10le"},
    "alpha.mov": {"codec": "prores_ks", "pixel_format": "yuva444p10le", "pictures": ALPHA},
    "ntsc.mp4": {"rate": Fraction(30000, 1001)},
    "film.mp4": {"rate": Fraction(24000, 1001), "options": {"bframes": "3"}},
    "audio.mp4": {"audio": "aac"},
    "audio_late.mp4": {"audio": "aac", "audio_offset": Fraction(1, 5)},
    "audio_odd_offset.mp4": {"audio": "aac", "audio_offset": Fraction(1001, 48000)},
    "audio.mov": {"audio": "pcm_s16le"},
    "audio_mp3.mkv": {"audio": "libmp3lame"},
    "audio_opus.mkv": {"audio": "libopus"},
    "audio_flac.mkv": {"audio": "flac"},
    "late_start.mp4": {
        "time_base": Fraction(1, 12800),
        "pts": [25700 + 512 * k for k in range(12)],
        "audio": "aac",
    },
    "late_start.mkv": {"time_base": Fraction(1, 1000), "pts": [500 + 40 * k for k in range(12)]},
    "bt601.mp4": {"tags": (6, 6, 6, 1)},
    "full_range.mp4": {"tags": (1, 1, 1, 2)},
    "bt2020.mp4": {"tags": (9, 14, 9, 1), "codec": "libx265", "pixel_format": "yuv420p10le"},
    "interlaced.mp4": {"interlaced": True},
    "wide_pixels.mp4": {"aspect": Fraction(16, 11)},
    "one_frame.mp4": {"count": 1, "audio": "aac"},
    "animation.gif": {"codec": "gif", "pixel_format": "rgb8"},
}


def restyle(source: Path, out: Path, **options: Any) -> tuple[Facts, Facts, list[Event]]:
    """Read, darken a little as a stand-in for painting, write; the facts of both."""
    info = probe(source)
    events: list[Event] = []
    limits = {key: options.pop(key) for key in ("start", "count") if key in options}
    with open_writer(out, info, report=events.append, **options) as writer:
        for frame in read_frames(info, **limits):
            writer.write(
                Frame(frame.index, frame.pts, frame.duration, frame.image - frame.image // 8)
            )
    return facts(source), facts(out), events


@pytest.mark.parametrize("name", KINDS)
def test_times_audio_tags_and_shape_are_kept(tmp_path: Path, name: str):
    source = write_clip(tmp_path / name, **KINDS[name])
    suffix = ".mov" if name == "audio.mov" else ".mp4"
    before, after, events = restyle(source, tmp_path / f"out{suffix}")
    # Where nothing at all begins at 0, the clip does; a picture that waits for its sound's 0 stays.
    origin = before.times[0] if name == "late_start.mkv" else 0
    assert after.times == tuple(at - origin for at in before.times)
    assert after.end == before.end - origin
    assert after.audio == before.audio
    expected = tuple(
        (1 if was in (0, 2) else was) if k == 3 else (1 if was == 2 else was)
        for k, was in enumerate(before.tags)
    )
    if before.tags[3] == 2 and name != "animation.gif":
        expected = (*expected[:3], 2)
    if name != "animation.gif":
        assert after.tags == expected
    info = probe(source)
    width, height = after.size
    assert (width - info.width, height - info.height) == (info.width % 2, info.height % 2)
    assert after.aspect == info.sample_aspect
    assert bool(events) == (name == "odd.mkv")


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_matroska_keeps_milliseconds_and_audio(tmp_path: Path, suffix: str):
    source = write_clip(tmp_path / "c.mkv", rate=Fraction(30000, 1001), audio="libopus")
    before, after, events = restyle(source, tmp_path / f"out{suffix}")
    assert after.times == before.times
    assert [data for _, data in after.audio[0][1]] == [data for _, data in before.audio[0][1]]
    assert events == []


def test_a_last_frame_of_uneven_times_ends_in_matroska_when_it_ended(tmp_path: Path):
    """It is also shown for less than Matroska's millisecond."""
    kind = {**KINDS["vfr.mp4"], "last_duration": 5}
    source = write_clip(tmp_path / "c.mp4", **kind)
    restyle(source, tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert abs(container.duration / 1e6 - 60005 / 90000) < 0.002


def test_transport_stream_begins_at_0_and_keeps_its_sound_in_step(tmp_path: Path):
    stamps = [126000 + 3600 * k for k in range(12)]
    source = write_clip(
        tmp_path / "c.ts",
        time_base=Fraction(1, 90000),
        pts=stamps,
        audio="aac",
        audio_offset=Fraction(7, 5),
    )
    before, after, _ = restyle(source, tmp_path / "out.mp4")
    assert after.times == tuple(Fraction(k, 25) for k in range(12))
    late = Fraction(7, 5)
    assert [at for at, _ in after.audio[0][1]] == [at - late for at, _ in before.audio[0][1]]
    # MP4 holds the same packets without their seven-byte ADTS headers.
    assert [d for _, d in after.audio[0][1]] == [d[7:] for _, d in before.audio[0][1]]


@pytest.mark.parametrize(("start", "count"), [(0, 6), (5, 4), (8, None)])
def test_a_part_gets_the_audio_of_its_frames(tmp_path: Path, start: int, count: int | None):
    source = write_clip(tmp_path / "c.mp4", count=24, audio="aac", audio_seconds=1)
    before, after, _ = restyle(
        source, tmp_path / "out.mp4", audio="window", start=start, count=count
    )
    stop = None if count is None else start + count
    shown = before.times[start:stop]
    begin, end = shown[0], shown[-1] + Fraction(1, 25)
    assert after.times == tuple(at - begin for at in shown)
    assert after.end == end - begin
    wanted = [
        (at - begin, data)
        for at, data in before.audio[0][1]
        if (at >= begin or start == 0) and at < end
    ]
    assert list(after.audio[0][1]) == wanted
    assert len(wanted) >= 5


def test_a_part_in_matroska_gets_its_audio_at_the_right_time(tmp_path: Path):
    source = write_clip(tmp_path / "c.mkv", count=24, audio="libopus", audio_seconds=1)
    before, after, _ = restyle(source, tmp_path / "out.mkv", audio="window", start=10, count=8)
    begin, end = before.times[10], before.times[17] + Fraction(1, 25)
    wanted = [p for p in before.audio[0][1] if begin <= p[0] < end]
    assert [data for _, data in after.audio[0][1]] == [data for _, data in wanted]
    assert [at for at, _ in after.audio[0][1]] == [at - begin for at, _ in wanted]


def test_audio_can_be_left_out(tmp_path: Path):
    source = write_clip(tmp_path / "c.mp4", audio="aac")
    assert restyle(source, tmp_path / "out.mp4", audio="none")[1].audio == ()


def test_sound_that_a_container_does_not_hold_is_encoded_and_said(tmp_path: Path):
    source = write_clip(tmp_path / "c.mp4", audio="aac", audio_offset=Fraction(1, 5))
    before, after, events = restyle(source, tmp_path / "out.webm")
    assert "aac" in str(events[0])
    assert after.audio[0][0] in ("opus", "libopus")
    first, last = after.audio[0][1][0][0], after.audio[0][1][-1][0]
    assert abs(first - before.audio[0][1][0][0]) < Fraction(1, 40)
    assert abs(last - before.audio[0][1][-1][0]) < Fraction(1, 20)


def test_all_audio_streams_are_copied_with_their_languages(tmp_path: Path):

    from flowstyle.media.pyav import av

    parts = [write_clip(tmp_path / f"{k}.mp4", audio="aac", audio_seconds=k) for k in (1, 2)]
    source = tmp_path / "two.mp4"
    inputs = [av.open(str(part)) for part in parts]
    with av.open(str(source), "w") as container:
        streams = [inputs[0].streams.video[0], *(i.streams.audio[0] for i in inputs)]
        targets = [container.add_stream_from_template(stream) for stream in streams]
        targets[1].metadata["language"], targets[2].metadata["language"] = "deu", "fra"
        for stream, target in zip(streams, targets, strict=True):
            for packet in stream.container.demux(stream):
                if packet.size:
                    packet.stream = target
                    container.mux(packet)
            stream.container.seek(0)
    before, after, _ = restyle(source, tmp_path / "out.mp4")
    assert len(after.audio) == 2
    assert after.audio == before.audio
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert [s.language for s in container.streams.audio] == ["deu", "fra"]


def test_title_is_kept(tmp_path: Path):

    from flowstyle.media.pyav import av

    plain = write_clip(tmp_path / "plain.mp4")
    source = tmp_path / "c.mp4"
    with av.open(str(plain)) as old, av.open(str(source), "w") as new:
        new.metadata["title"] = "Ein Tag"
        target = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = target
                new.mux(packet)
    restyle(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.metadata["title"] == "Ein Tag"


@pytest.mark.shared
@pytest.mark.parametrize(("start", "count"), [(0, 24), (0, None)])
def test_shared_clip_keeps_times_and_audio(tmp_path: Path, start: int, count: int | None):
    source = SHARED / "clips" / "bigbuckbunny.mp4"
    if not source.exists():
        pytest.skip("../shared/clips is not here")
    info = probe(source)
    out = tmp_path / "out.mp4"
    audio = "all" if count is None else "window"
    with open_writer(out, info, audio=audio) as writer:
        for frame in read_frames(info, start=start, count=count, size=(160, 90)):
            writer.write(frame)
    before, after = facts(source), facts(out)
    assert after.times == before.times[:count]
    end = after.times[-1] + Fraction(1, 25)
    sound = before.audio[0][1]
    assert list(after.audio[0][1]) == [p for p in sound if count is None or p[0] < end]
