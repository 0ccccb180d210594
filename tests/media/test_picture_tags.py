"""What photographs tell beside their pixels, and paintings keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from flowstyle.media.picture_tags import NO_TAGS, read_tags
from flowstyle.media.pictures import SUFFIXES, write_picture

CAMERA, PLACE = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo
KINDS = ["jpg", "png", "webp", "tif"]
PAINTING = np.full((24, 32, 3), 90, np.uint8)


def photograph(path: Path, *, orientation: int = 6, **more: Any) -> Path:
    """As from a camera that was held upright, with a thumbnail's resolution and its own notes."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x013B] = "Maker", "Model 1", "Jürgen".encode()
    exif[0x8298], exif[0x0132], exif[0x0112] = b"\xc2\xa9 me", "2024:01:02 03:04:05", orientation
    exif[0x0100], exif[0x0101] = 4000, 3000
    exif[CAMERA] = {
        0x9003: "2024:01:02 03:04:05",
        0x829A: IFDRational(1, 125),
        0x9286: b"ASCII\0\0\0words",
        0xA002: 4000,
        0xA003: 3000,
        0xA001: 65535,
        0x927C: b"notes of the maker",
    }
    exif[PLACE] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    Image.new("RGB", (40, 30), (9, 90, 200)).save(path, exif=exif.tobytes(), **more)
    return path


def painted(tmp_path: Path, photo: Path, suffix: str) -> Image.Image:
    write_picture(tmp_path / f"out.{suffix}", PAINTING, tags=read_tags(photo))
    image = Image.open(tmp_path / f"out.{suffix}")
    image.load()
    return image


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_camera_dates_names_and_place_stay(tmp_path: Path, source: str, suffix: str):
    read = painted(tmp_path, photograph(tmp_path / f"photo.{source}"), suffix)
    exif = read.getexif()
    camera, place = exif.get_ifd(CAMERA), exif.get_ifd(PLACE)
    assert (exif[0x010F], exif[0x0110], exif[0x0132]) == ("Maker", "Model 1", "2024:01:02 03:04:05")
    if source != "tif":  # into which Pillow writes "?" for what is not ASCII
        assert exif[0x013B].encode("latin-1") == "Jürgen".encode()
        assert exif[0x8298].encode("latin-1") == "© me".encode()
    assert camera[0x9003] == "2024:01:02 03:04:05"
    assert float(camera[0x829A]) == pytest.approx(1 / 125)
    assert camera[0x9286] == b"ASCII\0\0\0words"
    assert (place[1], place[2]) == ("N", (52.0, 31.0, 12.0))


@pytest.mark.parametrize("suffix", KINDS)
def test_what_is_no_longer_true_goes(tmp_path: Path, suffix: str):
    read = painted(tmp_path, photograph(tmp_path / "photo.jpg"), suffix)
    exif = read.getexif()
    assert exif[0x0112] == 1
    assert read.size == (32, 24)
    assert (exif.get(0x0100, 32), exif.get(0x0101, 24)) == (32, 24)
    assert not {0x927C, 0xA001, 0xA002, 0xA003} & set(exif.get_ifd(CAMERA))
    assert not exif.get_ifd(ExifTags.IFD.IFD1)


@pytest.mark.parametrize("suffix", KINDS)
def test_resolution_stays_and_turns_with_the_picture(tmp_path: Path, suffix: str):
    photo = photograph(tmp_path / "photo.jpg", dpi=(300, 150))
    read = painted(tmp_path, photo, suffix)
    exif = read.getexif()  # Pillow tells a WebP's only by it
    dpi = (exif[0x011A], exif[0x011B]) if suffix == "webp" else read.info["dpi"]
    assert [round(float(each)) for each in dpi] == [150, 300]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_resolution_stays_without_anything_else(tmp_path: Path, suffix: str):
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png", dpi=(300, 300))
    read = painted(tmp_path, tmp_path / "a.png", suffix)
    assert [round(float(each)) for each in read.info["dpi"]] == [300, 300]


def test_no_resolution_is_made_up(tmp_path: Path):
    photograph(tmp_path / "photo.jpg")
    assert read_tags(tmp_path / "photo.jpg").dpi is None


@pytest.mark.parametrize(
    ("suffix", "key"), [("jpg", "comment"), ("png", "Comment"), ("webp", ""), ("tif", "")]
)
def test_comment_stays_or_is_named(tmp_path: Path, suffix: str, key: str):
    photo = photograph(tmp_path / "photo.jpg", comment="schön")
    read = painted(tmp_path, photo, suffix)
    found = read.info.get(key, "")
    found = found.decode() if isinstance(found, bytes) else found
    named = "comment" in read_tags(photo).not_kept(SUFFIXES[f".{suffix}"])
    assert (found, named) == (("schön", False) if key else ("", True))


def test_texts_of_a_png_stay_in_a_png_and_are_named_elsewhere(tmp_path: Path):
    info = PngInfo()
    info.add_text("Title", "A field")
    info.add_itxt("Author", "Łukasz")
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png", pnginfo=info)
    read: Any = painted(tmp_path, tmp_path / "a.png", "png")
    assert read.text == {"Title": "A field", "Author": "Łukasz"}
    assert read_tags(tmp_path / "a.png").not_kept("PNG") == ()
    assert read_tags(tmp_path / "a.png").not_kept("JPEG") == ("text 'Title'", "text 'Author'")


def test_what_no_kind_keeps_is_named(tmp_path: Path):
    photo = photograph(tmp_path / "photo.jpg", xmp=b"<x:xmpmeta/>")
    assert read_tags(photo).not_kept("JPEG") == ("the camera's own notes", "XMP")


def test_exif_that_is_too_long_for_a_jpeg_is_named(tmp_path: Path):
    exif = Image.Exif()
    exif[CAMERA] = {0x9286: b"x" * 70_000}
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png", exif=exif.tobytes())
    assert read_tags(tmp_path / "a.png").not_kept("JPEG") == ("EXIF, which is too long for a JPEG",)
    assert not painted(tmp_path, tmp_path / "a.png", "jpg").getexif()
    assert painted(tmp_path, tmp_path / "a.png", "png").getexif().get_ifd(CAMERA)


@pytest.mark.parametrize("suffix", KINDS)
def test_the_same_photograph_gives_the_same_bytes(tmp_path: Path, suffix: str):
    photo = photograph(tmp_path / "photo.jpg", comment="a", dpi=(72, 72))
    for name in ("one", "two"):
        write_picture(tmp_path / f"{name}.{suffix}", PAINTING, tags=read_tags(photo))
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("one", "two"))
    assert first == second


@pytest.mark.parametrize("seed", range(20))
def test_broken_tags_break_nothing(tmp_path: Path, seed: int):
    data = bytearray(photograph(tmp_path / "photo.jpg", dpi=(300, 300)).read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(20, 400, 12):
        data[at] = rng.integers(0, 256)
    (tmp_path / "photo.jpg").write_bytes(data)
    for suffix in KINDS:
        painted(tmp_path, tmp_path / "photo.jpg", suffix)


def test_a_file_that_is_no_picture_tells_nothing(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"nothing")
    assert read_tags(tmp_path / "a.jpg") == NO_TAGS
