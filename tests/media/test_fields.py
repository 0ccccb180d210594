"""Interlaced frames become whole ones, wherever in a clip they begin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.events import Event
from flowstyle.media import probe, read_frames
from flowstyle.media.glance import frames_at, list_frames
from scripts.common.clip_writer import picture
from tests.helpers.media import declare_fields, write_clip

import av  # isort: skip - after cv2

WHOLE, WOVEN = 6, 6


def woven(t: int) -> np.ndarray:
    """Two fields, half a frame apart, of a grey pattern that moves fast."""
    image = picture(6 * t)
    image[1::2] = picture(6 * t + 3)[1::2]
    return image[:, :, [1, 1, 1]]


def combing(image: np.ndarray) -> float:
    rows = image[14:-2].astype(float)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


def mixed(folder: Path, kind: str) -> Path:
    """A clip of whole frames and then of as many interlaced ones, each half a stream of its own."""
    data, path = folder / "mixed.h264", folder / f"mixed.{kind}"
    halves = {
        "whole": [picture(6 * t)[:, :, [1, 1, 1]] for t in range(WHOLE)],
        "woven": [woven(t) for t in range(WHOLE, WHOLE + WOVEN)],
    }
    streams = [
        write_clip(
            folder / f"{name}.h264",
            pictures=pictures,
            options={"bf": "0"},
            interlaced=name == "woven",
        ).read_bytes()
        for name, pictures in halves.items()
    ]
    data.write_bytes(b"".join(streams))
    with av.open(str(data)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        number = 0
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream, packet.duration = stream, 1
                packet.time_base = 1 / old.streams.video[0].average_rate
                packet.pts = packet.dts = number
                number += 1
                new.mux(packet)
    return path


@pytest.mark.parametrize("kind", ["mkv", "ts", "mp4"])
def test_a_clip_that_becomes_interlaced_is_deinterlaced_from_there_on(tmp_path: Path, kind: str):
    """ErsatzTV/legacy#2620, rigaya/NVEnc#187: the first frame does not speak for all."""
    path = mixed(tmp_path, kind)
    with av.open(str(path)) as container:
        marked = [frame.interlaced_frame for frame in container.decode(video=0)]
    assert marked == [False] * WHOLE + [True] * WOVEN
    info = probe(path)
    told: list[Event] = []
    frames = list(read_frames(info, report=told.append))
    assert len(frames) == info.frames == WHOLE + WOVEN
    for t in range(WHOLE + 1, WHOLE + WOVEN - 1):
        assert combing(frames[t].image) < 0.25 * combing(woven(t))
    assert [str(event) for event in told if f"interlaced from frame {WHOLE} on" in str(event)]
    # To the bit what the filter makes of the whole clip, and of a part of it.
    always = read_frames(replace(info, interlaced=True))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(frames, always, strict=True))
    part = read_frames(info, start=WHOLE + 2)
    assert all(
        np.array_equal(a.image, b.image) for a, b in zip(frames[WHOLE + 2 :], part, strict=True)
    )


def test_frames_reached_by_jumping_are_deinterlaced_too(tmp_path: Path):
    info = probe(mixed(tmp_path, "mp4"))
    known = list(read_frames(info, start=WHOLE + 2, count=2))
    found = frames_at(info, list_frames(info), WHOLE + 2, 2, (info.width, info.height))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(found, known, strict=True))


def test_a_file_that_says_that_its_frames_are_whole_is_believed(tmp_path: Path):
    """Although they are marked as interlaced; those of a progressive clip are not."""
    path = write_clip(tmp_path / "a.mkv", pictures=[woven(t) for t in range(4)], interlaced=True)
    info = probe(path)
    assert info.interlaced
    told: list[Event] = []
    whole = replace(info, interlaced=False, whole_frames=True)
    frames = list(read_frames(whole, report=told.append))
    assert combing(frames[2].image) > 0.8 * combing(woven(2))
    assert not told


@pytest.mark.parametrize(
    ("codec", "pixel_format"), [("png", "rgb24"), ("qtrle", "argb"), ("mjpeg", "yuvj422p")]
)
@pytest.mark.parametrize(("first", "detail"), [(0, 9), (1, 14)])
def test_fields_that_the_container_alone_tells(
    tmp_path: Path, codec: str, pixel_format: str, first: int, detail: int
):
    """mpv-player/mpv#2539: frames without a mark of their own were passed on with their combs."""
    pictures = []
    for t in range(5):
        both = picture(6 * t)[:, :, [1, 1, 1]]
        both[1 - first :: 2] = picture(6 * t + 3)[1 - first :: 2][:, :, [1, 1, 1]]
        pictures.append(both)
    if pixel_format == "argb":
        clear = np.full((*pictures[0].shape[:2], 1), 100, np.uint8)
        pictures = [np.dstack([each, clear]) for each in pictures]
    plain = write_clip(
        tmp_path / "plain.mov", pictures=pictures, codec=codec, pixel_format=pixel_format
    )
    path = declare_fields(plain, detail, tmp_path / "fields.mov")
    with av.open(str(path)) as container:
        assert not any(frame.interlaced_frame for frame in container.decode(video=0))
    frames = list(read_frames(probe(path), keep_alpha=True))
    assert len(frames) == 5
    for frame, both in zip(frames[1:-1], pictures[1:-1], strict=True):
        assert combing(frame.image) < 0.3 * combing(both[:, :, :3])
        # The first field is kept: frames show its moment.
        kept = frame.image[first::2].astype(int) - both[first::2, :, :3]
        assert np.abs(kept).mean() < 4
        assert (frame.alpha is None) == (pixel_format != "argb")
        assert frame.alpha is None or (frame.alpha == 100).all()
