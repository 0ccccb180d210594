"""Single frames of a folder: transparent ones, and kinds of samples that are no picture's."""

from __future__ import annotations

import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from flowstyle.core.errors import VideoError
from flowstyle.core.events import Decision, Event
from flowstyle.media import open_writer, picture_file, pictures, probe, read_frames
from tests.helpers.media import picture

import av  # isort: skip - after cv2


def transparent(index: int, level: int = 100) -> np.ndarray:
    return np.dstack([picture(index), np.full((48, 64), level, np.uint8)])


@pytest.mark.parametrize("which", [0, 2])
def test_fault_some_pictures_of_a_row_are_transparent(tmp_path: Path, which: int):
    folder = tmp_path / "in"
    folder.mkdir()
    for k in range(4):
        Image.fromarray(transparent(k) if k == which else picture(k)).save(folder / f"{k}.png")
    info = probe(folder)
    assert info.has_alpha
    with open_writer(tmp_path / "out.mov", info, codec="prores") as writer:
        for frame in read_frames(info, keep_alpha=True):
            writer.write(frame)
    with av.open(str(tmp_path / "out.mov")) as container:
        found = [frame.to_ndarray(format="rgba")[..., 3].mean() for frame in container.decode()]
    for k, level in enumerate(found):
        assert abs(level - (100 if k == which else 255)) < 2


def test_the_black_of_printing_inks_is_no_alpha(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(picture(0)).convert("CMYK").save(folder / "1.tif")
    info = probe(folder)
    assert not info.has_alpha
    (frame,) = read_frames(info, keep_alpha=True)
    assert frame.alpha is None
    assert np.abs(frame.image.astype(int) - picture(0)).max() <= 2


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_fault_samples_of_32_bits(tmp_path: Path, kind: type, capfd: pytest.CaptureFixture[str]):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(picture(0)[..., 0].astype(kind)).save(folder / "1.tif")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    with pytest.raises(VideoError) as caught:
        probe(folder)
    assert "32 bits" in caught.value.advice
    assert capfd.readouterr().err == ""


def _p3() -> bytes:
    """sRGB's own profile with the primaries of Display P3, as of D50 (s15Fixed16)."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    columns = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for i in range(int.from_bytes(data[128:132], "big")):
        entry = 132 + 12 * i
        for place, value in enumerate(columns.get(bytes(data[entry : entry + 4]), ())):
            at = int.from_bytes(data[entry + 4 : entry + 8], "big") + 8 + 4 * place
            data[at : at + 4] = round(value * 65536).to_bytes(4, "big", signed=True)
    return bytes(data)


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "webp", "palette", "transparent"])
def test_frames_and_styles_are_converted_by_their_profile(tmp_path: Path, kind: str):
    """200, 60, 60 of Display P3 is a stronger red of sRGB."""
    path = tmp_path / f"f.{'png' if len(kind) > 4 else kind}"
    picture = Image.new("RGB", (32, 32), (200, 60, 60))
    if kind == "palette":
        picture = picture.quantize(4)
    if kind == "transparent":
        picture.putalpha(77)
    picture.save(path, icc_profile=_p3(), quality=100)
    events: list[Event] = []
    probe(tmp_path, report=events.append)
    image, alpha = picture_file.read_picture(path)
    assert image.dtype == np.uint8
    np.testing.assert_allclose(image[5, 5], (217, 42, 52), atol=4)
    assert (alpha is None) == (kind != "transparent")
    assert alpha is None or alpha[5, 5] == 77
    told = [one.text for one in events if isinstance(one, Decision) and one.topic == "colours"]
    assert len(told) == 1
    assert "sRGB" in told[0]
    if kind == "palette":
        np.testing.assert_allclose(pictures.read_picture(path)[5, 5], (217, 42, 52), atol=4)


def test_deep_frames_keep_their_depth_beside_a_profile_of_srgb(tmp_path: Path):
    samples = np.full((32, 32, 3), 12345, np.uint16)
    data = cv2.imencode(".png", samples)[1].tobytes()
    for profile, depth in ((None, np.uint16), (_srgb(), np.uint16), (_p3(), np.uint8)):
        chunk = b"" if profile is None else _chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))
        (tmp_path / "f.png").write_bytes(data[:33] + chunk + data[33:])
        image, _ = picture_file.read_picture(tmp_path / "f.png")
        assert image.dtype == depth
        assert image[5, 5, 0] == (12345 if depth == np.uint16 else 12345 // 256)


def _srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return len(body).to_bytes(4, "big") + name + body + check.to_bytes(4, "big")


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_a_grey_that_is_declared_transparent(tmp_path: Path, bits: int):
    """A row of two greys, of which tRNS names the first."""
    first, second = (3, 9) if bits == 4 else (200, 77)
    size = (32).to_bytes(4, "big")
    pair = (first << bits | second).to_bytes(bits // 4, "big")
    (tmp_path / "f.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", size + size + bytes([bits, 0, 0, 0, 0]))
        + _chunk(b"tRNS", first.to_bytes(2, "big"))
        + _chunk(b"IDAT", zlib.compress((b"\0" + 16 * pair) * 32))
        + _chunk(b"IEND", b"")
    )
    image, alpha = picture_file.read_picture(tmp_path / "f.png")
    assert alpha is not None
    top = 65535 if bits == 16 else 255
    assert alpha.dtype == image.dtype
    assert alpha[3, :4].tolist() == [0, top, 0, top]


@pytest.mark.parametrize("kind", ["P2", "P3", "P5", "P6"])
@pytest.mark.parametrize("white", [15, 100, 1023, 4095])
def test_white_of_a_pixmap(tmp_path: Path, kind: str, white: int):
    """python-pillow/Pillow#5403: frames of 10 and 12 bits came out nearly black."""
    image = picture(0) if kind in ("P3", "P6") else picture(0)[..., 0]
    samples = (image.astype(np.uint32) * white + 127) // 255
    head = f"{kind}\n# of a camera\n64 48\n{white}\n".encode()
    if kind in ("P2", "P3"):
        body = " ".join(map(str, samples.ravel())).encode()
    else:
        body = samples.astype("u1" if white < 256 else ">u2").tobytes()
    path = tmp_path / "a.ppm"
    path.write_bytes(head + body)
    found, _ = picture_file.read_picture(path)
    assert found.dtype == (np.uint8 if white < 256 else np.uint16)
    shown = found / np.iinfo(found.dtype).max
    right = samples / white if image.ndim == 3 else (samples / white)[..., None]
    assert np.abs(shown - right).max() < 1 / 255


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK"])
def test_a_kind_that_opencv_does_not_know(tmp_path: Path, mode: str):
    """python-pillow/Pillow#9095: TIFF by Zstandard, as GDAL and libvips write it."""
    image = Image.fromarray(picture(0))
    image = image.quantize(64) if mode == "P" else image.convert(mode)
    if mode == "RGBA":
        image.putalpha(100)
    path = tmp_path / "a.tif"
    image.save(path, compression="zstd")
    info = probe(path)
    frame = next(read_frames(info, keep_alpha=True))
    assert (np.asarray(image.convert("RGB")).astype(int) - frame.image == 0).all()
    assert info.has_alpha == (mode == "RGBA")
    assert frame.alpha is None or (frame.alpha == 100).all()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"\x28\xb5\x2f\xfd", bytes(4)))  # how Zstandard begins
    with pytest.raises(VideoError, match="cannot be decoded"):
        picture_file.read_picture(path)
