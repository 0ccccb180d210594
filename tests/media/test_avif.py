"""AVIF is read as what PNG and JPEG are, as a style, a photograph and a frame of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from flowstyle.core.errors import FlowstyleError, LimitError, OutputError, VideoError
from flowstyle.core.events import Decision, Event, Notice
from flowstyle.media import avif, picture_file, pictures, probe, read_frames
from flowstyle.media.output import check_output
from flowstyle.media.picture_tags import read_tags
from tests.helpers.media import picture
from tests.media.test_picture_file import _p3

import av  # isort: skip - after cv2

pytestmark = pytest.mark.skipif(not avif.is_read(), reason="this Pillow decodes no AVIF")

NEAR = 3
"""Levels by which the best quality is off."""
BEST = {"quality": 100, "subsampling": "4:4:4"}
UNREAD = lambda: False  # noqa: E731 - as where Pillow has no decoder


def saved(path: Path, image: NDArray[np.uint8] | None = None, **more: object) -> Path:
    made = Image.fromarray(picture(0) if image is None else image)
    made.save(path, "AVIF", **(BEST | more))  # type: ignore[arg-type]
    return path


def both(path: Path) -> list[NDArray[np.uint8] | NDArray[np.uint16]]:
    """As a style, and as a frame."""
    return [pictures.read_picture(path), picture_file.read_picture(path)[0]]


def off(found: NDArray, right: NDArray) -> int:
    return int(np.abs(found.astype(int) - right).max())


def test_what_was_saved_is_read(tmp_path: Path):
    path = saved(tmp_path / "a.avif")
    assert all(off(found, picture(0)) <= NEAR for found in both(path))
    grey = saved(tmp_path / "g.avif", picture(0)[..., 0])
    assert all(off(found, picture(0)[..., :1].repeat(3, 2)) <= NEAR for found in both(grey))


@pytest.mark.parametrize("number", range(1, 9))
def test_it_is_turned_once(tmp_path: Path, number: int):
    """By what the file's own boxes say: decoders leave that to their callers."""
    exif = Image.Exif()
    exif[0x0112] = number
    path = saved(tmp_path / "a.avif", exif=exif.tobytes())  # the object loses it
    plain = Image.fromarray(picture(0))
    plain.save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        right = np.asarray(ImageOps.exif_transpose(image))
    assert all(found.shape == right.shape and off(found, right) <= NEAR for found in both(path))
    info = probe(path)
    assert (info.width, info.height) == right.shape[1::-1]


def test_exif_alone_turns_nothing(tmp_path: Path):
    """ISO 23000-22: the boxes count. 0x0113 is no tag, and stands in the place of the one meant."""
    exif = Image.Exif()
    exif[0x0113] = 6
    path = saved(tmp_path / "a.avif", exif=exif)
    data = path.read_bytes()
    for order, other in (
        (b"\x13\x01\x03\x00", b"\x12\x01\x03\x00"),
        (b"\x01\x13\0\3", b"\1\x12\0\3"),
    ):
        data = data.replace(order, other)
    assert data != path.read_bytes()
    path.write_bytes(data)
    assert all(off(found, picture(0)) <= NEAR for found in both(path))


def test_transparency(tmp_path: Path):
    image = np.dstack([picture(0), np.full((48, 64), 100, np.uint8)])
    path = saved(tmp_path / "a.avif", image)
    events: list[Event] = []
    shown = pictures.read_picture(path, report=events.append)
    assert [e.text for e in events if isinstance(e, Notice)] == [
        "a.avif is transparent: it is laid on white"
    ]
    assert off(shown, np.rint(255 - (255 - picture(0).astype(int)) * 100 / 255)) <= NEAR
    info = probe(path)
    assert info.has_alpha
    frame = next(read_frames(info, keep_alpha=True))
    assert frame.alpha is not None
    assert off(frame.alpha, np.full((48, 64), 100)) <= 1


def test_colours_of_a_profile(tmp_path: Path):
    path = saved(
        tmp_path / "a.avif", np.full((32, 32, 3), (200, 60, 60), np.uint8), icc_profile=_p3()
    )
    events: list[Event] = []
    probe(path, report=events.append)
    assert [e.topic for e in events if isinstance(e, Decision)] == ["colours"]
    for found in both(path):
        np.testing.assert_allclose(found[5, 5], (217, 42, 52), atol=4)


def deep(path: Path) -> NDArray[np.uint16]:
    """Write a grey ramp of 10 bits; returns it, as 16 bits."""
    ramp = np.linspace(0, 65535, 96 * 64).reshape(64, 96).astype(np.uint16)
    whole = np.repeat(ramp[..., None], 3, 2)
    with av.open(str(path), "w", format="avif") as container:
        stream = container.add_stream("libsvtav1", rate=1, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p10le"
        frame = av.VideoFrame.from_ndarray(whole, format="rgb48le")
        container.mux([*stream.encode(frame.reformat(format="yuv420p10le")), *stream.encode(None)])
    return whole


def test_ten_bits_are_kept_in_frames(tmp_path: Path):
    """OpenCV leaves white at 1023, which was nearly black."""
    whole = deep(tmp_path / "a.avif")
    info = probe(tmp_path / "a.avif")
    assert info.bit_depth == 16
    (frame,) = read_frames(info)
    assert frame.image.dtype == np.uint16
    assert off(frame.image, whole) < 600
    assert len(np.unique(frame.image[..., 1])) > 600
    assert off(pictures.read_picture(tmp_path / "a.avif"), whole // 257) <= 3


@pytest.mark.parametrize(("code", "curve"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_refused(tmp_path: Path, code: int, curve: str):
    path = saved(tmp_path / "a.avif")
    data = path.read_bytes()
    at = data.index(b"nclx") + 6
    path.write_bytes(data[:at] + code.to_bytes(2, "big") + data[at + 2 :])
    for read in (pictures.read_picture, probe):
        with pytest.raises(FlowstyleError, match=rf"an HDR picture \({curve}\)") as refused:
            read(path)
        assert "JPEG or PNG" in refused.value.advice


def test_what_is_too_large_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = saved(tmp_path / "a.avif")
    monkeypatch.setattr(Image.Image, "load", None)
    with pytest.raises(LimitError):
        pictures.read_picture(path, 64 * 48 - 1)
    with pytest.raises(LimitError):
        probe(path, max_pixels=64 * 48 - 1)


@pytest.mark.parametrize("kept", [-5, 100, 12])
def test_fault_it_is_cut_off(tmp_path: Path, kept: int):
    path = saved(tmp_path / "a.avif")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FlowstyleError, match="damaged or cut off"):
        pictures.read_picture(path)
    with pytest.raises(VideoError, match=r"cannot be (read|decoded)"):
        probe(path)


@pytest.mark.parametrize("at", range(0, 400, 7))
def test_boxes_that_are_broken_tell_nothing_more(tmp_path: Path, at: int):
    data = bytearray(saved(tmp_path / "a.avif").read_bytes())
    data[at : at + 4] = b"\xff\xff\xff\xff"
    assert avif.white_of(bytes(data)) in (None, 1023, 4095)
    assert avif.hdr_curve(bytes(data)) == ""


def test_a_row_of_frames(tmp_path: Path):
    for index in range(3):
        saved(tmp_path / f"{index}.avif", picture(index))
    frames = [Image.fromarray(picture(index)) for index in range(2)]
    frames[0].save(tmp_path / "moving.avif", save_all=True, append_images=frames[1:])
    for place in (tmp_path, tmp_path / "%d.avif"):
        info = probe(place)
        assert info.frames == 3
        assert all(off(f.image, picture(f.index)) <= NEAR for f in read_frames(info))
    assert probe(tmp_path / "moving.avif").frames == 2


def test_where_opencv_decodes_none_pillow_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = saved(tmp_path / "a.avif", np.dstack([picture(0), np.full((48, 64), 9, np.uint8)]))
    monkeypatch.setattr("cv2.imdecode", lambda data, flags: None)
    image, alpha = picture_file.read_picture(path)
    assert off(image, picture(0)) <= NEAR
    assert alpha is not None
    assert off(alpha, np.full((48, 64), 9)) <= 1


def test_without_a_decoder_it_is_refused_as_heic_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = saved(tmp_path / "a.avif")
    monkeypatch.setattr(avif, "is_read", UNREAD)
    with pytest.raises(FlowstyleError, match="a photograph in another format") as refused:
        pictures.read_picture(path)
    assert "JPEG or PNG" in refused.value.advice
    with pytest.raises(VideoError, match="no pictures found"):
        probe(tmp_path)


def test_none_is_written(tmp_path: Path):
    for name in ("o.avif", "o/%04d.avif"):
        with pytest.raises(OutputError, match="not written"):
            check_output(tmp_path / name)
    with pytest.raises(OutputError, match="cannot be written"):
        pictures.check_picture_output(tmp_path / "o.avif")


def test_what_it_tells_is_kept(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112], exif[0x013B], exif[0x011A], exif[0x0128] = 6, "An artist", 300.0, 2
    exif[0x011B] = 200.0
    tags = read_tags(saved(tmp_path / "a.avif", exif=exif))
    assert tags.exif.first[0x013B].data.rstrip(b"\0") == b"An artist"
    assert tags.dpi == (200, 300)
