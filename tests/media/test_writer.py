"""Results are complete, exact and tagged, or not there at all."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import OutputError, StorageError, UsageError
from flowstyle.core.events import Event, Notice
from flowstyle.core.types import ClipInfo, Frame
from flowstyle.media import (
    ClipWriter,
    check_output,
    open_writer,
    probe,
    read_frames,
    verify_clip,
)
from flowstyle.media.encoders import CODECS
from flowstyle.media.output import partial_name
from scripts.common.clip_facts import facts
from tests.helpers.media import picture, truncate, write_clip

INFO = ClipInfo(Path("none"), 64, 48, 6, Fraction(1, 25), Fraction(25))


def frames(count: int = 6, size: tuple[int, int] = (64, 48), **extra) -> list[Frame]:
    return [Frame(k, k, 1, picture(k, size), **extra) for k in range(count)]


def write(path: Path, info: ClipInfo = INFO, what: list[Frame] | None = None, **options) -> Path:
    with open_writer(path, info, **options) as writer:
        for frame in what or frames():
            writer.write(frame)
    return path


def read_picture_frames(path: Path) -> Iterator[np.ndarray]:
    """The pictures of an animation as its file holds them."""
    from PIL import Image, ImageSequence

    with Image.open(path) as image:
        for each in ImageSequence.Iterator(image):
            yield np.asarray(each.convert("RGB"))


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((a.astype(float) - b) ** 2))))


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "quality"),
    [
        ("o.mp4", None, "yuv420p", 30),
        ("o.mov", "h264", "yuv420p", 30),
        ("o.mkv", None, "yuv420p", 30),
        ("o.mp4", "hevc", "yuv420p", 30),
        ("o.mp4", "av1", "yuv420p", 30),
        ("o.webm", None, "yuv420p", 30),
        ("o.mov", "prores", "yuv422p10le", 35),
        ("o.mkv", "ffv1", "bgr0", 99),
    ],
)
def test_every_codec(
    tmp_path: Path, name: str, codec: str | None, pixel_format: str, quality: float
):
    path = write(tmp_path / name, codec=codec)
    info = probe(path)
    assert (info.frames, info.width, info.height) == (6, 64, 48)
    assert facts(path).pixel_format == pixel_format
    for frame in read_frames(info):
        image = frame.image // 257 if frame.image.dtype == np.uint16 else frame.image
        assert psnr(image, picture(frame.index)) > quality


@pytest.mark.parametrize(
    ("name", "suffix"), [(name, suffix) for name, one in CODECS.items() for suffix in one.suffixes]
)
def test_every_suffix_of_the_table_takes_its_codec(tmp_path: Path, name: str, suffix: str):
    """HEVC in .m4v was promised, and refused by FFmpeg when the first frame was painted."""
    path = write(tmp_path / f"o{suffix}", what=frames(2), codec=name)
    assert probe(path).width == 64


def test_hevc_in_m4v_is_refused_before_the_work(tmp_path: Path):
    with pytest.raises(OutputError, match=r"\.mp4 or \.mov or \.mkv"):
        check_output(tmp_path / "o.m4v", codec="hevc", overwrite=False)


def test_mp4_is_bt709_converted_and_tagged_with_its_index_first(tmp_path: Path):
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 200
    path = write(tmp_path / "o.mp4", what=[Frame(0, 0, 1, red)])
    assert facts(path).tags == (1, 1, 1, 1)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    from flowstyle.media.pyav import av

    with av.open(str(path)) as container:
        y, u, v = (
            float(np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[8, 8])
            for plane in next(container.decode(video=0)).planes
        )
    # BT.709, limited range, by hand: Y' = 16 + 219·0.2126·200/255 and so on.
    level = 200 / 255
    assert y == pytest.approx(16 + 219 * 0.2126 * level, abs=1.5)
    assert u == pytest.approx(128 - 224 * 0.2126 * level / (2 * (1 - 0.0722)), abs=1.5)
    assert v == pytest.approx(128 + 224 * 0.5 * level, abs=1.5)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("o.mp4", None), ("o.mkv", None), ("o.mp4", "hevc"), ("o.webm", None), ("o.mkv", "ffv1")],
)
def test_same_frames_give_the_same_bytes(tmp_path: Path, name: str, codec: str | None):
    """At 320×180: smaller pictures hide what x264's macroblock tree does."""
    what = frames(8, (320, 180))
    digests = {
        hashlib.sha256(
            write(tmp_path / f"{k}_{name}", what=what, codec=codec).read_bytes()
        ).hexdigest()
        for k in range(4)
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("o.mp4", "hevc"),
        ("o.mp4", "av1"),
        ("o.mov", "prores"),
        ("o.mkv", "ffv1"),
    ],
)
def test_more_than_eight_bits_stay(tmp_path: Path, name: str, codec: str):
    ramp = np.linspace(2000, 63000, 64).astype(np.uint16)
    image = np.repeat(np.repeat(ramp[None, :, None], 48, axis=0), 3, axis=2)
    path = write(
        tmp_path / name,
        replace(INFO, bit_depth=10),
        [Frame(k, k, 1, image) for k in range(2)],
        codec=codec,
    )
    info = probe(path)
    assert info.bit_depth >= 10
    back = next(read_frames(info)).image
    assert back.dtype == np.uint16
    np.testing.assert_allclose(back, image, atol=0 if codec == "ffv1" else 400)


def test_h264_takes_sixteen_bits_at_eight(tmp_path: Path):
    what = [replace(f, image=f.image.astype(np.uint16) * 257) for f in frames()]
    info = probe(write(tmp_path / "o.mp4", what=what))
    assert info.pixel_format == "yuv420p"
    assert psnr(next(read_frames(info)).image, picture(0)) > 30


@pytest.mark.parametrize(("name", "codec"), [("o.mov", "prores"), ("o.mkv", "ffv1")])
def test_alpha_is_kept_where_the_codec_can(tmp_path: Path, name: str, codec: str):
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 32:] = 255
    path = write(tmp_path / name, what=frames(2, alpha=alpha), codec=codec)
    back = next(read_frames(probe(path), keep_alpha=True))
    np.testing.assert_array_equal(back.alpha > 100, alpha > 100)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("o.mp4", {}, (66, 50)),
        ("o.mp4", {"pixel_format": "yuv444p"}, (65, 49)),
        ("o.mp4", {"codec": "hevc"}, (66, 50)),
        ("o.mp4", {"codec": "av1"}, (66, 50)),
        ("o.webm", {}, (65, 49)),
        ("o.mkv", {"codec": "ffv1"}, (65, 49)),
        ("o.mov", {"codec": "prores"}, (66, 49)),
    ],
)
def test_odd_sizes(tmp_path: Path, name: str, options: dict[str, str], expected: tuple[int, int]):
    seen: list[Event] = []
    path = write(tmp_path / name, what=frames(3, (65, 49)), report=seen.append, **options)
    assert facts(path).size == expected
    assert bool(seen) == (expected != (65, 49))
    image = next(read_frames(probe(path))).image
    image = image // 257 if image.dtype == np.uint16 else image
    assert psnr(image[:49, :65], picture(0, (65, 49))) > 28
    if expected == (66, 50):
        np.testing.assert_allclose(image[:, 65].astype(int), image[:, 64], atol=24)


def test_nothing_is_at_the_path_before_the_end(tmp_path: Path):
    path = tmp_path / "o.mp4"
    with open_writer(path, INFO) as writer:
        for frame in frames():
            writer.write(frame)
            assert not path.exists()
            assert partial_name(path).parent == path.parent
    assert [p.name for p in tmp_path.iterdir()] == ["o.mp4"]


@pytest.mark.parametrize("name", ["o.mp4", "o.mkv", "o.gif", "o.webp", "out/%04d.png"])
def test_an_error_leaves_the_old_output_and_nothing_else(tmp_path: Path, name: str):
    path = tmp_path / name
    write(path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def fail() -> None:
        with open_writer(path, INFO, overwrite=True) as writer:
            writer.write(frames(1)[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", ["o.mp4", "o.gif", "out/%04d.png"])
def test_no_frames_is_an_error(tmp_path: Path, name: str):
    writer = open_writer(tmp_path / name, INFO)
    with pytest.raises(OutputError, match="no frame"), writer:
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "bad", [Frame(1, 0, 1, picture(1)), Frame(1, 1, 1, picture(1, (32, 32)))], ids=["pts", "size"]
)
def test_frames_that_do_not_fit_are_refused(tmp_path: Path, bad: Frame):
    with pytest.raises(OutputError, match="does not fit"):
        write(tmp_path / "o.mp4", what=[*frames(1), bad])
    assert list(tmp_path.iterdir()) == []


def test_verify_notices_missing_frames_and_wrong_times(tmp_path: Path):
    path = write_clip(tmp_path / "c.mp4", count=10, container_options={"movflags": "+faststart"})
    times = [Fraction(k, 25) for k in range(10)]
    verify_clip(path, 10, times)
    with pytest.raises(StorageError, match="10 frames instead of 11"):
        verify_clip(path, 11)
    with pytest.raises(StorageError, match="frame 3"):
        verify_clip(path, 10, [*times[:3], Fraction(1, 2), *times[4:]])
    with pytest.raises(StorageError):
        verify_clip(truncate(path, 0.8, tmp_path / "cut.mp4"), 10)


def test_a_result_that_cannot_be_read_back_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    original = ClipWriter._encode

    def lose_one(self: ClipWriter, frame: Frame, picture: np.ndarray) -> None:
        original(self, frame, picture)
        self.frames += frame.index == 3

    monkeypatch.setattr(ClipWriter, "_encode", lose_one)
    with pytest.raises(StorageError, match="6 frames instead of 7"):
        write(tmp_path / "o.mp4")
    assert list(tmp_path.iterdir()) == []


def test_fault_disk_full(tmp_path: Path):
    """A limit on file sizes stands in for a full disk: exit 15, and nothing is left."""
    program = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.media.test_writer import INFO, frames, open_writer, Path
import numpy as np
from dataclasses import replace
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
from flowstyle.core.errors import StorageError
for name in ("o.mkv", "o.mp4", "o.gif", "out/%04d.png"):
    try:
        with open_writer(Path({str(tmp_path)!r}) / name, INFO) as writer:
            rng = np.random.default_rng(0)
            for k in range(40):
                noise = rng.integers(0, 256, (96, 128, 3), dtype=np.uint8)
                writer.write(replace(frames(1)[0], index=k, pts=k, image=noise))
    except StorageError as error:
        assert "full" in error.what, error
    else:
        raise SystemExit(name + " was written")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_pixel_format_codec_and_quality_are_checked(tmp_path: Path):
    with pytest.raises(UsageError, match="unknown codec"):
        open_writer(tmp_path / "o.mp4", INFO, codec="divx")
    with pytest.raises(UsageError, match="rgb24"):
        write(tmp_path / "o.mp4", pixel_format="rgb24")
    with pytest.raises(UsageError, match="no quality"):
        write(tmp_path / "o.mov", codec="prores", quality=3)
    assert list(tmp_path.iterdir()) == []
    small = write(tmp_path / "small.mp4", quality=45).stat().st_size
    assert small < write(tmp_path / "large.mp4", quality=1).stat().st_size


@pytest.mark.parametrize(
    ("name", "codec", "worst"),
    [("o.mp4", "h264", 51), ("o.mp4", "hevc", 51), ("o.mp4", "av1", 63), ("o.webm", "vp9", 63)],
)
def test_encoders_take_the_ends_of_their_quality_range(
    tmp_path: Path, name: str, codec: str, worst: int
):
    for quality in (0, worst):
        path = write(tmp_path / f"{quality}{name}", codec=codec, quality=quality)
        assert probe(path).frames == 6


def test_folder_of_pictures(tmp_path: Path):
    write(tmp_path / "out" / "%04d.png")
    assert sorted(p.name for p in (tmp_path / "out").iterdir())[:2] == ["0001.png", "0002.png"]
    for frame in read_frames(probe(tmp_path / "out")):
        np.testing.assert_array_equal(frame.image, picture(frame.index))
    deep = [replace(f, image=f.image.astype(np.uint16) * 257) for f in frames()]
    write(tmp_path / "deep", what=deep)
    assert probe(tmp_path / "deep").bit_depth == 16
    write(tmp_path / "jpg" / "%03d.jpg", what=deep)
    assert probe(tmp_path / "jpg").bit_depth == 8


@pytest.mark.parametrize(
    ("pattern", "first"),
    [
        ("100%_%04d.png", "100%_0001.png"),
        ("%s_%d.png", "%s_1.png"),
        ("%%d.png", "%1.png"),
        ("%3d.png", "001.png"),
    ],
)
def test_only_the_counter_of_a_pattern_is_replaced(tmp_path: Path, pattern: str, first: str):
    write(tmp_path / "out" / pattern)
    info = probe(tmp_path / "out" / pattern)
    assert (info.frames, info.pictures[0].name) == (6, first)


def test_folder_with_other_files_is_never_replaced(tmp_path: Path):
    write(tmp_path / "out" / "%04d.png")
    with pytest.raises(OutputError, match="exists"):
        write(tmp_path / "out" / "%04d.png")
    write(tmp_path / "out" / "%04d.png", what=frames(2), overwrite=True)
    assert len(list((tmp_path / "out").iterdir())) == 2
    (tmp_path / "out" / "thesis.txt").write_text("precious")
    with pytest.raises(OutputError, match="other files"):
        write(tmp_path / "out" / "%04d.png", overwrite=True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "precious"


def test_notice_when_a_format_cannot_hold_the_audio(tmp_path: Path):
    info = probe(write_clip(tmp_path / "c.mp4", audio="aac"))
    seen: list[Event] = []
    write(tmp_path / "o.gif", info, list(read_frames(info)), report=seen.append)
    assert [type(event) for event in seen] == [Notice]
