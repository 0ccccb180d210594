"""evaluate(): whole clips, pieces, cuts, and clips that do not belong together."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flowstyle.core.errors import UsageError, VideoError
from flowstyle.core.events import Event, Notice, Progress
from flowstyle.metrics.evaluation import evaluate, evaluate_frames
from scripts.common.motion import motion_clip
from tests.helpers.media import write_clip
from tests.metrics.networks import PooledColours

SIZE = (96, 64)
COUNT = 8
LOSSLESS = {"qp": "0", "preset": "ultrafast"}

Image = NDArray[np.uint8]


@pytest.fixture(scope="module")
def frames() -> list[Image]:
    return motion_clip(*SIZE, COUNT).frames


def restless(frames: list[Image]) -> list[Image]:
    """Every frame brighter or darker than the one before."""
    return [np.clip(f.astype(int) + 20 * (-1) ** k, 0, 255).astype(np.uint8)
            for k, f in enumerate(frames)]  # fmt: skip


def write(path: Path, pictures: list[Image], **options: object) -> Path:
    return write_clip(path, pictures=pictures, options=LOSSLESS, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, frames: list[Image]) -> Path:
    return write(tmp_path_factory.mktemp("clips") / "source.mp4", frames)


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory, frames: list[Image]) -> Path:
    return write(tmp_path_factory.mktemp("clips") / "styled.mp4", restless(frames))


def test_a_restless_clip_is_told_from_its_source(source: Path, styled: Path) -> None:
    events: list[Event] = []
    figures = evaluate(
        source, styled, network=PooledColours(), judge="farneback", report=events.append
    )
    assert figures.frames == COUNT
    assert figures.warp_error is not None
    # Neighbours differ by 40/255 in every pixel that is not clipped.
    assert figures.warp_error.value == pytest.approx((40 / 255) ** 2, rel=0.15)
    assert figures.warp_error.ratio is not None
    assert figures.warp_error.ratio > 20
    assert figures.flicker is not None
    assert figures.flicker.value == pytest.approx(40 / 255, rel=0.1)
    assert figures.static_flicker is not None
    assert figures.static_flicker.value == pytest.approx(40 / 255, rel=0.1)
    steps = [event for event in events if isinstance(event, Progress)]
    assert [step.done for step in steps] == list(range(1, COUNT + 1))
    assert steps[-1].total == COUNT


def test_a_piece_is_measured_against_its_part_of_the_source(
    source: Path, tmp_path: Path, frames: list[Image]
) -> None:
    piece = write(tmp_path / "piece.mp4", frames[3:6])
    right, wrong = (
        evaluate(source, piece, network=PooledColours(), judge="farneback", start=start, count=3)
        for start in (3, 2)
    )
    assert right.frames == 3
    assert right.content is not None
    assert wrong.content is not None
    assert right.content < 0.1 * wrong.content  # what is left is the coding of colours
    # So is the beginning of the piece.
    start = evaluate(source, piece, network=PooledColours(), judge="farneback", start=3, count=2)
    assert start.frames == 2
    assert start.content is not None
    assert wrong.content > 10 * start.content
    # A window of two clips of one length takes the same frames of both.
    whole = evaluate(source, source, network=PooledColours(), judge="farneback", start=3, count=3)
    assert whole.frames == 3
    assert whole.content == 0


def test_a_folder_of_pictures_and_a_smaller_size_are_accepted(
    source: Path, tmp_path: Path, frames: list[Image]
) -> None:
    for k, frame in enumerate(frames):
        small = cv2.resize(frame, (48, 32), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(tmp_path / f"{k:03d}.png"), small[..., ::-1])
    events: list[Event] = []
    figures = evaluate(
        source, tmp_path, network=PooledColours(), judge="farneback", report=events.append
    )
    assert figures.frames == COUNT
    assert figures.content is not None
    assert figures.content < 1e-3
    assert any(isinstance(event, Notice) and "48×32" in event.text for event in events)


def test_clips_of_different_length_are_refused(
    source: Path, tmp_path: Path, frames: list[Image]
) -> None:
    short = write(tmp_path / "short.mp4", frames[:5])
    with pytest.raises(UsageError, match="8 and 5 frames") as caught:
        evaluate(source, short)
    assert caught.value.advice.endswith("for instance --frames 5")
    beside = tmp_path / "short.mp4.toml"
    beside.write_text("complete = true\nstart_frame = 3\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        evaluate(source, short)
    assert caught.value.advice.endswith("for instance --start-frame 3 --frames 5")
    beside.write_text("complete = true\nstart_frame = 4\n", encoding="utf-8")  # 9 frames: not of it
    with pytest.raises(UsageError) as caught:
        evaluate(source, short)
    assert caught.value.advice.endswith("for instance --frames 5")


@pytest.mark.parametrize(("begins", "told"), [(0, False), (0, True), (1, True), (2, True)])
def test_a_piece_of_a_piece_is_compared_with_its_own_frames(
    source: Path, tmp_path: Path, frames: list[Image], begins: int, told: bool
) -> None:
    styled = write(tmp_path / "styled.mp4", frames[begins : begins + 5])
    if told:
        text = f"complete = true\nstart_frame = {begins}\n"
        styled.with_name("styled.mp4.toml").write_text(text, encoding="utf-8")
    events: list[Event] = []
    found = evaluate(
        *(source, styled),
        network=PooledColours(),
        judge="farneback",
        start=3,
        count=2,
        report=events.append,
    )
    assert found.frames == 2
    assert found.content == pytest.approx(0, abs=1e-4)  # the very frames; their neighbours: 2e-2
    said = [event.text for event in events if isinstance(event, Notice)]
    assert f"frame 3 of the source is compared with frame {3 - begins} of the result" in said


def test_frames_that_a_piece_does_not_show_are_refused(
    source: Path, tmp_path: Path, frames: list[Image]
) -> None:
    styled = write(tmp_path / "styled.mp4", frames[2:7])
    text = "complete = true\nstart_frame = 2\n"
    styled.with_name("styled.mp4.toml").write_text(text, encoding="utf-8")
    for start in (1, 6):
        with pytest.raises(UsageError, match=f"frames 2 to 6, and not {start} to {start + 1}"):
            evaluate(source, styled, start=start, count=2)


def test_clips_of_different_shape_are_refused(source: Path, tmp_path: Path) -> None:
    square = write(tmp_path / "square.mp4", motion_clip(64, 64, COUNT).frames)
    with pytest.raises(UsageError, match="96×64 and 64×64"):
        evaluate(source, square)


def test_clips_of_different_times_are_refused(
    source: Path, tmp_path: Path, frames: list[Image]
) -> None:
    slow = write(tmp_path / "slow.mp4", frames, rate=Fraction(20))
    with pytest.raises(UsageError, match=r"frame 3 is shown at 0\.120 s .* 0\.150 s"):
        evaluate(source, slow, network=PooledColours(), judge="farneback")


def test_what_is_no_video_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(VideoError):
        evaluate(source, tmp_path / "missing.mp4")
    with pytest.raises(UsageError, match="ends before frame 8"):
        evaluate(source, source, start=COUNT)
    with pytest.raises(UsageError, match="no frame"):
        evaluate_frames([])


def test_cuts_are_found_or_given(frames: list[Image]) -> None:
    other = [255 - frame[::-1, ::-1] for frame in frames]
    clip = [*frames, *other]
    pairs = [(frame, frame) for frame in clip]
    found = evaluate_frames(pairs, judge="farneback")
    given = evaluate_frames(pairs, judge="farneback", cuts=[COUNT])
    ignored = evaluate_frames(pairs, judge="farneback", cuts=[])
    missing = [one.index for one in found.profile if one.warp_error is None]
    assert missing == [0, COUNT]
    assert found.as_dict() == given.as_dict()
    assert ignored.profile[COUNT].warp_error is not None


def test_frames_go_through_in_order_and_without_being_kept(frames: list[Image]) -> None:
    alive: list[int] = []

    def pairs() -> object:
        for k, frame in enumerate(frames):
            alive.append(k)
            yield frame, frame

    report: list[int] = []
    evaluate_frames(
        pairs(),  # type: ignore[arg-type]
        judge="farneback",
        report=lambda event: report.append(len(alive) - event.done),  # type: ignore[union-attr]
    )
    assert max(report) <= 3  # the frames that wait for a cut to be judged


@pytest.mark.shared
def test_real_clip_is_its_own_floor(shared: Path) -> None:
    clip = shared / "clips" / "marple8"
    figures = evaluate(clip, clip, network=PooledColours(), judge="farneback", count=3)
    assert figures.frames == 3
    assert figures.warp_error is not None
    assert figures.warp_error.ratio == 1.0
    assert figures.content == pytest.approx(0, abs=1e-6)
