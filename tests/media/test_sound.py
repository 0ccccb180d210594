"""Sound in the result: decided before the work, in step, and said where it is not as it was."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flowstyle.core.errors import OutputError, UsageError
from flowstyle.core.events import Decision, Event, Notice
from flowstyle.core.types import ClipInfo
from flowstyle.media import open_writer, probe, read_frames
from flowstyle.media.carried import plan_carried
from flowstyle.media.containers import MUXERS
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.sound_plan import Sound, plan_sound, sound_asked
from scripts.common.beep import SOURCES, find_beep, write_beep
from tests.helpers.media import write_clip

import av  # isort: skip - after cv2, which the helpers import

SHARED = Path(__file__).parents[2] / "../shared"
STEP = 0.005  # seconds by which a beep may be off


@dataclass(frozen=True)
class Result:
    path: Path
    said: list[str]
    codecs: list[str]
    layouts: list[str]
    rates: list[int]


def rewrite(
    source: Path,
    out: Path,
    asked: Sound = Sound.AUTO,
    *,
    start: int = 0,
    count: int | None = None,
) -> Result:
    """Write a clip's frames with its sound, as a render does."""
    info: ClipInfo = probe(source)
    events: list[Event] = []
    length = None if count is None else count / info.rate
    carried = plan_carried(info, out, asked, length=length)
    carried.decide(events.append)
    audio: Any = "window" if start or count else "all"
    with open_writer(out, info, audio=audio, carried=carried, report=events.append) as writer:
        for frame in read_frames(info, start=start, count=count):
            writer.write(frame)
    with av.open(str(out)) as container:
        sounds = [s.codec_context for s in container.streams.audio]
        codecs = [c.codec.canonical_name for c in sounds]
        layouts, rates = [c.layout.name for c in sounds], [c.rate for c in sounds]
    said = [e.text for e in events if isinstance(e, Decision | Notice)]
    return Result(out, said, codecs, layouts, rates)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, float]]:
    """A clip with each codec of sound, and where FFmpeg finds its beep."""
    folder = tmp_path_factory.mktemp("beeps")
    found = {}
    for name, (encoder, suffix) in SOURCES.items():
        path = write_beep(folder / f"{name}{suffix}", encoder)
        found[name] = (path, find_beep(path))
    return found


MADE = "not kept: tag creation_time"  # which FFmpeg reads of ASF from 8.1 on


@pytest.mark.parametrize("suffix", MUXERS)
@pytest.mark.parametrize("name", SOURCES)
def test_every_sound_plays_in_step_in_every_container(tmp_path: Path, sources, name, suffix):
    source, beep = sources[name]
    assert abs(beep - 0.5) < STEP
    info, out = probe(source), tmp_path / f"out{suffix}"
    events: list[Event] = []
    with open_writer(out, info, report=events.append) as writer:
        for frame in read_frames(info, count=2):
            writer.write(frame)
    assert abs(find_beep(out) - beep) < STEP
    with av.open(str(out)) as container:
        codec = container.streams.audio[0].codec_context.codec.canonical_name
    as_read = "mp3" if name == "mp2" and suffix == ".mp4" else name  # one name for all layers
    events = [event for event in events if event.text != MADE]
    assert (codec == as_read) == (not events)  # what is not copied is said
    assert all(name in event.text and "encoded" in event.text for event in events)


def test_sound_that_begins_before_the_picture_moves_nothing(tmp_path: Path):
    """An AAC encoder's priming begins before time 0; Matroska's muxer would shift all for it."""
    source = write_beep(tmp_path / "c.mp4", "aac", rate=44100)
    with av.open(str(source)) as container:
        assert next(container.demux(audio=0)).pts < 0
    for suffix in (".mkv", ".nut", ".mov"):
        result = rewrite(source, tmp_path / f"out{suffix}")
        assert result.codecs == ["aac"]
        assert abs(find_beep(result.path) - 0.5) < STEP
        with av.open(str(result.path)) as container:
            assert next(container.decode(video=0)).pts == 0


@pytest.mark.parametrize("suffix", [".nut", ".mkv", ".mp4"])
@pytest.mark.parametrize("kind", [".mkv", ".ts"])
def test_encoded_sound_may_begin_before_the_picture(tmp_path: Path, kind: str, suffix: str):
    """A TS begins with its picture; NUT has no place for what is heard before."""
    plain, source = write_beep(tmp_path / f"plain{kind}", "ac3"), tmp_path / f"c{kind}"
    with av.open(str(plain)) as old, av.open(str(source), "w") as new:
        targets = {s.index: new.add_stream_from_template(s) for s in old.streams}
        for packet in old.demux():
            if not packet.size:
                continue
            if packet.stream.type == "video":
                late = round(Fraction(3, 10) / packet.time_base)
                packet.pts, packet.dts = packet.pts + late, packet.dts + late
            packet.stream = targets[packet.stream_index]
            new.mux(packet)
    assert abs(find_beep(source) - 0.2) < STEP
    result = rewrite(source, tmp_path / f"out{suffix}", Sound.ENCODE)
    assert abs(find_beep(result.path) - 0.2) < STEP


@pytest.mark.parametrize(
    ("encoder", "suffix", "rate", "layout"),
    [
        ("pcm_s16le", ".avi", 44100, "stereo"),
        ("pcm_u8", ".avi", 11025, "mono"),
        ("adpcm_ms", ".avi", 48000, "mono"),
        ("wmav2", ".wmv", 44100, "mono"),
    ],
)
def test_a_layout_without_a_name_is_the_usual_one(tmp_path: Path, encoder, suffix, rate, layout):
    source = write_beep(tmp_path / f"c{suffix}", encoder, layout, rate=rate)
    with av.open(str(source)) as container:
        assert container.streams.audio[0].layout.name.endswith(" channels")
    result = rewrite(source, tmp_path / "out.mp4", Sound.ENCODE)
    assert (result.codecs, result.layouts, result.rates) == (["aac"], [layout], [rate])
    assert abs(find_beep(result.path) - find_beep(source)) < STEP


def test_six_channels_with_speakers_at_the_side(tmp_path: Path):
    source = write_beep(tmp_path / "c.mkv", "ac3", "5.1(side)")
    opus = rewrite(source, tmp_path / "out.webm")
    assert (opus.codecs, opus.layouts) == (["opus"], ["5.1"])
    aac = rewrite(source, tmp_path / "out.mp4", Sound.ENCODE)
    assert (aac.codecs, aac.layouts) == (["aac"], ["5.1"])
    assert "sound 1 (ac3, 5.1(side), 48000 Hz) encoded as AAC, 5.1" in aac.said[0]


def test_eight_channels(tmp_path: Path):
    source = write_beep(tmp_path / "c.mkv", "flac", "7.1")
    for suffix, codec in ((".webm", "opus"), (".mov", "aac"), (".nut", "flac")):
        result = rewrite(source, tmp_path / f"out{suffix}")
        assert (result.codecs, result.layouts) == ([codec], ["7.1"])
        assert abs(find_beep(result.path) - 0.5) < STEP


@pytest.mark.parametrize("encoder", ["flac", "libopus"])
def test_quicktime_gets_what_it_plays(tmp_path: Path, encoder: str):
    source = write_beep(tmp_path / "c.mkv", encoder, "mono")
    assert rewrite(source, tmp_path / "out.mov").codecs == ["aac"]


def test_rates_that_the_codec_does_not_have(tmp_path: Path):
    source = write_beep(tmp_path / "c.mkv", "flac", "mono", rate=192000)
    result = rewrite(source, tmp_path / "out.m4v")
    assert (result.codecs, result.rates) == (["aac"], [96000])
    assert "96000 Hz" in result.said[0]
    assert abs(find_beep(result.path) - 0.5) < STEP
    odd = write_beep(tmp_path / "odd.mkv", "flac", "mono", rate=37800)
    assert rewrite(odd, tmp_path / "odd.mp4", Sound.ENCODE).rates == [44100]


def two_tracks(path: Path) -> Path:
    """A commentary, and the main track, which is the default one."""
    write_clip(path.with_name("plain.mkv"), count=4)
    with av.open(str(path.with_name("plain.mkv"))) as old, av.open(str(path), "w") as new:
        picture = new.add_stream_from_template(old.streams.video[0], opaque=True)
        for language, title, default in (("eng", "Commentary", 0), ("deu", "Main", 1)):
            sound: Any = new.add_stream("aac", rate=48000)
            sound.layout = "mono"
            sound.metadata.update({"language": language, "title": title})
            sound.disposition = default
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = picture
                new.mux(packet)
        for sound in new.streams.audio:
            frame = av.AudioFrame("fltp", "mono", 4096)
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
            new.mux([*sound.encode(frame), *sound.encode(None)])
    return path


@pytest.mark.parametrize("asked", [Sound.AUTO, Sound.ENCODE])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".webm"])
def test_the_default_track_its_title_and_language_stay(tmp_path: Path, suffix: str, asked: Sound):
    result = rewrite(two_tracks(tmp_path / "c.mkv"), tmp_path / f"out{suffix}", asked)
    with av.open(str(result.path)) as container:
        tracks = container.streams.audio
        titles = [t.metadata.get("title") or t.metadata.get("name") for t in tracks]
        defaults = [bool(t.disposition & av.stream.Disposition.default) for t in tracks]
        german = "ger" if suffix == ".mov" else "deu"  # QuickTime's code
        assert [t.language for t in tracks] == ["eng", german]
    assert titles == ["Commentary", "Main"]
    assert defaults == [False, True]
    again = rewrite(result.path, tmp_path / "again.mkv")
    with av.open(str(again.path)) as container:
        assert [t.metadata["title"] for t in container.streams.audio] == ["Commentary", "Main"]


def test_names_that_a_file_does_not_hold_are_said(tmp_path: Path):
    source = two_tracks(tmp_path / "c.mkv")
    said = rewrite(source, tmp_path / "out.m4v").said
    assert "not kept: title “Commentary” of sound 1, title “Main” of sound 2" in said
    with av.open(str(source)) as old, av.open(str(tmp_path / "d.mkv"), "w") as new:
        targets = {s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams}
        for target, language in zip(new.streams, ("zho", "mul", "swe"), strict=True):
            target.metadata["language"] = language
        for packet in old.demux():
            if packet.size:
                packet.stream = targets[packet.stream_index]
                new.mux(packet)
    said = rewrite(tmp_path / "d.mkv", tmp_path / "out.mov").said
    assert "not kept: language mul of sound 1" in said
    with av.open(str(tmp_path / "out.mov")) as container:
        assert container.streams.video[0].language == "chi"
        assert container.streams.audio[1].language == "sve"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_gaps_and_late_sound_stay_where_they_are(tmp_path: Path, suffix: str):
    late = write_beep(tmp_path / "begins.mkv", "flac", late=Fraction(3, 10))
    assert abs(find_beep(rewrite(late, tmp_path / f"late{suffix}").path) - 0.5) < STEP
    gap = write_beep(tmp_path / "holes.mkv", "aac", gap=(0.1, 0.35))
    for asked in (Sound.AUTO, Sound.ENCODE):
        out = tmp_path / f"gap_{asked}{suffix}"
        assert abs(find_beep(rewrite(gap, out, asked).path) - 0.5) < STEP
    with av.open(str(out)) as container:  # encoded: silence in the gap, for players that skip it
        times = [float(p.pts * p.time_base) for p in container.demux(audio=0) if p.size]
    assert max(b - a for a, b in pairwise(times)) < 0.03


@pytest.mark.parametrize(("suffix", "sound"), [(".ts", "aac"), (".ts", "ac3"), (".vob", "ac3")])
def test_sound_that_begins_behind_what_is_looked_at(tmp_path: Path, suffix: str, sound: str):
    """xbmc/xbmc#26433: half a minute after the picture; FFmpeg looks at seven seconds."""
    late = write_clip(
        tmp_path / f"late{suffix}",
        count=40,
        rate=Fraction(1),
        gop=2,
        audio=sound,
        audio_offset=Fraction(30),
    )
    for out in (".mp4", ".mkv"):
        result = rewrite(late, tmp_path / f"out_{sound}{out}")
        assert result.codecs == [sound]
        assert result.rates == [48000]
        with av.open(str(result.path)) as container:
            begins = next(container.demux(audio=0))
            assert abs(float(begins.pts * begins.time_base) - 30) < 0.03


def test_sound_of_which_nothing_is_known_is_left_out(tmp_path: Path):
    """Without a rate it would be copied into a file that refuses its header after the painting."""
    clip = write_clip(tmp_path / "c.mkv", audio="mp2")
    track = SideTrack(1, "audio", "mp2", "stereo", 2, 0)
    (planned,) = plan_sound(clip, [track], tmp_path / "out.mkv")
    assert not planned.kept
    assert "unknown rate" in str(planned)


def test_sound_by_another_clock_is_said(tmp_path: Path):
    """Some recorders give the picture times from 0, and the sound those of the day."""
    plain, shifted = write_beep(tmp_path / "plain.mkv", "flac"), tmp_path / "shifted.mkv"
    with av.open(str(plain)) as old, av.open(str(shifted), "w") as new:
        tracks = {s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams}
        for packet in old.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "audio":
                packet.pts += 3_600_000
                packet.dts += 3_600_000
            packet.stream = tracks[packet.stream_index]
            new.mux(packet)
    said = rewrite(shifted, tmp_path / "out.mkv").said
    assert any("begins at 3600.00 s, when the picture is over (0.80 s)" in text for text in said)
    assert not any("over" in text for text in rewrite(plain, tmp_path / "again.mkv").said)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm"])
def test_sound_of_two_joined_recordings_is_in_step(tmp_path: Path, suffix: str):
    """Both begin at the same time stamps; the beep is in the second."""
    parts = [
        write_beep(tmp_path / f"{silent}.ts", "ac3", "mono", silent=silent)
        for silent in (True, False)
    ]
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    for asked in (Sound.AUTO, Sound.ENCODE):
        result = rewrite(joined, tmp_path / f"{asked}{suffix}", asked)
        assert abs(find_beep(result.path) - (0.8 + 0.5)) < STEP


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".nut", ".webm"])
def test_joined_recordings_whose_sound_is_longer(tmp_path: Path, suffix: str):
    """Each has 0.4 s of picture and 0.8 s of sound; the beep is 0.2 s into the last."""
    parts = []
    for silent in (True, True, False):
        whole = write_beep(tmp_path / f"{silent}.ts", "ac3", "mono", silent=silent)
        short = tmp_path / f"short_{len(parts)}.ts"
        with av.open(str(whole)) as old, av.open(str(short), "w") as new:
            tracks = [new.add_stream_from_template(stream) for stream in old.streams]
            for packet in old.demux():
                is_picture = packet.stream.type == "video"
                begin = old.streams.video[0].start_time
                if not packet.size or (is_picture and packet.pts - begin >= 10 * 3600):
                    continue
                packet.stream = tracks[packet.stream_index]
                new.mux(packet)
        parts.append(short.read_bytes())
    joined = tmp_path / "joined.ts"
    joined.write_bytes(b"".join(parts))
    for asked in (Sound.AUTO, Sound.ENCODE):
        result = rewrite(joined, tmp_path / f"{asked}{suffix}", asked)
        assert abs(find_beep(result.path) - (0.8 + 0.5)) < STEP
        with av.open(str(result.path)) as container:
            stamps = [p.pts * p.time_base for p in container.demux(audio=0) if p.size]
        assert min(b - a for a, b in pairwise(stamps)) > Fraction(1, 100)


@pytest.mark.parametrize("suffix", [".ts", ".flv", ".mkv", ".mp4"])
def test_pictures_that_declare_b_frames_and_have_none(tmp_path: Path, suffix: str):
    """Calm pictures in H.264: all packets are shown later than decoded by the same time."""
    source = write_beep(tmp_path / f"c{suffix}", "aac", rate=44100, pictures="libx264")
    result = rewrite(source, tmp_path / "out.mov")
    assert abs(find_beep(result.path) - find_beep(source)) < STEP


def test_a_late_picture_stays_late_without_its_sound(tmp_path: Path):
    source = write_clip(
        tmp_path / "c.mp4",
        time_base=Fraction(1, 25),
        count=6,
        pts=[5 + k for k in range(6)],
        audio="aac",
    )
    result = rewrite(source, tmp_path / "out.mkv", Sound.NONE)
    with av.open(str(result.path)) as container:
        first = next(container.decode(video=0))
    assert first.pts * first.time_base == Fraction(1, 5)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".nut"])
@pytest.mark.parametrize("name", ["aac", "adpcm_ms", "opus", "ac3", "wmav2"])
def test_a_piece_of_a_clip_is_in_step(tmp_path: Path, sources, name: str, suffix: str):
    source, beep = sources[name]
    for asked in (Sound.AUTO, Sound.ENCODE):
        out = tmp_path / f"{asked}{suffix}"
        rewrite(source, out, asked, start=7, count=12)
        assert abs(find_beep(out) - (beep - 7 / 25)) < STEP


def test_what_a_user_may_ask_for(tmp_path: Path):
    source = write_beep(tmp_path / "c.mp4", "aac")
    assert rewrite(source, tmp_path / "encoded.mp4", Sound.ENCODE).said[0].endswith("48000 Hz")
    assert rewrite(source, tmp_path / "copied.mp4", Sound.COPY).said[0].endswith("copied")
    assert rewrite(source, tmp_path / "none.mp4", Sound.NONE).codecs == []
    assert sound_asked(None) is Sound.AUTO
    with pytest.raises(UsageError, match="loud"):
        sound_asked("loud")
    for output in ("out.webm", "out.gif", "out/%03d.png"):
        with pytest.raises(OutputError, match=r"sound 1 \(aac.*cannot be copied") as caught:
            plan_carried(probe(source), tmp_path / output, Sound.COPY)
        assert caught.value.exit_code == 12
        assert "--audio" in caught.value.advice
        assert ("which encodes it" in caught.value.advice) == (output == "out.webm")
    with pytest.raises(OutputError, match="cannot be encoded"):
        plan_carried(probe(source), tmp_path / "out.gif", Sound.ENCODE)


def test_sound_that_is_left_out_is_said(tmp_path: Path):
    source = write_beep(tmp_path / "c.mp4", "aac")
    events: list[Event] = []
    plan_carried(probe(source), tmp_path / "out.gif").decide(events.append)
    assert "left out: .gif holds no sound" in str(events)


def test_damaged_sound_that_is_encoded_is_silent_there(tmp_path: Path):
    source = write_beep(tmp_path / "c.mkv", "eac3")
    data = bytearray(source.read_bytes())
    with av.open(str(source)) as container:
        places = [(p.pos, p.size) for p in container.demux(audio=0) if p.size][2:4]
    for place, size in places:
        data[place + 8 : place + size] = bytes(size - 8)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(data)
    result = rewrite(broken, tmp_path / "out.webm")
    assert "sound 1 (eac3, stereo, 48000 Hz) is damaged: silent there" in result.said
    assert abs(find_beep(result.path) - 0.5) < STEP


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "suffix", "codec"),
    [
        ("b5_44k.mp4", ".mkv", "aac"),
        ("b5_44k.mp4", ".nut", "aac"),
        ("a8.avi", ".mp4", "aac"),
        ("a4.wmv", ".mp4", "aac"),
        ("a7.wmv", ".mp4", "aac"),
        ("a4m.mkv", ".mp4", "aac"),
        ("a6_camera.avi", ".mp4", "aac"),
        ("a5.avi", ".mp4", "aac"),
        ("a1_51side.mkv", ".webm", "opus"),
        ("a2_truehd.mkv", ".mp4", "aac"),
        ("a3_flac.mkv", ".mov", "aac"),
        ("a3_opus.mp4", ".mov", "aac"),
        ("p3_192k.mkv", ".m4v", "aac"),
    ],
)
def test_shared_cases(tmp_path: Path, name: str, suffix: str, codec: str):
    source = SHARED / "cases" / "inputs" / name
    if not source.exists():
        pytest.skip("../shared/cases is not here")
    result = rewrite(source, tmp_path / f"out{suffix}")
    assert result.codecs == [codec]
    assert ("encoded as" in result.said[0]) == (suffix not in (".mkv", ".nut"))
