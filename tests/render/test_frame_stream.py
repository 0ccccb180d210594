"""Frames in, painted frames out: the same bytes as a clip's, as they come, and to any end."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from flowstyle import CancelToken, Output, Settings, Stylizer, stylize_frames, stylize_video
from flowstyle.core.errors import Interrupted, UsageError, VideoError
from flowstyle.media.shots import CutDetector
from flowstyle.storage.timeline import READ_AHEAD
from tests.helpers.media import picture, write_pictures

QUICK = Settings.from_preset(
    "draft",
    features="compact",
    first_iterations=2,
    iterations=1,
    fill_iterations=1,
    first_smallest=64,
)
STYLE = picture(0, (48, 40), seed=7)


def clip(count: int) -> list[np.ndarray]:
    """Frames with a cut before the fifth."""
    return [
        picture(i, (64, 48)) if i < 4 else 255 - picture(i - 4, (64, 48), seed=3)
        for i in range(count)
    ]


def pan(seed: int, count: int) -> list[np.ndarray]:
    """A view of 64×36 that moves by a pixel a frame over large soft patches."""
    patches = np.random.default_rng(seed).integers(0, 256, (8, 20, 3), dtype=np.uint8)
    wide = cv2.resize(patches, (64 + count, 36), interpolation=cv2.INTER_CUBIC)
    return [wide[:, x : x + 64] for x in range(count)]


def test_a_dissolve_is_found_in_time_and_the_second_shot_is_as_if_alone() -> None:
    """Frames come one by one: the first of a passage must not be painted before it is known."""
    before, length, after = 12, 9, 14
    count = before + length + after
    shares = np.clip((np.arange(count) - before + 1) / (length + 1), 0, 1)
    frames = [
        np.rint(a * (1 - s) + b * s).astype(np.uint8)
        for a, b, s in zip(pan(1, count), pan(2, count), shares, strict=True)
    ]
    detector = CutDetector()
    cuts = [cut for k, image in enumerate(frames) for cut in detector.push(k, image)]
    cuts += detector.flush()
    (passage,) = detector.passages
    assert abs(passage.first - before) <= 1
    assert abs(passage.cut - before - length) <= 1
    result = list(stylize_frames(frames, [STYLE], QUICK))
    alone = list(stylize_frames(frames[passage.cut :], [STYLE], QUICK))
    assert all(np.array_equal(a, b) for a, b in zip(result[passage.cut :], alone, strict=True))
    steps = [float(np.abs(b.astype(int) - a).mean()) for a, b in itertools.pairwise(result)]
    assert steps[passage.last] < 1.3 * max(steps[passage.first - 1 : passage.last])


def test_a_cut_in_a_part_of_the_frame_leaves_the_still_part_still() -> None:
    still, views = pan(1, 1)[0], (pan(2, 8), pan(3, 8))
    frames = [still.copy() for _ in range(12)]
    for k, frame in enumerate(frames):
        frame[:, 48:] = views[k // 6][k % 6][:, :16]
    result = list(stylize_frames(frames, [STYLE], QUICK))
    beside = 42  # flow blurs the motion a little way across the border
    for one, other in itertools.pairwise(result):
        assert np.array_equal(one[:, :beside], other[:, :beside])
    assert np.abs(result[6].astype(int) - result[5])[:, 50:].mean() > 10  # the part that cuts


@pytest.mark.parametrize("depth", ["uint8", "float"])
def test_the_same_frames_as_from_a_folder(tmp_path: Path, depth: str) -> None:
    frames = clip(8)
    folder = write_pictures(tmp_path / "clip", [f"{i}.png" for i in range(8)], (64, 48))
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{index}.png"), frame[..., ::-1])
    out = tmp_path / "out"
    done = stylize_video(folder, [STYLE], QUICK, Output(out, measure=False))
    assert done.cuts == [4]
    expected = [cv2.imread(str(path))[..., ::-1] for path in sorted(out.glob("*.png"))]
    given = frames if depth == "uint8" else [frame / 255.0 for frame in frames]
    for one, other in zip(stylize_frames(given, [STYLE], QUICK), expected, strict=True):
        assert one.dtype == np.uint8
        if depth == "uint8":
            assert np.array_equal(one, other)
        else:  # 16 bits in place of 8: the same but for rounding
            assert np.abs(one.astype(int) - other).mean() < 1


def test_frames_are_taken_as_results_are_asked_for_and_on_the_same_thread() -> None:
    taken: list[int] = []

    def endless() -> Iterator[np.ndarray]:
        for index in range(10_000):
            assert threading.current_thread() is threading.main_thread()
            taken.append(index)
            yield picture(index % 7, (48, 32))

    results = stylize_frames(endless(), [STYLE], QUICK)
    for index in range(5):
        assert next(results).shape == (32, 48, 3)
        assert len(taken) <= index + 2 * READ_AHEAD
    results.close()
    assert not [t for t in threading.enumerate() if t.name in ("paint", "commit")]


def test_a_piece_at_another_width_and_several_styles() -> None:
    piece = QUICK.model_copy(update={"start_frame": 2, "frames": 3, "width": 48})
    other = picture(3, (48, 40), seed=9)
    both = list(Stylizer([STYLE, other], piece, blend=[0.2, 0.8]).frames(clip(8)))
    assert [frame.shape for frame in both] == [(36, 48, 3)] * 3
    alone = list(Stylizer([STYLE], piece).frames(clip(8)))
    assert not np.array_equal(both[0], alone[0])


def test_what_will_not_do_is_refused() -> None:
    with pytest.raises(UsageError, match="no frame"):
        next(stylize_frames([], [STYLE], QUICK))
    with pytest.raises(UsageError, match="too small"):
        next(stylize_frames([np.zeros((8, 8, 3), np.uint8)], [STYLE], QUICK))
    with pytest.raises(UsageError, match="blend weights"):
        next(stylize_frames(clip(1), [STYLE], QUICK, blend=[1, 2]))
    sizes = [np.zeros((32, 48, 3), np.uint8), np.zeros((32, 40, 3), np.uint8)]
    with pytest.raises(VideoError, match="differ in size"):
        list(stylize_frames(sizes, [STYLE], QUICK))


def test_an_error_of_the_callers_own_and_an_end_that_was_asked_for() -> None:
    def broken() -> Iterator[np.ndarray]:
        yield picture(0, (48, 32))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        list(stylize_frames(broken(), [STYLE], QUICK))
    token = CancelToken()
    token.cancel(2)
    with pytest.raises(Interrupted) as stopped:
        list(stylize_frames(clip(3), [STYLE], QUICK, cancel=token))
    assert stopped.value.exit_code == 130
