"""Animations: speed, equal frames, one frame, complete or not at all."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flowstyle.core.errors import StorageError
from flowstyle.core.events import Event
from flowstyle.core.types import Frame
from flowstyle.media.animation import AnimationWriter
from flowstyle.media.gif_colours import Ditherer, palette
from flowstyle.media.webp_file import animation
from tests.helpers.media import picture
from tests.media.test_writer import INFO, frames, psnr, read_picture_frames, write


def test_gif_and_webp_play_at_the_right_speed(tmp_path: Path):
    info = replace(INFO, time_base=Fraction(1, 1000), rate=Fraction(30))
    stamps = [0, 33, 67, 100, 233, 267]
    what = [
        Frame(k, pts, 33 if k == 5 else stamps[k + 1] - pts, picture(k))
        for k, pts in enumerate(stamps)
    ]
    for name, exact in (("o.gif", 10), ("o.webp", 1)):
        path = write(tmp_path / name, info, what)
        with Image.open(path) as image:
            assert image.n_frames == 6
            assert image.info["loop"] == 0
            starts, at = [], 0
            for k in range(6):
                image.seek(k)
                image.load()
                starts.append(at)
                at += image.info["duration"]
                if name == "o.webp":
                    assert psnr(np.asarray(image.convert("RGB")), picture(k)) > 28
        np.testing.assert_allclose([*starts, at], [*stamps, 300], atol=exact / 2 + 1e-9)


def test_static_gif_keeps_its_length(tmp_path: Path):
    path = write(tmp_path / "o.gif", what=[Frame(k, k, 1, picture(0)) for k in range(5)])
    with Image.open(path) as image:
        total = 0
        for k in range(image.n_frames):
            image.seek(k)
            total += image.info["duration"]
    assert total == 200


@pytest.mark.parametrize("name", ["o.gif", "o.webp"])
def test_animation_of_one_frame(tmp_path: Path, name: str):
    seen: list[Event] = []
    path = write(tmp_path / name, what=frames(1), report=seen.append)
    assert psnr(next(read_picture_frames(path)), picture(0)) > 20
    assert seen == []


@pytest.mark.parametrize("name", ["o.gif", "o.webp"])
def test_equal_frames_are_shown_longer_and_said(tmp_path: Path, name: str):
    still, other = picture(0), picture(9)
    seen: list[Event] = []
    what = [Frame(k, k, 1, other if k == 3 else still) for k in range(6)]
    path = write(tmp_path / name, what=what, report=seen.append)
    assert len(list(read_picture_frames(path))) == 3
    assert "3 frames equal to the one before" in seen[0].text
    write(tmp_path / f"same_{name}", what=[replace(f, image=still) for f in what])
    assert len(list(read_picture_frames(tmp_path / f"same_{name}"))) == 1


def test_still_webp_of_a_static_clip_is_said(tmp_path: Path):
    seen: list[Event] = []
    what = [Frame(k, k, 1, picture(0)) for k in range(5)]
    write(tmp_path / "o.webp", what=what, report=seen.append)
    assert "still picture" in seen[0].text


def test_animation_that_lost_frames_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        "flowstyle.media.animation.animation",
        lambda pictures, durations, size: animation(pictures, [7] * len(durations), size),
    )
    with pytest.raises(StorageError, match=r"lasts 42 ms instead of[\s\S]*what to do"):
        write(tmp_path / "o.webp")
    assert list(tmp_path.iterdir()) == []


def painted(count: int, rounding: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Frames of many colours in which a patch moves; which pixels it never touches.

    Args:
        count: of frames.
        rounding: the most by which a still pixel changes.
    """
    rng = np.random.default_rng(0)
    ground = rng.integers(20, 236, (72, 96, 3))
    ground = (ground + np.roll(ground, 1, 0) + np.roll(ground, 1, 1)) // 3
    still = np.ones((72, 96), bool)
    images = []
    for k in range(count):
        image = ground + rng.integers(-(rounding // 2), rounding // 2 + 1, ground.shape)
        image[20:45, 11 + 5 * k : 30 + 5 * k] = (
            rng.integers(0, 256, 3) + np.arange(25)[:, None, None]
        )
        still[20:45, 11 + 5 * k : 30 + 5 * k] = False
        images.append(image.clip(0, 255).astype(np.uint8))
    return images, still


@pytest.mark.parametrize("rounding", [0, 2])
@pytest.mark.parametrize("name", ["o.gif", "o.webp"])
def test_what_stands_still_stays_still_to_the_bit(tmp_path: Path, name: str, rounding: int):
    images, still = painted(8, rounding)
    info = replace(INFO, width=96, height=72)
    path = write(tmp_path / name, info, [Frame(k, k, 1, image) for k, image in enumerate(images)])
    shown = list(read_picture_frames(path))
    assert len(shown) == 8
    for image, found in zip(images, shown, strict=True):
        assert np.array_equal(found[still], shown[0][still])
        assert psnr(found, image) > 20


def test_small_changes_do_not_add_up_unseen(tmp_path: Path):
    """A slow fade is shown, in steps."""
    what = [Frame(k, k, 1, np.full((48, 64, 3), 100 + k, np.uint8)) for k in range(20)]
    shown = list(read_picture_frames(write(tmp_path / "o.webp", what=what)))
    assert abs(float(shown[-1].mean()) - 119) <= 3


def test_webp_is_not_much_larger_than_a_lossy_one(tmp_path: Path):
    images, _ = painted(8)
    first, *others = [Image.fromarray(image) for image in images]
    first.save(tmp_path / "lossy.webp", save_all=True, append_images=others, quality=90)
    info = replace(INFO, width=96, height=72)
    path = write(tmp_path / "o.webp", info, [Frame(k, k, 1, i) for k, i in enumerate(images)])
    assert path.stat().st_size < 1.2 * (tmp_path / "lossy.webp").stat().st_size


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (48, 64)])
def test_one_changed_pixel_at_the_corner(tmp_path: Path, shape: tuple[int, int]):
    first = np.full((*shape, 3), 90, np.uint8)
    second = first.copy()
    second[-1, -1] = 200
    info = replace(INFO, width=shape[1], height=shape[0])
    what = [Frame(0, 0, 1, first), Frame(1, 1, 1, second)]
    shown = list(read_picture_frames(write(tmp_path / "o.webp", info, what)))
    assert abs(int(shown[1][-1, -1, 0]) - 200) < 12
    changed = (shown[0] != shown[1]).any(axis=2)
    assert changed.sum() == 1


def test_memory_does_not_grow_with_the_frames_of_a_gif(tmp_path: Path):
    images = [np.full((200, 200, 3), 5 * k, np.uint8) for k in range(40)]
    writer = AnimationWriter(tmp_path / "o.gif", INFO)
    tracemalloc.start()
    for k, image in enumerate(images):
        writer.write(Frame(k, k, 1, image))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    writer.abort()
    assert held < 5 * images[0].nbytes
    assert list(tmp_path.iterdir()) == []


def test_dither_of_one_palette_keeps_the_mean_colour():
    ramp = np.linspace(0, 255, 256).astype(np.uint8)
    image = np.dstack(
        [np.tile(ramp, (256, 1)), np.tile(ramp[:, None], (1, 256)), np.full((256, 256), 90)]
    )
    image = image.astype(np.uint8)
    colours = palette([image])
    shown = colours[Ditherer(colours).indices(image)]
    blocks = lambda a: a.reshape(32, 8, 32, 8, 3).mean(axis=(1, 3))  # noqa: E731
    assert np.abs(blocks(shown.astype(float)) - blocks(image.astype(float))).mean() < 3


@pytest.mark.parametrize(("name", "longest"), [("o.gif", 655_350), ("o.webp", 16_777_215)])
def test_fault_a_picture_that_stands_longer_than_the_file_can_tell(
    tmp_path: Path, name: str, longest: int
):
    """As a recording of a screen on which nothing happens for a while."""
    slow = replace(INFO, time_base=Fraction(10_000), rate=Fraction(1, 10_000))
    events: list[Event] = []
    last = Frame(3, 3, 2, picture(3))
    write(tmp_path / name, slow, [*frames(3), last], report=events.append)
    wanted = [10_000_000, 10_000_000, 10_000_000, 20_000_000]
    with Image.open(tmp_path / name) as image:
        assert shown_for(image) == [min(each, longest) for each in wanted]
    assert [f"for more than {longest / 1000:g} s" in str(event) for event in events] == [True]


@pytest.mark.parametrize(("rate", "said"), [(50, 0), (60, 1)])
def test_a_gif_that_browsers_would_slow_down_is_said(tmp_path: Path, rate: int, said: int):
    fast = replace(INFO, time_base=Fraction(1, rate), rate=Fraction(rate))
    events: list[Event] = []
    write(tmp_path / "o.gif", fast, report=events.append)
    assert sum("o.webp keeps 60" in str(event) for event in events) == said


def shown_for(image: Image.Image) -> list[int]:
    """Milliseconds of each picture."""
    found = []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        found.append(image.info["duration"])
    return found
