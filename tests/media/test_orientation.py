"""A picture that is turned by its tag is said to be, in one line."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from flowstyle.core.events import Decision, Event, Notice
from flowstyle.media import probe
from flowstyle.media.carried import plan_carried
from flowstyle.media.pictures import read_picture
from flowstyle.render.style_pictures import read_styles
from tests.helpers.media import picture, write_clip

import av  # isort: skip - after cv2

RIGHT = "turned by 90° to the right"


def told(events: list[Event]) -> list[str]:
    return [e.text for e in events if isinstance(e, Decision) and e.topic == "orientation"]


def write_photo(path: Path, orientation: int) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture(0, (64, 48))).save(path, exif=exif)
    return path


@pytest.mark.parametrize(
    ("rotation", "hflip", "said"),
    [
        (0, False, []),
        (90, False, ["turned by 90° to the left, as its tag says"]),
        (270, False, [f"{RIGHT}, as its tag says"]),
        (180, False, ["turned by 180°, as its tag says"]),
        (0, True, ["mirrored, as its tag says"]),
        (270, True, [f"{RIGHT} and mirrored, as its tag says"]),
    ],
)
def test_a_clip(tmp_path: Path, rotation: int, hflip: bool, said: list[str]):
    events: list[Event] = []
    path = write_clip(tmp_path / "c.mp4", count=2, rotation=rotation, hflip=hflip)
    probe(path, report=events.append)
    assert told(events) == said


def write_camera_clip(path: Path, orientation: int, codec: str = "mjpeg") -> Path:
    """Two frames as cameras and scanners write them: whole pictures, with EXIF in each."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", orientation
    kind, pixel_format = ("JPEG", "yuvj420p") if codec == "mjpeg" else ("PNG", "rgb24")
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        for k in range(2):
            data = io.BytesIO()
            Image.fromarray(picture(k, (64, 48))).save(data, kind, exif=exif)
            packet = av.Packet(data.getvalue())
            packet.stream, packet.pts, packet.dts = stream, k, k
            packet.time_base, packet.duration, packet.is_keyframe = Fraction(1, 25), 1, True
            container.mux(packet)
    return path


@pytest.mark.parametrize("codec", ["mjpeg", "png"])
@pytest.mark.parametrize(
    ("orientation", "said"),
    [
        (1, []),
        (2, ["mirrored, as its tag says"]),
        (6, [f"{RIGHT}, as its tag says"]),
        (7, ["turned by 90° to the left and mirrored, as its tag says"]),
    ],
)
def test_a_clip_whose_frames_carry_exif(
    tmp_path: Path, codec: str, orientation: int, said: list[str]
):
    """PyAV-Org/PyAV#2392: PyAV has no name for EXIF in frames, and then tells nothing at all."""
    events: list[Event] = []
    info = probe(write_camera_clip(tmp_path / "c.mov", orientation, codec), report=events.append)
    assert told(events) == said
    assert (info.width, info.height) == ((48, 64) if orientation > 4 else (64, 48))
    plan_carried(info, tmp_path / "out.mp4")  # which looks for flags of the frames


def test_a_photograph_and_a_folder_of_them(tmp_path: Path):
    events: list[Event] = []
    photo = write_photo(tmp_path / "style.jpg", 6)
    probe(photo, report=events.append)
    read_picture(photo, report=events.append)
    folder = tmp_path / "frames"
    folder.mkdir()
    for k, orientation in enumerate((1, 3, 2, 3)):
        write_photo(folder / f"{k}.png", orientation)
    probe(folder, report=events.append)
    assert told(events) == [
        f"{RIGHT}, as its tag says",
        f"style.jpg is {RIGHT}, as its tag says",
        "turned by 180°, as its tag says, 2 of 4 pictures",
        "mirrored, as its tag says, 1 of 4 pictures",
    ]


def test_a_scan_that_is_turned_while_it_is_loaded(tmp_path: Path):
    events: list[Event] = []
    pixels = read_picture(write_photo(tmp_path / "scan.tif", 6), report=events.append)
    assert told(events) == [f"scan.tif is {RIGHT}, as its tag says"]
    assert pixels.shape[:2] == (64, 48)


def test_an_upright_photograph_is_not_mentioned(tmp_path: Path):
    events: list[Event] = []
    read_picture(write_photo(tmp_path / "a.jpg", 1), report=events.append)
    probe(write_photo(tmp_path / "b.png", 1), report=events.append)
    assert told(events) == []


def test_styles_are_said_to_be_turned_and_laid_on_white(tmp_path: Path):
    events: list[Event] = []
    clear = tmp_path / "clear.png"
    image = Image.fromarray(picture(0, (64, 48)))
    image.putalpha(200)
    image.save(clear)
    read_styles([write_photo(tmp_path / "style.jpg", 8), clear], report=events.append)
    assert [event.text for event in events if isinstance(event, Decision | Notice)] == [
        "style.jpg is turned by 90° to the left, as its tag says",
        "clear.png is transparent: it is laid on white",
        "blended: 50% of style, 50% of clear",
    ]
