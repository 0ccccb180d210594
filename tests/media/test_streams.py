"""Which stream of a file is the clip, and that its decoder is drained wherever it stands."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flowstyle.core.errors import UsageError
from flowstyle.core.events import Decision, Event
from flowstyle.media import probe, read_frames
from scripts.common.reading_cases import Case, cases, write_case
from scripts.docs.reading_matrix import outcome
from tests.helpers.media import picture

import av  # isort: skip - after cv2

SMALL, LARGE = (32, 32), (96, 64)


def write_streams(path: Path, *streams: dict[str, Any]) -> Path:
    """A file of several video streams; each one's codec, size, number of frames and disposition."""
    with av.open(str(path), "w") as container:
        made: list[Any] = []
        for one in streams:
            stream: Any = container.add_stream(one.get("codec", "libx264"), rate=25)
            stream.width, stream.height = one["size"]
            stream.pix_fmt = one.get("pixel_format", "yuv420p")
            stream.codec_context.time_base = Fraction(1, 25)
            stream.disposition = one.get("disposition", 0)
            made.append(stream)
        container.start_encoding()
        for stream, one in zip(made, streams, strict=True):
            for k in range(one.get("count", 6)):
                frame = av.VideoFrame.from_ndarray(picture(k, one["size"]), "rgb24")
                frame = frame.reformat(format=stream.pix_fmt)
                frame.pts, frame.time_base = k, Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


DEFAULT = av.stream.Disposition.default
COVER = av.stream.Disposition.attached_pic
JPEG = {"codec": "mjpeg", "pixel_format": "yuvj420p"}
PNG = {"codec": "png", "pixel_format": "rgb24"}


@pytest.mark.parametrize(
    ("name", "streams", "index"),
    [
        # the default goes before the larger
        ("a.mkv", [{"size": LARGE}, {"size": SMALL, "disposition": DEFAULT}], 1),
        # the largest where nothing says otherwise, also where all are the default
        ("b.mkv", [{"size": SMALL}, {"size": LARGE}], 1),
        ("c.mp4", [{"size": s, "disposition": DEFAULT} for s in (SMALL, LARGE)], 1),
        ("d.ts", [{"size": SMALL}, {"size": LARGE}], 1),
        ("e.mkv", [{"size": LARGE}, {"size": LARGE}], 0),
        # a single picture is no clip, flagged or not, and however large
        ("f.mkv", [{"size": LARGE, "count": 1, **JPEG}, {"size": SMALL}], 1),
        ("g.mov", [{"size": LARGE, "count": 1, "disposition": DEFAULT, **PNG}, {"size": SMALL}], 1),
        ("h.mp4", [{"size": LARGE, "count": 1, **JPEG}, {"size": SMALL}], 1),
        ("i.mp4", [{"size": LARGE, "count": 1, "disposition": COVER, **JPEG}, {"size": SMALL}], 1),
        # a moving one of the same codec is
        ("j.mkv", [{"size": LARGE, **JPEG}, {"size": SMALL}], 0),
    ],
)
def test_the_stream_that_is_the_clip(tmp_path: Path, name: str, streams: list, index: int):
    path = write_streams(tmp_path / name, *streams)
    info = probe(path)
    if name != "i.mp4":  # whose muxer puts the cover last
        assert info.stream == index
    assert (info.width, info.height) == streams[index]["size"]
    assert len(list(read_frames(info))) == 6


def test_the_still_of_an_animated_avif_is_not_the_clip(tmp_path: Path):
    """It comes first, as large as the frames, and like them in AV1."""
    path = tmp_path / "a.avif"
    frames = {"size": LARGE, "codec": "libsvtav1", "count": 4}
    info = probe(write_streams(path, frames))
    with av.open(str(path)) as container:
        assert [s.frames for s in container.streams.video] == [1, 4]
    assert (info.stream, info.frames) == (1, 4)
    assert len(list(read_frames(info))) == 4


def test_a_picture_alone_is_a_clip_of_one_frame(tmp_path: Path):
    info = probe(write_streams(tmp_path / "a.mkv", {"size": LARGE, "count": 1, **JPEG}))
    assert (info.frames, info.stream) == (1, 0)


def test_several_streams_are_said_and_another_can_be_asked_for(tmp_path: Path):
    path = write_streams(tmp_path / "a.mkv", {"size": SMALL}, {"size": LARGE})
    events: list[Event] = []
    probe(path, report=events.append)
    said = [e.text for e in events if isinstance(e, Decision) and e.topic == "stream"]
    assert said == [
        "number 1 (96×64 h264), one of 2 pictures; --stream 0 takes the other (32×32 h264)"
    ]
    info = probe(path, stream=0)
    assert (info.width, info.height, info.stream) == (*SMALL, 0)
    assert next(read_frames(info)).image.shape == (32, 32, 3)
    events.clear()
    probe(write_case(tmp_path, Case("mkv", "libx264", "before", 0)), report=events.append)
    assert events == []


def test_a_stream_that_is_no_video_is_refused(tmp_path: Path):
    path = write_case(tmp_path, Case("mkv", "libx264", "before", 0))
    with pytest.raises(UsageError, match=r"stream 0 is no video but audio[\s\S]*1 \(96×64 h264\)"):
        probe(path, stream=0)
    with pytest.raises(UsageError, match="no stream 7"):
        probe(path, stream=7)


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(
    "kind",
    [
        ("mp4", "libx264"),
        ("mov", "libx264"),
        ("mkv", "libx264"),
        ("avi", "libx264"),
        ("avi", "mpeg4"),
        ("ts", "libx264"),
        ("vob", "mpeg2video"),
        ("flv", "libx264"),
        ("nut", "mpeg4"),
        ("mxf", "libx264"),
        ("h264", "libx264"),
    ],
)
def test_fault_sound_before_the_picture_and_b_frames(tmp_path: Path, kind: tuple, b_frames: int):
    sound = "none" if kind[0] in ("mxf", "h264") else "before"
    case = Case(*kind, sound, b_frames)
    assert outcome(tmp_path, case) == "ok"
    info = probe(tmp_path / case.name)
    frames = list(read_frames(info))
    assert info.frames == len(frames) == 12
    assert info.rate == 25
    assert (frames[0].pts == 0) or kind[0] in ("flv", "nut")


def test_the_matrix_is_of_every_kind():
    every = list(cases())
    assert len({case.suffix for case in every}) >= 20
    assert {case.sound for case in every} == {"none", "before", "after"}


@pytest.mark.slow
def test_the_page_of_the_matrix_is_up_to_date():
    command = [sys.executable, "scripts/docs/reading_matrix.py", "--check"]
    root = Path(__file__).parents[2]
    assert subprocess.run(command, cwd=root, check=False, capture_output=True).returncode == 0
    assert "differ" not in (root / "docs/reading.md").read_text().split("## Rules")[0]


def test_damage_without_sound_first_is_still_found(tmp_path: Path):
    """The check that a frame is missing still sees one, whatever stands before the picture."""
    path = write_case(tmp_path, Case("mp4", "libx264", "before", 0))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        spots = [(p.pos, p.size) for p in container.demux(video) if p.size]
    at, size = spots[5]
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    frames = list(read_frames(probe(path), on_corrupt="repeat"))
    assert [f.index for f in frames if f.repeated][:1] == [5]
    assert len(frames) == 12
    assert np.array_equal(frames[4].image, frames[5].image)
