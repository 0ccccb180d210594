"""Frames come out whole, upright, at their times."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import UsageError
from flowstyle.media import probe, read_frames
from flowstyle.media.pyav import av
from tests.helpers.media import picture, write_clip, write_pictures

SHARED = Path(__file__).parents[2] / "../shared"


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2)))


def test_frames_are_the_pictures_in_order(tmp_path: Path):
    path = write_clip(tmp_path / "c.mp4", pixel_format="yuv444p")
    info = probe(path)
    assert (info.width, info.height, info.frames, info.rate) == (64, 48, 12, 25)
    frames = list(read_frames(info))
    assert [frame.index for frame in frames] == list(range(12))
    for frame in frames:
        assert frame.image.dtype == np.uint8
        assert psnr(frame.image, picture(frame.index)) > 33


def test_an_end_that_is_known_to_a_millisecond_shortens_no_frame(tmp_path: Path):
    # Frames out of order make an edit list, whose lengths are in milliseconds.
    path = write_clip(
        tmp_path / "ntsc.mp4",
        rate=Fraction(30000, 1001),
        time_base=Fraction(1, 30000),
        pts=[1001 * i for i in range(12)],
        last_duration=1001,
        options={"bf": "2"},
    )
    info = probe(path)
    assert info.time_base == Fraction(1, 30000)
    is_exact = av.library_versions["libavformat"] >= (63,)  # FFmpeg 8.1 writes all of it
    assert info.duration_pts == (12012 if is_exact else 12000)
    assert [frame.duration for frame in read_frames(info)] == [1001] * 12


def test_times_and_durations_of_a_variable_rate(tmp_path: Path):
    stamps = [0, 3003, 6006, 12012, 13000, 20000, 33000, 33100]
    path = write_clip(
        tmp_path / "vfr.mp4",
        count=8,
        time_base=Fraction(1, 90000),
        pts=stamps,
        last_duration=777,
    )
    info = probe(path)
    frames = list(read_frames(info))
    scale = info.time_base * 90000
    assert [frame.pts * scale for frame in frames] == stamps
    expected = [*np.diff(stamps).tolist(), 777]
    assert [frame.duration * scale for frame in frames] == expected


@pytest.mark.parametrize(("start", "count"), [(0, 3), (5, 4), (10, None), (11, 9), (3, 0)])
def test_start_and_count(tmp_path: Path, start: int, count: int | None):
    info = probe(write_clip(tmp_path / "c.mp4"))
    whole = list(read_frames(info))
    part = list(read_frames(info, start=start, count=count))
    expected = whole[start : None if count is None else start + count]
    assert [(f.index, f.pts, f.duration) for f in part] == [
        (f.index, f.pts, f.duration) for f in expected
    ]
    for a, b in zip(part, expected, strict=True):
        np.testing.assert_array_equal(a.image, b.image)


def test_start_beyond_the_end_and_negative_numbers(tmp_path: Path):
    info = probe(write_clip(tmp_path / "c.mp4"))
    with pytest.raises(UsageError, match="ends before frame 12"):
        next(read_frames(info, start=12))
    with pytest.raises(UsageError):
        next(read_frames(info, start=-1))


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("hflip", [False, True])
def test_fault_rotated_phone_clip(tmp_path: Path, rotation: int, hflip: bool):
    path = write_clip(tmp_path / "r.mp4", count=2, rotation=rotation, hflip=hflip)
    upright = next(read_frames(probe(write_clip(tmp_path / "u.mp4", count=2)))).image
    info = probe(path)
    frame = next(read_frames(info))
    expected = np.rot90(upright, rotation // 90)
    np.testing.assert_array_equal(frame.image, expected[:, ::-1] if hflip else expected)
    assert (info.height, info.width) == frame.image.shape[:2]


def test_rotated_clip_is_resized_to_the_size_as_shown(tmp_path: Path):
    info = probe(write_clip(tmp_path / "r.mp4", count=2, rotation=90, aspect=Fraction(4, 3)))
    assert next(read_frames(info, size=(30, 40))).image.shape == (40, 30, 3)
    assert info.sample_aspect == Fraction(3, 4)


def test_resizing_shrinks_without_aliasing(tmp_path: Path):
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    path = write_clip(
        tmp_path / "s.mp4", pictures=[stripes], pixel_format="yuv444p", options={"crf": "1"}
    )
    image = next(read_frames(probe(path), size=(24, 24))).image[:, 4:-4]
    assert abs(float(image.mean()) - 127.5) < 3
    assert image.std() < 12


@pytest.mark.parametrize("size", [(65, 49), (63, 48), (64, 47), (17, 9)])
def test_fault_odd_sizes(tmp_path: Path, size: tuple[int, int]):
    path = write_clip(
        tmp_path / "odd.mkv", codec="ffv1", pixel_format="yuv420p", size=size, count=3
    )
    info = probe(path)
    assert (info.width, info.height) == size
    assert [f.image.shape for f in read_frames(info)] == [(size[1], size[0], 3)] * 3


def test_fault_ten_bits(tmp_path: Path):
    ramp = np.linspace(8000, 60000, 64).astype(np.uint16)
    image = np.repeat(np.repeat(ramp[None, :, None], 48, axis=0), 3, axis=2)
    path = write_clip(
        tmp_path / "ten.mkv", pictures=[image] * 2, codec="ffv1", pixel_format="yuv444p10le"
    )
    info = probe(path)
    assert info.bit_depth == 10
    frame = next(read_frames(info))
    assert frame.image.dtype == np.uint16
    # The writer of the test clip uses swscale's scale, where white is 65280.
    np.testing.assert_allclose(frame.image * (65280 / 65535), image, atol=90)
    assert len(np.unique(frame.image[0, :, 0])) == 64


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mov", "prores_ks", "yuva444p10le"),
        ("a.mkv", "ffv1", "bgra"),
        ("a.webm", "libvpx-vp9", "yuva420p"),
    ],
)
def test_fault_alpha(tmp_path: Path, name: str, codec: str, pixel_format: str):
    colour = picture(0)
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 24:40], alpha[:, 40:] = 128, 255
    path = write_clip(
        tmp_path / name,
        pictures=[np.dstack([colour, alpha])] * 2,
        codec=codec,
        pixel_format=pixel_format,
    )
    info = probe(path)
    assert info.has_alpha
    kept = next(read_frames(info, keep_alpha=True))
    top = np.iinfo(kept.image.dtype).max
    np.testing.assert_allclose(kept.alpha[:, [4, 32, 60]] / top, [[0, 0.5, 1]] * 48, atol=0.02)
    flat = next(read_frames(info))
    assert flat.alpha is None
    assert flat.image[:, :16].max() == 0
    expected = kept.image[:, 30:34].astype(float) * (kept.alpha[:, 30:34, None] / top)
    np.testing.assert_allclose(flat.image[:, 30:34], expected, atol=0.6)
    np.testing.assert_array_equal(flat.image[:, 48:], kept.image[:, 48:])


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_webm_that_tells_its_alpha_twice(tmp_path: Path, codec: str):
    """As ``-metadata:s:v alpha_mode=1`` and ``-c copy`` leave it: FFmpeg gives the tag in capitals.

    CasparCG/server#1678: a WebM's alpha is seen by one of two decoders, and by the tag alone.
    """
    path = tmp_path / "a.webm"
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"auto-alt-ref": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva420p"
        stream.metadata["alpha_mode"] = "1"
        for index in range(2):
            image = np.dstack([picture(index), alpha])
            frame = av.VideoFrame.from_ndarray(image, "rgba").reformat(format="yuva420p")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with av.open(str(path)) as container:
        assert "ALPHA_MODE" in container.streams.video[0].metadata
    info = probe(path)
    assert info.has_alpha
    kept = next(read_frames(info, keep_alpha=True))
    assert kept.alpha is not None
    np.testing.assert_array_equal(kept.alpha > 128, alpha > 128)


def test_fault_interlaced(tmp_path: Path):
    # Fields half a frame apart of a pattern that moves fast: every second row is shifted.
    def woven(t: int) -> np.ndarray:
        image = picture(6 * t)
        image[1::2] = picture(6 * t + 3)[1::2]
        return image

    pictures = [woven(t)[:, :, [1, 1, 1]] for t in range(8)]
    path = write_clip(tmp_path / "i.mp4", pictures=pictures, interlaced=True)
    told: list[object] = []
    info = probe(path, report=told.append)
    assert info.interlaced
    assert [str(event) for event in told if "interlaced" in str(event)]
    frames = list(read_frames(info))
    assert [f.pts * info.time_base for f in frames] == [Fraction(k, 25) for k in range(8)]

    def combing(image: np.ndarray) -> float:
        rows = image[14:-2].astype(float)
        return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())

    assert combing(frames[4].image) < 0.25 * combing(pictures[4])


def test_fault_one_frame_and_two_frames(tmp_path: Path):
    for count in (1, 2):
        path = write_clip(tmp_path / f"{count}.mp4", count=count)
        frames = list(read_frames(probe(path)))
        assert [frame.index for frame in frames] == list(range(count))
        assert all(frame.duration > 0 for frame in frames)


@pytest.mark.parametrize("value", [0, 255])
def test_fault_black_and_white_frames(tmp_path: Path, value: int):
    path = write_clip(tmp_path / "b.mp4", pictures=[np.full((48, 64, 3), value, np.uint8)] * 3)
    assert all((f.image == value).all() for f in read_frames(probe(path)))


def test_container_that_counts_from_elsewhere(tmp_path: Path):
    stamps = [126000 + 3600 * k for k in range(6)]
    path = write_clip(tmp_path / "s.ts", count=6, time_base=Fraction(1, 90000), pts=stamps)
    info = probe(path)
    assert info.frames == 6
    assert info.start_pts == 0
    assert info.clock.origin == Fraction(stamps[0], 90000)
    assert [f.pts for f in read_frames(info)] == [at - stamps[0] for at in stamps]


def test_frames_without_times_get_the_nominal_ones(tmp_path: Path):
    path = write_clip(tmp_path / "raw.h264", options={"bframes": "0"})
    info = probe(path)
    frames = list(read_frames(info))
    steps = {b.pts - a.pts for a, b in pairwise(frames)}
    assert len(frames) == 12
    assert {step * info.time_base for step in steps} == {Fraction(1, 25)}


def test_reading_is_a_stream_and_can_be_left(tmp_path: Path):
    reader = read_frames(probe(write_clip(tmp_path / "c.mp4")))
    next(reader)
    reader.close()


def test_folder_of_pictures_in_natural_order(tmp_path: Path):
    names = [f"f{k}.png" for k in range(12)]
    folder = write_pictures(tmp_path / "pics", names)
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    info = probe(folder)
    assert [p.name for p in info.pictures] == names
    assert (info.rate, info.frames, info.duration_pts) == (24, 12, 12)
    for frame in read_frames(info, start=2, count=9):
        np.testing.assert_array_equal(frame.image, picture(frame.index))


@pytest.mark.parametrize("ahead", ["", "f", "a-1_"])
def test_frames_numbered_from_below_zero_on(tmp_path: Path, ahead: str):
    """rsgalloway/pyseq#25: -0001 came before -0002, and in some names after 0001."""
    names = [f"{ahead}{number}.png" for number in ("-0010", "-0002", "-0001", "0000", "0001")]
    folder = write_pictures(tmp_path / "pics", names)
    assert [p.name for p in probe(folder).pictures] == names


def test_a_hyphen_that_parts_words_is_no_sign(tmp_path: Path):
    names = ["2024-01-02.png", "2024-01-03.png", "shot-0001.png", "shot-0002.png", "title2.png"]
    folder = write_pictures(tmp_path / "pics", names)
    assert [p.name for p in probe(folder).pictures] == names


def test_pattern_and_single_picture_and_rate(tmp_path: Path):
    folder = write_pictures(tmp_path / "pics", ["a_0001.png", "a_0002.png", "b_0001.png"])
    info = probe(folder / "a_%04d.png", rate=Fraction(30000, 1001))
    assert [p.name for p in info.pictures] == ["a_0001.png", "a_0002.png"]
    assert info.time_base == Fraction(1001, 30000)
    assert probe(folder / "b_0001.png").frames == 1


def test_sixteen_bit_and_transparent_and_turned_pictures(tmp_path: Path):
    import cv2
    from PIL import Image

    deep = np.arange(48 * 64 * 3, dtype=np.uint16).reshape(48, 64, 3) * 7
    cv2.imwrite(str(tmp_path / "deep.png"), deep[..., ::-1])
    info = probe(tmp_path / "deep.png")
    assert info.bit_depth == 16
    np.testing.assert_array_equal(next(read_frames(info)).image, deep)

    alpha = np.full((48, 64), 51, np.uint8)
    Image.fromarray(np.dstack([picture(0), alpha])).save(tmp_path / "alpha.png")
    info = probe(tmp_path / "alpha.png")
    assert info.has_alpha
    np.testing.assert_allclose(next(read_frames(info)).image, picture(0) * 0.2, atol=0.51)

    exif = Image.Exif()
    exif[0x0112] = 6  # stored turned to the left: shown turned clockwise
    Image.fromarray(picture(0)).save(tmp_path / "turned.jpg", exif=exif, quality=98)
    info = probe(tmp_path / "turned.jpg")
    assert (info.width, info.height) == (48, 64)
    assert psnr(next(read_frames(info)).image, np.rot90(picture(0), -1)) > 30


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "size", "count", "rate"),
    [
        ("bigbuckbunny.mp4", (1280, 720), 132, Fraction(25)),
        ("carphone_pristine.mp4", (176, 144), 120, Fraction(30000, 1001)),
        ("marple8", (450, 350), 5, Fraction(24)),
        ("sintel_alley_1", (1024, 436), 10, Fraction(24)),
    ],
)
def test_shared_clips(name: str, size: tuple[int, int], count: int, rate: Fraction):
    path = SHARED / "clips" / name
    if not path.exists():
        pytest.skip("../shared/clips is not here")
    info = probe(path)
    assert ((info.width, info.height), info.frames, info.rate) == (size, count, rate)
    frames = list(read_frames(info, count=6, size=(64, 36)))
    assert [f.index for f in frames] == list(range(min(6, count)))


def test_memory_does_not_grow_with_the_clip(tmp_path: Path):
    import tracemalloc

    info = probe(write_clip(tmp_path / "long.mp4", count=150, size=(128, 96)))
    one = 128 * 96 * 3
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_frames(info)) == 150
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * one
