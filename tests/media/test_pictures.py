"""Pictures in every condition that users bring them, and results written whole or not at all."""

from __future__ import annotations

import io
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from flowstyle.core.errors import (
    FlowstyleError,
    LimitError,
    OutputError,
    StorageError,
    StyleImageError,
)
from flowstyle.core.events import Event
from flowstyle.media.pictures import check_picture_output, read_picture, write_picture


def halves(width: int = 40, height: int = 30) -> np.ndarray:
    """Left half red, right half blue; the top row white."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = 200
    image[:, width // 2 :, 2] = 200
    image[:4] = 255
    return image


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "ppm", "gif"])
def test_lossless_formats_come_back_as_they_were(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(halves()).save(path)
    assert np.array_equal(read_picture(path), halves())


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_lossy_formats_come_back_nearly(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(halves()).save(path, quality=95)
    assert np.abs(read_picture(path).astype(int) - halves()).mean() < 5


def test_fault_cmyk_with_profile(tmp_path: Path) -> None:
    cyan = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    cyan.save(tmp_path / "plain.jpg", quality=95)
    plain = read_picture(tmp_path / "plain.jpg")[16, 16].astype(int)
    assert plain[0] < 40
    assert min(plain[1:]) > 220
    # A press whose first ink is green: its profile decides, not the usual meaning of cyan.
    cyan.save(tmp_path / "press.jpg", quality=95, icc_profile=_press_with_green_ink())
    red, green, blue = read_picture(tmp_path / "press.jpg")[16, 16].astype(int)
    assert green > 100 > max(red, blue) + 20
    # A profile of another colour space does not fit and must not break the reading.
    rgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cyan.save(tmp_path / "other.jpg", quality=95, icc_profile=rgb)
    assert np.abs(read_picture(tmp_path / "other.jpg")[16, 16].astype(int) - plain).max() <= 2


def _press_with_green_ink() -> bytes:
    """A CMYK profile of one table: Lab white, green with the first ink, black with the last."""
    white, green, black = bytes([255, 128, 128]), bytes([128, 58, 178]), bytes([0, 128, 128])
    table = b"".join(black if i % 2 else green if i >= 8 else white for i in range(16))
    one = (1 << 16).to_bytes(4, "big")
    matrix = b"".join(one if i % 4 == 0 else bytes(4) for i in range(9))
    tag = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix
    tag += bytes(range(256)) * 4 + table + bytes(range(256)) * 3
    tag += bytes(-len(tag) % 4)
    header = bytearray(128)
    header[0:4] = (128 + 4 + 12 + len(tag)).to_bytes(4, "big")
    header[8:12] = bytes([2, 0x40, 0, 0])
    header[12:24] = b"prtrCMYKLab "
    header[36:40] = b"acsp"
    header[68:80] = bytes.fromhex("0000f6d6000100000000d32d")  # D50
    entry = b"A2B0" + (144).to_bytes(4, "big") + len(tag).to_bytes(4, "big")
    return bytes(header) + (1).to_bytes(4, "big") + entry + tag


def test_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    """Values in a profile of linear light: 0.5 there is 188 in sRGB."""
    profile = _linear_profile()
    path = tmp_path / "linear.png"
    Image.new("RGB", (32, 32), (128, 128, 128)).save(path, icc_profile=profile)
    np.testing.assert_allclose(read_picture(path)[5, 5], 188, atol=2)
    Image.new("RGB", (32, 32), (128, 128, 128)).save(path, icc_profile=b"broken")
    assert read_picture(path)[5, 5].tolist() == [128, 128, 128]


def _linear_profile() -> bytes:
    """sRGB's own profile with every tone curve replaced by a straight line."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    for i in range(count):
        entry = 132 + 12 * i
        if data[entry : entry + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            offset = int.from_bytes(data[entry + 4 : entry + 8], "big")
            data[offset : offset + 12] = b"curv" + bytes(8)  # no points: the identity
            data[entry + 8 : entry + 12] = (12).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(("tag", "turns"), [(3, 2), (6, 3), (8, 1)])
def test_fault_exif_rotation(tmp_path: Path, tag: int, turns: int) -> None:
    path = tmp_path / "turned.png"
    exif = Image.Exif()
    exif[0x0112] = tag
    Image.fromarray(halves()).save(path, exif=exif)
    assert np.array_equal(read_picture(path), np.rot90(halves(), turns))


def test_fault_16_bit_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 40 * 30).astype(np.uint16).reshape(30, 40)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    read = read_picture(tmp_path / "deep.png")
    assert read.dtype == np.uint16
    assert np.array_equal(read, np.repeat(ramp[..., None], 3, 2))
    Image.fromarray(ramp.astype(np.float32) / 65535).save(tmp_path / "float.tif")
    assert np.abs(read_picture(tmp_path / "float.tif").astype(int) - read).max() <= 1
    Image.fromarray(np.full((20, 20), np.nan, np.float32)).save(tmp_path / "nan.tif")
    with pytest.raises(StyleImageError, match="not finite"):
        read_picture(tmp_path / "nan.tif")


def test_fault_16_bit_colour_keeps_its_range(tmp_path: Path) -> None:
    import cv2

    image = (halves().astype(np.uint16) * 257)[..., ::-1]
    cv2.imwrite(str(tmp_path / "deep.png"), image)
    assert np.array_equal(read_picture(tmp_path / "deep.png"), halves())


def test_fault_animated_gif_gives_its_first_frame_and_says_so(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    events: list[Event] = []
    assert read_picture(tmp_path / "moving.gif", report=events.append)[9, 9].tolist() == [255, 0, 0]
    assert "first frame" in str(events)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_laid_on_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 10, 20))
    image.convert(mode).save(tmp_path / "a.png", **({"transparency": 0} if mode == "P" else {}))
    events: list[Event] = []
    read = read_picture(tmp_path / "a.png", report=events.append)
    if mode != "P":  # black lies in the same palette entry as what is transparent
        assert read[9, 2].tolist() == [0, 0, 0]
    assert read[9, 15].tolist() == [255, 255, 255]
    assert "white" in str(events)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "I;16"])
def test_what_is_opaque_is_not_called_transparent(tmp_path: Path, mode: str) -> None:
    """Programs write an alpha channel, or an entry for it, whether anything shines through or not.

    Deep grey is laid on nothing, whatever its file says.
    """
    deep = halves()[..., 0].astype(np.uint16) * 257
    image = Image.fromarray(deep if mode == "I;16" else halves())
    image = image if mode == "I;16" else image.convert(mode)
    more = {"P": {"transparency": b"\xff" * 4}, "I;16": {"transparency": 7}}.get(mode, {})
    image.save(tmp_path / "a.png", **more)
    events: list[Event] = []
    read_picture(tmp_path / "a.png", report=events.append)
    assert events == []


@pytest.mark.parametrize("mode", ["1", "L", "P", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "YCbCr" else "a.png")
    Image.fromarray(halves()).convert(mode).save(path)
    read = read_picture(path)
    assert read.shape == (30, 40, 3)
    assert read.dtype == np.uint8


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(x) run\n",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"%PDF-1.4\n",
        b"",
        b"plain text",
    ],
)
def test_fault_svg_eps_and_others_are_refused_by_the_list(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    with pytest.raises(StyleImageError, match="none of JPEG") as error:
        read_picture(path)
    assert error.value.exit_code == 11
    assert error.value.advice


def test_fault_1x1(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(StyleImageError, match="1×1 pixels, too few"):
        read_picture(tmp_path / "dot.png")


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "webp", "tif"])
def test_fault_truncated(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(noise).save(data, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()))
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(data.getvalue()[: len(data.getvalue()) // 2])
    with pytest.raises(StyleImageError):
        read_picture(path)


def test_fault_decompression_bomb(tmp_path: Path) -> None:
    Image.new("1", (9000, 9000)).save(tmp_path / "bomb.png")
    assert (tmp_path / "bomb.png").stat().st_size < 20_000
    with pytest.raises(LimitError, match="9000×9000"):
        read_picture(tmp_path / "bomb.png")
    Image.fromarray(halves()).save(tmp_path / "a.png")
    with pytest.raises(LimitError, match="40×30"):
        read_picture(tmp_path / "a.png", max_pixels=1000)


def test_fault_declared_giant_is_refused_without_allocating(tmp_path: Path) -> None:
    """A PNG header that declares 2³⁰ pixels on each side, with no data behind."""
    header = (1 << 30).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    chunk = b"IHDR" + header
    path = tmp_path / "giant.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0d" + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    )
    with pytest.raises((LimitError, StyleImageError)):
        read_picture(path)


def test_fault_missing_picture_and_folder(tmp_path: Path) -> None:
    with pytest.raises(StyleImageError, match="does not exist"):
        read_picture(tmp_path / "none.png")
    with pytest.raises(StyleImageError, match="is not a file"):
        read_picture(tmp_path)


def test_fault_name_too_long(tmp_path: Path) -> None:
    long = tmp_path / f"{300 * 'x'}.png"
    with pytest.raises(StyleImageError, match="too long"):
        read_picture(long)
    # 250 bytes fit, but not with what is added until the picture is complete.
    for path in (long, tmp_path / f"{246 * 'x'}.png", tmp_path / (300 * "x") / "a.png"):
        with pytest.raises(OutputError, match="too long"):
            write_picture(path, halves())


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_only_explained_errors_escape_the_reader(tmp_path: Path, data: st.DataObject) -> None:
    """Real files with bytes changed, cut and inserted."""
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM"]))
    good = io.BytesIO()
    Image.fromarray(halves(20, 18)).save(good, kind)
    broken = bytearray(good.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        position = data.draw(st.integers(0, len(broken) - 1))
        broken[position : position + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=3)
        )
        if not broken:
            break
    path = tmp_path / "fuzz"
    path.write_bytes(broken)
    try:
        read = read_picture(path, max_pixels=1 << 20)
    except FlowstyleError:
        return
    assert read.ndim == 3
    assert read.shape[2] == 3


def test_the_same_picture_gives_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lcms notes in a profile when it was made."""
    image = halves()
    write_picture(tmp_path / "one.png", image)
    create = ImageCms.createProfile
    later = ImageCms.ImageCmsProfile(create("sRGB")).tobytes()
    later = later[:30] + bytes(6) + later[36:]  # at midnight
    profile = ImageCms.ImageCmsProfile(io.BytesIO(later)).profile
    monkeypatch.setattr(ImageCms, "createProfile", lambda name: profile)
    write_picture(tmp_path / "two.png", image)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as read:
        told = ImageCms.ImageCmsProfile(io.BytesIO(read.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(told)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_written_picture_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    write_picture(path, halves())
    tolerance = 0 if suffix in ("png", "tif") else 6
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.abs(read_picture(path).astype(int) - halves()).mean() <= tolerance
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_second_picture_of_a_phone_is_no_animation(tmp_path: Path) -> None:
    one = Image.fromarray(halves())
    one.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[one.resize((20, 15))])
    told: list[Event] = []
    assert read_picture(tmp_path / "a.jpg", report=told.append).shape == halves().shape
    assert told == []


def test_fault_tiff_of_a_kind_that_is_not_read(tmp_path: Path) -> None:
    import cv2

    cv2.imwrite(str(tmp_path / "a.tif"), halves().astype(np.float32))
    with pytest.raises(StyleImageError, match=r"a TIFF of 32 bits a sample[\s\S]*8 bits"):
        read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("there", [True, False])
def test_of_a_link_the_target_is_written(tmp_path: Path, there: bool) -> None:
    target, link = tmp_path / "disk" / "real.png", tmp_path / "link.png"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"old")
    link.symlink_to("disk/real.png")
    write_picture(link, halves(), overwrite=there)
    assert link.readlink() == Path("disk/real.png")
    assert np.array_equal(read_picture(target), halves())
    assert [p.name for p in target.parent.iterdir()] == ["real.png"]


def test_fault_link_that_leads_back_to_itself(tmp_path: Path) -> None:
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    with pytest.raises(OutputError, match=r"leads back to itself[\s\S]*remove the link"):
        check_picture_output(loop, overwrite=True)
    (tmp_path / "lost.png").symlink_to("nowhere/a.png")
    with pytest.raises(OutputError, match="does not exist"):
        check_picture_output(tmp_path / "lost.png")


def test_output_is_checked_before_work(tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"old")
    for path, message in {
        tmp_path / "a.exe": "cannot be written as",
        tmp_path / "no" / "a.png": "folder does not exist",
        tmp_path / "there.png": "exists",
    }.items():
        with pytest.raises(OutputError, match=message):
            check_picture_output(path)
    with pytest.raises(OutputError, match="exists"):
        write_picture(tmp_path / "there.png", halves())
    assert (tmp_path / "there.png").read_bytes() == b"old"
    write_picture(tmp_path / "there.png", halves(), overwrite=True)
    assert np.array_equal(read_picture(tmp_path / "there.png"), halves())


def test_fault_disk_full_leaves_the_old_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        write_picture(path, halves(), overwrite=True)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]
