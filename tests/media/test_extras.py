"""Chapters, subtitles, time code, tags: kept where the container can, else listed."""

from __future__ import annotations

import re
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from flowstyle.core.events import Decision, Event, Notice
from flowstyle.media import open_writer, probe, read_frames
from flowstyle.media.carried import plan_carried
from flowstyle.media.timecode import advanced
from tests.helpers.media import write_clip

import av  # isort: skip - after cv2, which the helpers import

SHARED = Path(__file__).parents[2] / "../shared"
TAGS = {
    "title": "A day",
    "ARTIST": "Somebody",
    "COMMENT": "by the sea",
    "creation_time": "2024-05-06T07:08:09.000000Z",
    "location": "+48.2082+016.3738/",
}


TEXTS = {
    "subrip": b"Bon<i>jour</i>\nMarie",
    "ass": b"0,0,Default,,0,0,0,,Bon{\\i1}jour{\\i0}\\NMarie",
    "webvtt": b"Bon<i>jour</i>\nMarie",
    "mov_text": b"\0\x0dBonjour\nMarie",
}
"""One line as each kind of subtitles holds it."""


def write_rich(
    path: Path, *, subtitles: str = "", timecode: str = "", text: bytes = b"Bonjour"
) -> Path:
    """A clip of 12 frames with tags, three chapters, and what is asked for."""
    plain = write_clip(path.with_name(f"plain{path.suffix}"), count=12)
    with av.open(str(plain)) as old, av.open(str(path), "w") as new:
        new.metadata.update(TAGS)
        picture = new.add_stream_from_template(old.streams.video[0], opaque=True)
        if timecode:
            picture.metadata["timecode"] = timecode
        new.set_chapters(
            [
                {
                    "id": k + 1,
                    "start": 160 * k,
                    "end": 160 * (k + 1),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": f"Part {k}"},
                }
                for k in range(3)
            ]
        )
        lines: Any = new.add_mux_stream(subtitles) if subtitles else None
        if lines is not None:
            lines.time_base = Fraction(1, 1000)
            lines.metadata["language"] = "fra"
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = picture
                new.mux(packet)
        for at in (40, 240) if lines is not None else ():
            line = av.Packet(text)
            line.pts = line.dts = at
            line.duration, line.time_base, line.stream = 160, Fraction(1, 1000), lines
            new.mux(line)
    return path


def rewrite(source: Path, out: Path, *, start: int = 0, count: int | None = None) -> list[str]:
    """Write a clip's frames; what was said about things that are not kept."""
    info = probe(source)
    events: list[Event] = []
    carried = plan_carried(info, out, length=None if count is None else count / info.rate)
    carried.decide(events.append)
    audio: Any = "window" if start or count else "all"
    with open_writer(out, info, audio=audio, carried=carried) as writer:
        for frame in read_frames(info, start=start, count=count):
            writer.write(frame)
    return [event.text for event in events if isinstance(event, Notice)]


def tags_of(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {key.lower(): value for key, value in container.metadata.items()}


def chapters_of(path: Path) -> list[tuple[float, float, str]]:
    with av.open(str(path)) as container:
        return [
            (
                round(float(c["start"] * c["time_base"]), 3),
                round(float(c["end"] * c["time_base"]), 3),
                c["metadata"]["title"],
            )
            for c in container.chapters()
        ]


def lines_of(path: Path) -> list[tuple[float, float, bytes]]:
    with av.open(str(path)) as container:
        (stream,) = container.streams.subtitles
        return [
            (
                float((p.pts or 0) * p.time_base),
                float((p.duration or 0) * p.time_base),
                bytes(p),
            )
            for p in container.demux(stream)
            if p.size
        ]


def timecode_of(path: Path) -> str:
    with av.open(str(path)) as container:
        tags = {k.lower(): v for k, v in container.streams.video[0].metadata.items()}
    return tags.get("timecode", "")


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".m4v", ".webm", ".nut"])
@pytest.mark.parametrize("source", ["c.mkv", "c.mov"])
def test_tags_and_chapters_are_kept(tmp_path: Path, source: str, suffix: str):
    out = tmp_path / f"out{suffix}"
    assert rewrite(write_rich(tmp_path / source), out) == []
    wanted = {key.lower(): value for key, value in TAGS.items()}
    assert tags_of(out).items() >= wanted.items()
    assert chapters_of(out) == [
        (0.0, 0.16, "Part 0"),
        (0.16, 0.32, "Part 1"),
        (0.32, 0.48, "Part 2"),
    ]


@pytest.mark.parametrize("unset", ["1970-01-01T00:00:00.000000Z", "1904-01-01T00:00:00.000000Z"])
def test_a_clock_that_was_never_set_is_no_time(tmp_path: Path, unset: str):
    source, out = tmp_path / "c.mkv", tmp_path / "out.mp4"
    with av.open(str(write_rich(tmp_path / "rich.mkv"))) as old, av.open(str(source), "w") as new:
        new.metadata.update({"title": "A day", "creation_time": unset})
        picture = new.add_stream_from_template(old.streams.video[0], opaque=True)
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = picture
                new.mux(packet)
    assert rewrite(source, out) == []  # and is not told as lost
    assert "creation_time" not in tags_of(out)
    assert tags_of(out)["title"] == "A day"


def test_chapters_of_a_piece(tmp_path: Path):
    source = write_rich(tmp_path / "c.mkv")
    rewrite(source, tmp_path / "out.mkv", start=2, count=5)
    assert chapters_of(tmp_path / "out.mkv") == [(0.0, 0.08, "Part 0"), (0.08, 0.2, "Part 1")]


def test_subtitles_are_copied_or_named(tmp_path: Path):
    source = write_rich(tmp_path / "c.mkv", subtitles="subrip")
    assert rewrite(source, tmp_path / "out.mkv") == []
    assert lines_of(tmp_path / "out.mkv") == [(0.04, 0.16, b"Bonjour"), (0.24, 0.16, b"Bonjour")]
    with av.open(str(tmp_path / "out.mkv")) as container:
        assert container.streams.subtitles[0].language == "fra"
        assert not container.streams.subtitles[0].disposition  # not shown unasked
    for suffix in (".nut", ".gif"):
        (said,) = rewrite(source, tmp_path / f"out{suffix}")
        assert said.startswith("not kept: ")
        assert "subtitles 1 (subrip, fra)" in said
    assert "3 chapters" in said  # a GIF has none
    assert "tag title" in said


def words_of(path: Path) -> list[tuple[float, float, bytes]]:
    """When each line of the only subtitles begins, how long it is shown, and what it says."""
    found = []
    with av.open(str(path)) as container:
        (stream,) = container.streams.subtitles
        decoder = stream.codec_context
        for packet in container.demux(stream):
            line = decoder.decode2(packet) if packet.size else None
            for each in line or ():
                begin, length = packet.pts * packet.time_base, packet.duration * packet.time_base
                plain = re.sub(rb"\{.*?\}", b"", each.dialogue)
                found.append((float(begin), float(length), plain))
    return found


@pytest.mark.parametrize("suffix", [".mp4", ".m4v", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("kind", ["subrip", "ass", "webvtt", "mov_text"])
def test_subtitles_are_read_everywhere_at_their_times(tmp_path: Path, kind: str, suffix: str):
    """Each kind of text into each kind of file that has text of its own."""
    name = "c.mov" if kind == "mov_text" else "c.mkv"
    source = write_rich(tmp_path / name, subtitles=kind, text=TEXTS[kind])
    assert rewrite(source, tmp_path / f"out{suffix}") == []
    assert words_of(tmp_path / f"out{suffix}") == [
        (0.04, 0.16, b"Bonjour\nMarie"),
        (0.24, 0.16, b"Bonjour\nMarie"),
    ]
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        (stream,) = container.streams.subtitles
        assert stream.language == "fra"
        if suffix in (".mkv", ".webm"):  # FFmpeg enables the only subtitles of an MP4
            shown = stream.disposition & av.stream.Disposition.default
            assert bool(shown) == (kind == "mov_text")  # as the source has it


def test_subtitles_in_another_kind_are_said_and_keep_what_is_slanted(tmp_path: Path):
    source = write_rich(tmp_path / "c.mkv", subtitles="subrip", text=TEXTS["subrip"])
    events: list[Event] = []
    carried = plan_carried(probe(source), tmp_path / "out.mp4")
    carried.decide(events.append)
    (said,) = (e for e in events if isinstance(e, Decision) and e.topic == "subtitles")
    assert said.text == "subtitles 1 (subrip, fra) written as mov_text"
    rewrite(source, tmp_path / "out.mp4")
    rewrite(tmp_path / "out.mp4", tmp_path / "back.mkv")
    assert [text for _, _, text in lines_of(tmp_path / "back.mkv")] == [TEXTS["subrip"]] * 2


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_subtitles_that_cannot_be_read_are_named(tmp_path: Path, suffix: str):
    """Latin-1 where UTF-8 must be: no decoder reads it."""
    source = write_rich(tmp_path / "c.mkv", subtitles="subrip", text=b"Fran\xe7ois")
    (said,) = rewrite(source, tmp_path / f"out{suffix}")
    assert said == "not kept: subtitles 1 (subrip, fra)"


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_subtitles_end_with_a_piece(tmp_path: Path, suffix: str):
    """The second line outlasts the piece: the clip must not become longer by it."""
    source = write_rich(tmp_path / "c.mkv", subtitles="subrip")
    rewrite(source, tmp_path / f"out{suffix}", start=3, count=5)
    assert words_of(tmp_path / f"out{suffix}") == [
        (0.0, 0.08, b"Bonjour"),
        (0.12, 0.08, b"Bonjour"),
    ]


def test_subtitles_of_a_piece_are_in_step(tmp_path: Path):
    """The first is being shown when the piece begins; the second begins and outlasts it."""
    source = write_rich(tmp_path / "c.mkv", subtitles="subrip")
    rewrite(source, tmp_path / "out.mkv", start=3, count=5)
    (first, second) = lines_of(tmp_path / "out.mkv")
    assert first[:2] == (0.0, 0.08)
    assert second[0] == 0.12


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv"])
def test_time_code_is_that_of_the_first_frame(tmp_path: Path, suffix: str):
    source = write_rich(tmp_path / "c.mov", timecode="01:02:03:22")
    assert rewrite(source, tmp_path / f"out{suffix}") == []
    assert timecode_of(tmp_path / f"out{suffix}") == "01:02:03:22"
    rewrite(source, tmp_path / f"piece{suffix}", start=4)
    assert timecode_of(tmp_path / f"piece{suffix}") == "01:02:04:01"


def test_time_code_that_a_container_lacks_is_named(tmp_path: Path):
    source = write_rich(tmp_path / "c.mov", timecode="01:02:03:04")
    (said,) = rewrite(source, tmp_path / "out.m4v")
    assert said == "not kept: time code 01:02:03:04"


@pytest.mark.parametrize(
    ("before", "frames", "rate", "after"),
    [
        ("23:59:59:24", 1, Fraction(25), "00:00:00:00"),
        ("00:00:59;29", 1, Fraction(30000, 1001), "00:01:00;02"),
        ("00:09:59;29", 1, Fraction(30000, 1001), "00:10:00;00"),
        ("00:00:00;00", 17982, Fraction(30000, 1001), "00:10:00;00"),
        ("00:00:00;00", 1800, Fraction(30000, 1001), "00:01:00;02"),
        ("00:01:59;29", 1, Fraction(30000, 1001), "00:02:00;02"),
        ("00:00:59;59", 1, Fraction(60000, 1001), "00:01:00;04"),
        ("00:00:00:00", 30 * 3600, Fraction(30), "01:00:00:00"),
        ("midnight", 5, Fraction(25), "midnight"),
    ],
)
def test_later_time_codes(before: str, frames: int, rate: Fraction, after: str):
    assert advanced(before, frames, rate) == after


def test_time_codes_count_every_frame_once():
    """Of a quarter of an hour at 29.97, frame by frame."""
    code, seen = "00:00:00;00", {"00:00:00;00"}
    for _ in range(15 * 1800):
        code = advanced(code, 1, Fraction(30000, 1001))
        assert code not in seen
        seen.add(code)
    assert advanced("00:00:00;00", 15 * 1800, Fraction(30000, 1001)) == code


def test_what_describes_the_old_file_is_not_kept(tmp_path: Path):
    source = write_rich(tmp_path / "c.mov")
    rewrite(source, tmp_path / "out.mkv")
    assert not {"major_brand", "compatible_brands"} & tags_of(tmp_path / "out.mkv").keys()


def test_the_numbers_of_an_mxf_file_are_not_missed(tmp_path: Path):
    source = write_clip(tmp_path / "c.mxf", codec="mpeg2video", count=4)
    assert rewrite(source, tmp_path / "out.mp4") == []


def test_many_lost_tags_take_one_line(tmp_path: Path):
    plain = write_clip(tmp_path / "plain.mkv", count=2)
    with av.open(str(plain)) as old, av.open(str(tmp_path / "c.mkv"), "w") as new:
        new.metadata.update({f"OWN_{k}": "x" for k in range(30)})
        picture = new.add_stream_from_template(old.streams.video[0], opaque=True)
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = picture
                new.mux(packet)
    (said,) = rewrite(tmp_path / "c.mkv", tmp_path / "out.mp4")
    assert "tag OWN_0" in said
    assert said.endswith("and 18 more")
    assert "\n" not in said


MAP = b"""<rdf:SphericalVideo xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'
xmlns:GSpherical='http://ns.google.com/videos/1.0/spherical/'>
<GSpherical:Spherical>true</GSpherical:Spherical> <GSpherical:Stitched>true</GSpherical:Stitched>
<GSpherical:StitchingSoftware>a test</GSpherical:StitchingSoftware>
<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType></rdf:SphericalVideo>"""


def write_all_round(path: Path, *, title: str = "", **options: Any) -> Path:
    """An MP4 with the 360° flag of Google's RFC: a box at the end of its first track."""
    plain = write_clip(path.with_name("flat.mp4"), count=4, size=(64, 32), **options)
    with av.open(str(plain)) as old, av.open(str(path), "w") as new:
        targets = {s.index: new.add_stream_from_template(s, opaque=True) for s in old.streams}
        if title:
            new.streams[0].metadata["title"] = title
        for packet in old.demux():
            if packet.size:
                packet.stream = targets[packet.stream_index]
                new.mux(packet)
    data = path.read_bytes()
    box = bytes.fromhex("ffcc8263f8554a938814587a02521fdd") + MAP
    box = struct.pack(">I4s", 8 + len(box), b"uuid") + box
    index, track = data.index(b"moov") - 4, data.index(b"trak") - 4
    assert data.index(b"mdat") < index  # so that nothing moves that the index points to
    grown = bytearray(data)
    end = track + int.from_bytes(data[track : track + 4], "big")
    for at in (index, track):
        size = int.from_bytes(data[at : at + 4], "big") + len(box)
        grown[at : at + 4] = size.to_bytes(4, "big")
    grown[end:end] = box
    path.write_bytes(grown)
    return path


def is_all_round(path: Path) -> bool:
    """As FFmpeg reads it, whole and not turned."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == 4
    flags = [frame.side_data.get("SPHERICAL") for frame in frames]
    return all(flag is not None and not any(bytes(flag)[:32]) for flag in flags)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(4, 3)])
def test_a_picture_that_goes_all_round_is_flagged(tmp_path: Path, suffix: str, aspect: Fraction):
    source = write_all_round(tmp_path / "c.mp4", aspect=aspect, audio="aac")
    assert is_all_round(source)
    assert rewrite(source, tmp_path / f"out{suffix}") == []
    assert is_all_round(tmp_path / f"out{suffix}")
    assert probe(tmp_path / f"out{suffix}").sample_aspect == aspect
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        data = container.streams.video[0].metadata
        assert not {"title", "name"} & data.keys()
        assert sum(frame.samples for frame in container.decode(audio=0)) > 0
    rewrite(tmp_path / f"out{suffix}", tmp_path / "again.mkv")
    assert is_all_round(tmp_path / "again.mkv")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_a_titled_picture_that_goes_all_round_keeps_both(tmp_path: Path, suffix: str):
    titled = write_all_round(tmp_path / "c.mp4", title="Rund\u200aum")
    assert is_all_round(titled)
    assert rewrite(titled, tmp_path / f"out{suffix}") == []
    assert is_all_round(tmp_path / f"out{suffix}")
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        data = container.streams.video[0].metadata
    assert (data.get("title") or data.get("name")) == "Rund\u200aum"


def test_a_title_of_the_picture_that_is_lost_is_named(tmp_path: Path):
    source = write_all_round(tmp_path / "c.mp4", title="Rund")
    assert rewrite(source, tmp_path / "out.m4v") == ["not kept: title of the picture, 360° flag"]


@pytest.mark.parametrize(
    ("suffix", "options"), [(".m4v", {}), (".gif", {}), (".mp4", {"rotation": 90})]
)
def test_a_360_flag_that_cannot_be_kept_is_named(tmp_path: Path, suffix: str, options: Any):
    source = write_all_round(tmp_path / "c.mp4", **options)
    assert rewrite(source, tmp_path / f"out{suffix}") == ["not kept: 360° flag"]


APPLE = "com.apple.quicktime."


@pytest.mark.parametrize(
    ("other", "suffix", "location", "lost"),
    [
        # the same place, a second time with its height
        ({"location.ISO6709": "+48.2082+016.3738+183.000/"}, ".mov", "+48.2082+016.3738+183", ""),
        ({"location.ISO6709": "+48.2082+016.3738+183.000/"}, ".mp4", "+48.2082+016.3738+183", ""),
        ({"location.ISO6709": "+48.2082+016.3738+183.000/"}, ".mkv", "+48.2082+016.3738+183", ""),
        # another place, and another title
        ({"location.ISO6709": "+10+020/"}, ".mov", "+48.2082+016.3738/", "location.ISO6709"),
        ({"location.ISO6709": "+10+020/"}, ".mkv", "+48.2082+016.3738/", ""),
        ({"title": "Second"}, ".mp4", "+48.2082+016.3738/", "title"),
    ],
)  # fmt: skip
def test_tags_said_twice_are_kept_or_named(
    tmp_path: Path, other: dict, suffix: str, location: str, lost: str
):
    source = tmp_path / "c.mov"
    said = {APPLE + name: value for name, value in other.items()}
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(source), "w", container_options=options) as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.metadata.update({"title": "First", "location": "+48.2082+016.3738/", **said})
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    told = rewrite(source, tmp_path / f"out{suffix}")
    assert told == ([f"not kept: tag {APPLE}{lost}"] if lost else [])
    assert tags_of(tmp_path / f"out{suffix}")["location"].startswith(location)
    assert tags_of(tmp_path / f"out{suffix}")["title"] == "First"


def test_apple_s_tags_without_another_name_are_kept(tmp_path: Path):
    source, out = tmp_path / "c.mov", tmp_path / "out.mkv"
    name = APPLE + "content.identifier"
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(source), "w", container_options=options) as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.metadata.update({name: "A1B2", APPLE + "make": "Apple"})
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    assert rewrite(source, out) == []
    assert tags_of(out)[name] == "A1B2"
    assert tags_of(out)["make"] == "Apple"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "suffix", "lost"),
    [
        ("a9.mkv", ".mkv", ""),
        ("a9.mkv", ".mp4", ""),
        ("m1_tmcd.mov", ".mov", ""),
        ("o5_360.mp4", ".mp4", ""),
        ("o5_360.mp4", ".nut", "360° flag"),
    ],
)
def test_shared_cases(tmp_path: Path, name: str, suffix: str, lost: str):
    source = SHARED / "cases" / "inputs" / name
    if not source.exists():
        pytest.skip("../shared/cases is not here")
    said = rewrite(source, tmp_path / f"out{suffix}")
    assert said == ([f"not kept: {lost}"] if lost else [])
    if name == "m1_tmcd.mov":
        assert timecode_of(tmp_path / f"out{suffix}") == "01:02:03:04"
        assert tags_of(tmp_path / f"out{suffix}")["location"] == "+48.2082+016.3738/"
