"""Cut detection: hard cuts found, and nothing else taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flowstyle.core.errors import UsageError
from flowstyle.core.types import Frame, Shot
from flowstyle.media import probe, read_frames
from flowstyle.media.cuts import CUT_LOOK_AHEAD
from flowstyle.media.shot_list import read_shots_csv
from flowstyle.media.shots import (
    LOOK_AHEAD,
    PASSAGE_LOOK_AHEAD,
    CutDetector,
    find_shots,
    split,
)
from flowstyle.media.thumbnails import compare, thumbnail
from flowstyle.storage.timeline import READ_AHEAD

SHARED = Path(__file__).parents[2] / "../shared"


def scene(seed: int, count: int, *, speed: float = 1.0, size=(96, 54)) -> list[np.ndarray]:
    """A textured scene under a camera that moves ``speed`` pixels a frame."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(float)
    colour = rng.uniform(50, 200, 3)
    waves = rng.uniform(0.03, 0.25, (3, 4))
    phases = rng.uniform(0, 6.28, (3, 4))
    frames = []
    for t in range(count):
        image = np.stack(
            [
                colour[c]
                + sum(
                    12 * np.sin(waves[c, k] * (x + speed * t) + waves[c, 3 - k] * y + phases[c, k])
                    for k in range(4)
                )
                for c in range(3)
            ],
            axis=2,
        )
        frames.append(image.clip(0, 255).astype(np.uint8))
    return frames


def cuts_of(images: list[np.ndarray]) -> list[int]:
    detector = CutDetector()
    cuts = [cut for k, image in enumerate(images) for cut in detector.push(k, image)]
    return cuts + detector.flush()


def test_every_hard_cut_is_found_and_none_invented():
    images, truth = [], []
    for seed in range(12):
        truth.append(len(images))
        images += scene(seed, 5 + seed % 4, speed=seed % 3)
    assert cuts_of(images) == truth[1:]


def test_cut_is_known_after_three_more_frames():
    images = scene(1, 8) + scene(2, 8)
    detector = CutDetector()
    seen = [k for k, image in enumerate(images) if detector.push(k, image)]
    assert seen == [8 + CUT_LOOK_AHEAD]


def test_cut_just_before_the_end_is_found_by_flush():
    assert cuts_of(scene(1, 8) + scene(2, 1)) == [8]


def test_indices_may_begin_anywhere():
    detector = CutDetector()
    images = scene(1, 6) + scene(2, 6)
    cuts = [c for k, image in enumerate(images) for c in detector.push(100 + k, image)]
    assert cuts + detector.flush() == [106]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_flash_is_no_cut(length: int):
    images = scene(3, 20)
    for k in range(10, 10 + length):
        images[k] = np.full_like(images[k], 255)
    assert cuts_of(images) == []


@pytest.mark.parametrize("length", [5, 8, 12])
def test_fade_to_black_and_back_is_no_cut(length: int):
    weights = np.clip(np.abs(np.arange(30) - 15) / length, 0, 1)
    images = [(a * w).astype(np.uint8) for a, w in zip(scene(3, 30), weights, strict=True)]
    assert cuts_of(images) == []


@pytest.mark.parametrize("length", [1, 3, 7])
@pytest.mark.parametrize("black", [0, 1, 6, 40])
def test_fades_from_one_scene_to_another_part_two_shots(length: int, black: int):
    first, second = scene(3, 24), scene(4, 24)
    for k in range(length):
        first[-1 - k] = (first[-1 - k] * (k + 0.5) / length / 2).astype(np.uint8)
        second[k] = (second[k] * (k + 0.5) / length / 2).astype(np.uint8)
    cuts = cuts_of(first + [np.zeros_like(first[0])] * black + second)
    assert len(cuts) == 1
    assert 24 - length <= cuts[0] <= 24 + black + length


def test_fade_from_black_at_the_start_is_no_cut():
    weights = np.clip(np.arange(30) / 10, 0, 1)
    assert (
        cuts_of([(a * w).astype(np.uint8) for a, w in zip(scene(3, 30), weights, strict=True)])
        == []
    )


def dissolve(first: list[np.ndarray], second: list[np.ndarray], length: int) -> list[np.ndarray]:
    """The first scene melts into the second from the tenth frame on."""
    weights = np.clip((np.arange(len(first)) - 15) / (length + 1), 0, 1)
    pairs = zip(first, second, weights, strict=True)
    return [(a * (1 - w) + b * w).astype(np.uint8) for a, b, w in pairs]


@pytest.mark.parametrize("length", [3, 4, 5, 8, 12, 20, 40, 50])
def test_dissolve_is_a_passage_cut_at_its_end(length: int):
    detector = CutDetector()
    count = 40 + length
    images = dissolve(scene(3, count), scene(4, count), length)
    cuts = [cut for k, image in enumerate(images) for cut in detector.push(k, image)]
    cuts += detector.flush()
    (passage,) = detector.passages
    assert cuts == [passage.cut] == [passage.last + 1]
    assert abs(passage.first - 16) <= 2
    assert abs(passage.last - (15 + length)) <= 2
    assert abs(passage.middle - (15.5 + length / 2)) <= 1


def test_dissolve_into_other_light_is_no_passage():
    images = scene(3, 50)
    darker = [(image * 0.5).astype(np.uint8) for image in images]
    assert cuts_of(dissolve(images, darker, 8)) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image * 0.2 - 5,
        lambda image: image * 0.25 + 100,
        lambda image: np.pad(image[14:40], ((14, 14), (0, 0), (0, 0))),
    ],
    ids=["dark", "pale", "letterbox"],
)
def test_cut_is_found_whatever_its_light(change):
    images = [change(image).clip(0, 255).astype(np.uint8) for image in scene(5, 12) + scene(6, 12)]
    assert cuts_of(images) == [12]


@pytest.mark.parametrize("width", [24, 36])
def test_cut_in_a_part_of_the_picture_is_no_cut(width: int):
    images = scene(5, 1) * 20
    inset = scene(6, 10) + scene(7, 10)
    images = [np.hstack([a[:, :-width], b[:, :width]]) for a, b in zip(images, inset, strict=True)]
    assert cuts_of(images) == []


def test_cut_in_a_large_part_of_the_picture_is_no_cut():
    """A picture of nearly half the width that changes altogether."""
    rng = np.random.default_rng(0)
    views = rng.integers(0, 256, (2, 9, 7, 3), dtype=np.uint8).repeat(6, axis=1).repeat(6, axis=2)
    images = [np.hstack([scene(5, 1)[0][:, :54], views[k // 10]]) for k in range(20)]
    assert cuts_of(images) == []
    assert cuts_of([image[:, 54:] for image in images]) == [10]


def test_all_is_known_within_the_look_ahead_and_that_within_what_is_read_ahead():
    assert LOOK_AHEAD < PASSAGE_LOOK_AHEAD < READ_AHEAD
    for length in (3, 12, 20, 50):
        detector = CutDetector()
        images = dissolve(scene(3, 120), scene(4, 120), length)
        for k, image in enumerate(images):
            known = len(detector.passages)
            assert all(cut > k - LOOK_AHEAD for cut in detector.push(k, image))
            new = detector.passages[known:]
            assert all(passage.first > k - PASSAGE_LOOK_AHEAD for passage in new)
        assert len(detector.passages) == 1


@pytest.mark.parametrize("speed", [4, 9, 20])
def test_pan_that_starts_and_stops_is_no_cut(speed: int):
    wide = scene(5, 1, size=(600, 54))[0]
    positions = [0] * 6 + list(range(0, 500, speed)) + [500] * 6
    assert cuts_of([wide[:, x : x + 96] for x in positions]) == []


def test_black_and_static_frames_are_one_shot():
    assert cuts_of([np.zeros((54, 96, 3), np.uint8)] * 10) == []
    assert cuts_of(scene(1, 1) * 10) == []


def test_sixteen_bits_give_the_same_cuts():
    images = scene(1, 8) + scene(2, 8)
    assert cuts_of([image.astype(np.uint16) * 257 for image in images]) == cuts_of(images) == [8]


def test_memory_does_not_grow():
    detector = CutDetector()
    for k, image in enumerate(scene(1, 60)):
        detector.push(k, image)
    assert len(detector._hard._cells) <= 2 * CUT_LOOK_AHEAD + 3
    assert len(detector._dissolves._cells) <= 2 * LOOK_AHEAD


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 2, 3), (37, 65, 3), (431, 1023, 3)])
def test_thumbnail_of_any_size_has_the_mean_of_the_picture(shape):
    image = np.full(shape, 51, np.uint8)
    cells = thumbnail(image)
    assert cells.shape[0] <= 36
    assert cells.shape[1] <= 64
    np.testing.assert_allclose(cells, 0.2, atol=1e-6)


def test_thumbnail_is_the_block_mean():
    image = np.random.default_rng(0).integers(0, 256, (72, 128, 3), dtype=np.uint8)
    expected = image.reshape(36, 2, 64, 2, 3).mean(axis=(1, 3)) / 255
    np.testing.assert_allclose(thumbnail(image), expected, atol=1e-6)


def test_comparison_takes_a_shift_and_the_light_out():
    wide = np.random.default_rng(0).random((36, 80, 3)).astype(np.float32)
    assert compare(wide[:, :64], wide[:, 5:69]).unlike < 0.01
    assert compare(wide[:, :64], 0.2 + 0.1 * wide[:, :64]).unlike < 0.1
    assert compare(wide[:, :64], wide[:, 16:80]).unlike > 0.3
    other = np.random.default_rng(1).random((36, 64, 3)).astype(np.float32)
    found = compare(wide[:, :64], other)
    assert found.unlike > 0.6
    assert found.still < 0.1


def test_find_shots_covers_all_frames():
    images = scene(1, 7) + scene(2, 5)
    frames = [Frame(3 + k, k, 1, image) for k, image in enumerate(images)]
    assert find_shots(frames) == [Shot(3, 9), Shot(10, 14)]
    assert find_shots([]) == []


def test_split_ignores_what_is_outside():
    assert split(2, 9, [7, 0, 2, 7, 5, 10]) == [Shot(2, 4), Shot(5, 6), Shot(7, 9)]
    assert split(0, -1, [1]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0\n12\n7\n", [0, 7, 12]),
        ("first frame\n5\n\n# a comment\n9\n", [5, 9]),
        ("\ufeff3\r\n4\r\n", [3, 4]),
        ("0,4,90", [0, 4, 90]),
        ("0 4\n", [0, 4]),
        ("first frames\n0; 4;\n9 # the last\n", [0, 4, 9]),
        ("0,25\n26,\n", [0, 26]),
        ("0\t25\n30\t60\n", [0, 30]),
        ("first,last\n0,25\n", [0]),
        ("0,25,a street\n26,60,a house\n", [0, 26]),
        (
            "Timecode List:,00:00:01.000\n"
            "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame\n"
            "1,1,00:00:00.000,0.0,25\n2,26,00:00:01.000,1.0,60\n",
            [0, 25],
        ),
        ("", []),
    ],
)
def test_csv(tmp_path: Path, text: str, expected: list[int]):
    path = tmp_path / "shots.csv"
    path.write_text(text, encoding="utf-8")
    assert read_shots_csv(path) == expected


@pytest.mark.parametrize("text", ["1\nx\n", "1\n-2\n", "1\n2.5\n", "Start Frame\n0\n", "a\n4 x"])
def test_csv_with_nonsense_names_the_line(tmp_path: Path, text: str):
    path = tmp_path / "shots.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match="line 2"):
        read_shots_csv(path)


@pytest.mark.parametrize("text", ["1.5\n3\n", "-2\n5\n", "0 4 x\n", "shots\n"])
def test_no_number_is_taken_for_a_header(tmp_path: Path, text: str):
    path = tmp_path / "shots.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match="line 1"):
        read_shots_csv(path)


def test_csv_that_is_missing_or_binary(tmp_path: Path):
    with pytest.raises(UsageError):
        read_shots_csv(tmp_path / "no.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(UsageError):
        read_shots_csv(tmp_path / "b.csv")


@pytest.mark.shared
def test_cuts_between_all_shared_clips_are_found_exactly():
    clips = ["bigbuckbunny.mp4", "carphone_pristine.mp4", "marple8", "sintel_alley_1"]
    if not all((SHARED / "clips" / name).exists() for name in clips):
        pytest.skip("../shared/clips is not here")
    frames, starts = [], []
    for name in clips:
        starts.append(len(frames))
        info = probe(SHARED / "clips" / name)
        frames += [frame.image for frame in read_frames(info, size=(160, 90))]
    assert cuts_of(frames) == starts[1:]
