"""Frames in, painted frames out: the same bytes as a clip's, as they come, and to any end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from flowstyle import CancelToken, Output, Settings, Stylizer, stylize_frames, stylize_video
from flowstyle.core.errors import Interrupted, UsageError, VideoError
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
