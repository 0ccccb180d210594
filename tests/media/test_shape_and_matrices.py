"""Cropping, shape of pixels, rare matrices, orientation, and alpha that is none."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flowstyle.core.errors import VideoError
from flowstyle.core.events import Event, Notice
from flowstyle.core.types import ColourTags
from flowstyle.media import open_writer, probe, read_frames
from flowstyle.media.colour import output_tags, to_rgb
from flowstyle.media.matrices import from_light, luma_weights
from flowstyle.media.matroska_shape import declare_shape, declared_size, display_size
from flowstyle.media.picture_folder import square_size
from flowstyle.media.square import written_size
from flowstyle.render.size import size_in_words
from tests.helpers.media import colour_card, picture, write_clip

import av  # isort: skip - after cv2

QUADRANTS = np.zeros((24, 32, 3), np.uint8)
QUADRANTS[:12, :16], QUADRANTS[:12, 16:] = (220, 20, 20), (20, 220, 20)
QUADRANTS[12:, :16], QUADRANTS[12:, 16:] = (20, 20, 220), (230, 230, 230)


def with_crop(path: Path, crop: tuple[int, int, int, int], **more) -> Path:
    """A Matroska clip whose PixelCrop elements say left, right, top, bottom."""
    write_clip(path, count=3, size=(96, 64), **{"codec": "ffv1", "pixel_format": "bgr0", **more})
    data = path.read_bytes()
    numbers = zip((b"\x54\xcc", b"\x54\xdd", b"\x54\xbb", b"\x54\xaa"), crop, strict=True)
    extra = b"".join(name + b"\x81" + bytes([number]) for name, number in numbers)
    at = data.index(b"\xb0\x81\x60\xba\x81\x40")  # PixelWidth 96, PixelHeight 64
    return rebuilt(path, data, at, extra)


def rebuilt(path: Path, data: bytes, at: int, extra: bytes) -> Path:
    """Put bytes into Matroska's Video element; those around it grow, and lose their checksum."""
    segment = data.index(b"\x18\x53\x80\x67")
    tracks = data.rindex(b"\x16\x54\xae\x6b", 0, at)  # the list of elements names it before
    inside = tracks + 4 + 9 - data[tracks + 4].bit_length()
    crc = inside if data[inside] == 0xBF else 0
    entry = inside + 6 if crc else inside
    assert data[entry] == 0xAE
    video = data.rindex(b"\xe0", entry, at)

    def size(start: int) -> tuple[int, int]:
        length = 9 - data[start].bit_length()
        number = int.from_bytes(data[start : start + length], "big") & ((1 << 7 * length) - 1)
        return length, number

    grown = bytearray(data)
    for start in (segment + 4, tracks + 4, entry + 1, video + 1):
        length, number = size(start)
        more = number + len(extra) | 1 << 7 * length
        grown[start : start + length] = more.to_bytes(length, "big")
    if crc:
        grown[crc : crc + 2] = b"\xec\x84"  # Void
    path.write_bytes(bytes(grown[:at]) + extra + bytes(grown[at:]))
    return path


@pytest.mark.parametrize("crop", [(16, 16, 8, 8), (4, 12, 2, 20), (0, 31, 0, 0), (1, 0, 3, 0)])
def test_matroska_crops(tmp_path: Path, crop: tuple[int, int, int, int]):
    info = probe(with_crop(tmp_path / "a.mkv", crop))
    left, right, top, bottom = crop
    assert info.crop == crop
    assert (info.width, info.height) == (96 - left - right, 64 - top - bottom)
    frame = next(read_frames(info))
    expected = picture(0, (96, 64))[top : 64 - bottom, left : 96 - right]
    np.testing.assert_array_equal(frame.image, expected)
    assert next(read_frames(info, size=(32, 20))).image.shape == (20, 32, 3)


def test_crop_that_leaves_nothing_is_refused(tmp_path: Path):
    with pytest.raises(VideoError, match="not a video that can be opened"):
        probe(with_crop(tmp_path / "a.mkv", (48, 48, 0, 0)))


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_mov_crops_and_then_turns(tmp_path: Path, suffix: str):
    """FFmpeg's own muxer hands a crop on from Matroska."""
    path = tmp_path / f"b{suffix}"
    source = with_crop(tmp_path / "a.mkv", (4, 12, 2, 18), codec="libx264", pixel_format="yuv420p")
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        stream.set_display_rotation(90)
        for packet in old.demux(old.streams.video[0]):
            if packet.size:
                packet.stream = stream
                new.mux(packet)
    info = probe(path)
    assert info.crop == (4, 12, 2, 18)
    assert (info.width, info.height, info.rotation) == (44, 80, 90)
    whole = next(read_frames(probe(write_clip(tmp_path / "d.mp4", count=3, size=(96, 64))))).image
    np.testing.assert_array_equal(
        next(read_frames(info)).image, np.rot90(whole[2 : 64 - 18, 4 : 96 - 12])
    )


@pytest.mark.parametrize(
    ("aspect", "size"), [(Fraction(16, 11), (93, 48)), (Fraction(8, 9), (64, 54))]
)
def test_square_size(aspect: Fraction, size: tuple[int, int]):
    assert square_size((64, 48), aspect) == size


@pytest.mark.parametrize("name", ["o.gif", "o.webp", "o.nut", "o/%03d.png"])
@pytest.mark.parametrize("aspect", [Fraction(16, 11), Fraction(8, 9)])
def test_outputs_without_a_shape_of_pixels_show_the_picture_as_displayed(
    tmp_path: Path, name: str, aspect: Fraction
):
    info = probe(write_clip(tmp_path / "a.mp4", count=3, aspect=aspect))
    events: list[Event] = []
    with open_writer(tmp_path / name, info, report=events.append) as writer:
        said = [e.text for e in events if isinstance(e, Notice)]
        assert len([text for text in said if "become square" in text]) == 1  # before any frame
        for frame in read_frames(info):
            writer.write(frame)
    out = tmp_path / name
    first = cv2.VideoCapture(str(out)).read()[1] if name in ("o.gif", "o.nut") else None
    if first is None:
        from PIL import Image

        with Image.open(out if name == "o.webp" else tmp_path / "o/001.png") as image:
            shape = image.size
    else:
        shape = (first.shape[1], first.shape[0])
    assert shape == square_size((64, 48), aspect) == written_size(info, out, (64, 48))
    assert f"written as {shape[0]}×{shape[1]}" in size_in_words(info, out, (64, 48))
    assert size_in_words(info, tmp_path / "o.mp4", (64, 48)) == "64×48 (clip 64×48)"
    assert len(events) == len(said)


@pytest.mark.parametrize("aspect", [Fraction(16, 11), Fraction(8, 9), Fraction(12, 11)])
@pytest.mark.parametrize(
    ("name", "codec"),
    [("o.webm", "vp9"), ("o.webm", "av1"), ("o.mkv", "ffv1"), ("o.mkv", "prores"), ("o.mkv", None)],
)
def test_matroska_declares_the_shape_of_pixels(
    tmp_path: Path, name: str, codec: str | None, aspect: Fraction
):
    info = probe(write_clip(tmp_path / "a.mp4", count=3, aspect=aspect, audio="aac"))
    events: list[Event] = []
    out = tmp_path / name
    with open_writer(out, info, codec=codec, audio="none", report=events.append) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    assert events == []
    found = probe(out)
    assert (found.width, found.height, found.sample_aspect) == (64, 48, aspect)
    with av.open(str(out)) as container:
        assert container.streams.video[0].metadata.get("title") is None
        assert len(list(container.decode(video=0))) == 3
        container.seek(40_000)
        assert next(container.decode(video=0)) is not None


@pytest.mark.parametrize("name", ["o.webm", "o.mkv"])
@pytest.mark.parametrize("title", ["Part 1", "ü" * 60 + "abcd", "x" * 130])
def test_a_titled_picture_keeps_its_title_and_the_shape_of_its_pixels(
    tmp_path: Path, name: str, title: str
):
    plain = write_clip(tmp_path / "a.mp4", count=3, aspect=Fraction(16, 11))
    with av.open(str(plain)) as old, av.open(str(tmp_path / "b.mkv"), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0], opaque=True)
        stream.metadata["title"] = title
        for packet in old.demux(video=0):
            if packet.size:
                packet.stream = stream
                new.mux(packet)
    info = probe(tmp_path / "b.mkv")
    events: list[Event] = []
    codec = "vp9"
    with open_writer(tmp_path / name, info, codec=codec, report=events.append) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    assert events == []
    assert probe(tmp_path / name).sample_aspect == Fraction(16, 11)
    with av.open(str(tmp_path / name)) as container:
        assert container.streams.video[0].metadata["title"] == title
        assert len(list(container.decode(video=0))) == 3


def test_a_place_for_the_shape_that_is_not_there(tmp_path: Path):
    """Nothing is written to a file without the title; one without room loses the title only."""
    shape = declared_size((93, 48))
    path = write_clip(tmp_path / "a.mkv", count=2)
    before = path.read_bytes()
    assert not declare_shape(path, shape)
    assert path.read_bytes() == before
    path.write_bytes(b"\x16\x54\xae\x6b\x8c\x53\x6e\x87(shape)\x00\x00")
    assert not declare_shape(path, shape)
    assert b"(shape)" not in path.read_bytes()
    assert len(path.read_bytes()) == 17


@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        ((96, 64), Fraction(16, 11), (144, 66)),
        ((720, 576), Fraction(16, 15), (768, 576)),
        ((720, 480), Fraction(8, 9), (640, 480)),
        ((1001, 997), Fraction(1009, 1013), (997, 997)),
    ],
)
def test_display_size_is_exact_where_it_can_be(size: tuple, aspect: Fraction, shown: tuple):
    assert display_size(*size, aspect) == shown


def test_a_shape_of_pixels_beyond_belief_is_passed_over(tmp_path: Path):
    info = probe(write_clip(tmp_path / "a.mp4", count=1, aspect=Fraction(200, 1)))
    assert info.sample_aspect == 1


def forward(rgb: NDArray[np.float64], matrix: int, primaries: int) -> NDArray[np.float64]:
    """R'G'B' in [0, 1] → Y', Cb, Cr by H.273's definitions."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    if matrix == 8:
        return np.stack(
            [
                green / 2 + (red + blue) / 4,
                green / 2 - (red + blue) / 4,
                (red - blue) / 2,
            ]
        )
    kr, kb = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}[9 if matrix == 10 else primaries]
    if matrix == 12:
        y = kr * red + (1 - kr - kb) * green + kb * blue
        return np.stack([y, (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)])

    def light(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(v < 0.081, v / 4.5, ((np.maximum(v, 0.081) + 0.099) / 1.099) ** (1 / 0.45))

    y = from_light(kr * light(red) + (1 - kr - kb) * light(green) + kb * light(blue))
    cb, cr = blue - y, red - y  # BT.2020, table 4
    return np.stack(
        [
            y,
            np.where(cb <= 0, cb / 1.9404, cb / 1.5816),
            np.where(cr <= 0, cr / 1.7184, cr / 0.9936),
        ]
    )


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(("matrix", "primaries"), [(8, 1), (10, 9), (12, 1), (12, 9), (13, 9)])
def test_matrices_that_swscale_does_not_know(matrix: int, primaries: int, bits: int, full: bool):
    card = colour_card((48, 16)).astype(np.float64) / 255
    unit, top = 2 ** (bits - 8), 2**bits - 1
    y, cb, cr = forward(card, 10 if matrix == 13 else matrix, primaries)
    luma = y * top if full else (16 + 219 * y) * unit
    chroma = [128 * unit + c * (top if full else 224 * unit) for c in (cb, cr)]
    kind, name = (np.uint8, "yuv444p") if bits == 8 else (np.uint16, "yuv444p10le")
    planes = np.clip(np.rint(np.stack([luma, *chroma])), 0, top).astype(kind)
    frame = av.VideoFrame(48, 16, name)
    for plane, values in zip(frame.planes, planes, strict=True):
        wide = np.zeros((16, plane.line_size // values.dtype.itemsize), kind)
        wide[:, :48] = values
        plane.update(wide.tobytes())
    tags = ColourTags(primaries=primaries, matrix=matrix, full_range=full)
    rgb = to_rgb(frame, tags, None, alpha=False)
    assert rgb.dtype == kind
    error = np.abs(rgb / np.iinfo(kind).max - card).max()
    assert error < (0.012 if bits == 8 else 0.006)


@pytest.mark.parametrize(("primaries", "weights"), [(1, (0.2126, 0.0722)), (9, (0.2627, 0.0593))])
def test_weights_from_the_primaries(primaries: int, weights: tuple[float, float]):
    np.testing.assert_allclose(luma_weights(primaries), weights, atol=1e-4)
    assert luma_weights(2) == luma_weights(1)


@pytest.mark.parametrize("matrix", [8, 10, 12])
def test_a_clip_of_a_rare_matrix_is_painted_and_written(tmp_path: Path, matrix: int):
    path = write_clip(tmp_path / "a.mp4", count=2, tags=(1, 1, matrix, 1), convert=(1, 1))
    info = probe(path)
    assert info.colour.matrix == matrix
    assert output_tags(info).matrix == 1
    with open_writer(tmp_path / "o.mp4", info) as writer:
        for frame in read_frames(info):
            writer.write(frame)
    was, now = (next(read_frames(probe(tmp_path / n))).image for n in ("a.mp4", "o.mp4"))
    assert np.abs(was.astype(int) - now).mean() < 8  # strong colours at half resolution


def test_the_advice_for_a_matrix_that_is_not_read_helps(tmp_path: Path):
    path = write_clip(tmp_path / "a.mp4", count=2, tags=(1, 1, 14, 1), convert=(1, 1))
    with pytest.raises(VideoError, match="setparams=colorspace=bt709") as caught:
        probe(path)
    filters = caught.value.advice.split("-vf ")[1].split()[0]
    with av.open(str(path)) as old, av.open(str(tmp_path / "b.mp4"), "w") as new:
        graph = av.filter.Graph()
        source = graph.add_buffer(template=old.streams.video[0])
        at = source
        for one in filters.split(","):
            name, _, value = one.partition("=")
            value = value if name != "format" else f"pix_fmts={value}"
            step = graph.add(name, value)
            at.link_to(step)
            at = step
        at.link_to(graph.add("buffersink"))
        graph.configure()
        stream = new.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.colorspace = 1
        for frame in old.decode(video=0):
            graph.vpush(frame)
            shown = graph.vpull()
            assert shown.colorspace == 1
            new.mux(stream.encode(shown))
        new.mux(stream.encode(None))
    assert len(list(read_frames(probe(tmp_path / "b.mp4")))) == 2


@pytest.mark.parametrize("kind", ["TIFF", "JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(tmp_path: Path, kind: str, orientation: int):
    from PIL import Image, ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    data = io.BytesIO()
    image = Image.fromarray(QUADRANTS)
    if kind == "PNG":
        image.putalpha(Image.fromarray(QUADRANTS[..., 0]))
    image.save(data, kind, exif=exif, quality=95)
    suffix = {"TIFF": "tif", "JPEG": "jpg"}.get(kind, kind.lower())
    folder = tmp_path / "frames"
    folder.mkdir()
    for k in range(2):
        (folder / f"{k}.{suffix}").write_bytes(data.getvalue())
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data.getvalue()))))
    info = probe(folder)
    assert (info.height, info.width) == upright.shape[:2]
    frames = list(read_frames(info, keep_alpha=True))
    assert len(frames) == 2
    found = frames[0].image
    if upright.shape[2] == 4:
        np.testing.assert_array_equal(frames[0].alpha, upright[..., 3])
        found, upright = found[upright[..., 3] > 200], upright[..., :3][upright[..., 3] > 200]
    assert np.abs(found.astype(int) - upright[..., :3]).mean() < 6


@pytest.mark.parametrize("suffix", ["gif", "apng"])
@pytest.mark.parametrize("hole", [False, True])
def test_alpha_is_what_shines_through(tmp_path: Path, suffix: str, hole: bool):
    from PIL import Image

    images = [Image.fromarray(picture(k)).convert("RGBA") for k in range(3)]
    if hole:
        images[2].putalpha(
            Image.fromarray(np.full((48, 64), 255, np.uint8) * (QUADRANTS.max() > 0))
        )
        images[2].paste((0, 0, 0, 0), (8, 8, 24, 24))
    path = tmp_path / f"a.{suffix}"
    kind = "GIF" if suffix == "gif" else "PNG"
    images[0].save(path, kind, save_all=True, append_images=images[1:], duration=40, disposal=2)
    info = probe(path)
    assert info.has_alpha == hole
    assert len(list(read_frames(info))) == 3


@pytest.mark.parametrize(("rotation", "tilt"), [(45, "-45°"), (80, "+10°"), (90, ""), (180.4, "")])
def test_a_tilted_picture_is_said(tmp_path: Path, rotation: float, tilt: str):
    path = write_clip(tmp_path / "c.mp4", count=2, rotation=rotation)
    events: list[Event] = []
    probe(path, report=events.append)
    said = [event.text for event in events if isinstance(event, Notice)]
    assert len(said) == bool(tilt)
    assert all(f"tilted by {tilt};" in text for text in said)
