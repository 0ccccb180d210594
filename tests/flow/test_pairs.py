"""Flow pairs: which are computed, in which direction, and that far ones find long ways."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.core.errors import VideoError
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.pairs import (
    CPU,
    IN_USE,
    LEAST,
    MEMORY,
    FlowPairs,
    pairs_at_once,
    pairs_kept,
)
from flowstyle.flow.protocol import DirectMethod
from scripts.common.motion import MotionClip, motion_clip
from tests.helpers.painting import CancelWhen


def as_tensor(image: np.ndarray) -> Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


@pytest.fixture(scope="module")
def pan() -> MotionClip:
    return motion_clip(192, 108, 7, pan=True)


def serve(clip: MotionClip, keep: int = IN_USE, quality: str = "default") -> FlowPairs:
    frames = [as_tensor(f) for f in clip.frames]
    return FlowPairs(DisFlow(quality), lambda index: frames[index], keep=keep)


def end_point_error(clip: MotionClip, flow: Tensor, target: int, source: int) -> float:
    error = np.linalg.norm(flow[0].numpy() - clip.flow(target, source), axis=0)
    visible = ~clip.occluded(target, source) & ~clip.off_frame(target, source)
    return float(error[visible].mean())


@pytest.mark.parametrize(("a", "b"), [(6, 0), (0, 6)])
@pytest.mark.parametrize(("speed", "lost"), [(1.0, False), (2.3, True)])
def test_far_pairs_find_what_a_direct_estimate_loses(
    speed: float, lost: bool, a: int, b: int
) -> None:
    """A seventh of the width, which is found again directly, and a third, which is not."""
    pan = motion_clip(192, 108, 7, pan=True, speed=speed)
    pairs = serve(pan)
    direct, far = pairs.get(a, b), pairs.far(a, b)
    pairs.close()
    assert np.linalg.norm(pan.flow(a, b), axis=0).mean() > 20
    flows = ((direct.to_b, far.to_b, a, b), (direct.to_a, far.to_a, b, a))
    for plain, chained, target, source in flows:
        error = end_point_error(pan, chained, target, source)
        directly = end_point_error(pan, plain, target, source)
        assert error < directly
        if lost:
            assert error < 0.5 * directly
        else:
            assert error < 1.0


def test_far_pairs_do_not_add_up_the_errors_on_the_way() -> None:
    clip = motion_clip(192, 108, 7)
    pairs = serve(clip)
    added = clip.flow(6, 6) * 0.0
    y, x = np.mgrid[:108, :192]
    for t in range(6, 0, -1):  # nearest neighbours are exact enough for the comparison
        step = pairs.get(t, t - 1).to_b[0].numpy()
        rows = np.clip(np.rint(y + added[1]), 0, 107).astype(int)
        columns = np.clip(np.rint(x + added[0]), 0, 191).astype(int)
        added = added + step[:, rows, columns]
    far = pairs.far(6, 0).to_b
    pairs.close()
    chained = torch.from_numpy(added.astype(np.float32))[None]
    assert end_point_error(clip, far, 6, 0) < 0.6 * end_point_error(clip, chained, 6, 0)


def test_what_was_dropped_is_computed_again_to_the_same_bits(pan: MotionClip) -> None:
    wide, narrow = serve(pan, quality="draft"), serve(pan, keep=2, quality="draft")
    for a, b in ((1, 0), (2, 0), (5, 0), (3, 6), (2, 0), (6, 3)):
        one, other = wide.far(a, b), narrow.far(a, b)
        assert torch.equal(one.to_b, other.to_b)
        assert torch.equal(one.to_a, other.to_a)
    wide.close()
    narrow.close()


def test_several_threads_find_the_same_bits_as_one(
    pan: MotionClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = serve(pan)
    monkeypatch.setattr("flowstyle.flow.pairs.pairs_at_once", lambda flow, device: 4)
    many = serve(pan, keep=3)
    for a, b in ((6, 0), (1, 6)):
        many.prefetch_far(a, b)
    many.prefetch(2, 3)
    for a, b in ((6, 0), (3, 2), (1, 6), (5, 0)):
        assert torch.equal(many.far(a, b).to_b, one.far(a, b).to_b)
        assert torch.equal(many.far(a, b).to_a, one.far(a, b).to_a)
    many.close()
    one.close()


def test_a_method_that_does_not_say_so_is_called_by_one_thread() -> None:
    gpu = torch.device("cuda")
    cores = cv2.getNumThreads()
    assert pairs_at_once(Numbered(), gpu) == 1
    assert pairs_at_once(DisFlow(), CPU) == 1
    assert pairs_at_once(DisFlow(), gpu) == max(1, min(6, cores // 3))


def test_a_failure_is_told_to_all_who_wait_for_the_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowstyle.flow.pairs.pairs_at_once", lambda flow, device: 4)
    flow = Failing()
    pairs = FlowPairs(flow, numbered)
    for far in (8, 7):
        pairs.prefetch_far(far, 0)
    for far in (8, 7):
        with pytest.raises(VideoError):
            pairs.far(far, 0)
    pairs.close()


def test_neighbours_are_the_same_pair_from_both_sides(pan: MotionClip) -> None:
    pairs = serve(pan, quality="draft")
    pairs.prefetch(3, 2)
    pairs.prefetch_far(2, 3)
    there, back, far = pairs.get(2, 3), pairs.get(3, 2), pairs.far(3, 2)
    pairs.close()
    assert there.to_b is back.to_a
    assert there.to_a is back.to_b
    assert far.to_b is back.to_b


class Numbered(DirectMethod):
    """Tells which pair it was asked for; fails at first."""

    name = "numbered"

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: tuple[int, int] = (1, 0),
        start: Tensor | None = None,
    ) -> Tensor:
        if self.failures:
            self.failures -= 1
            raise VideoError("no flow", "here", "try again")
        return torch.full((1, 2, 1, 1), 100.0 * frames[0] + frames[1])


def test_other_methods_are_asked_directly_with_the_clips_own_numbers() -> None:
    pairs = FlowPairs(Numbered(), lambda index: torch.zeros(1, 3, 1, 1), first=10)
    far = pairs.far(7, 2)
    pairs.close()
    assert far.to_b.flatten().tolist() == [1712, 1712]
    assert far.to_a.flatten().tolist() == [1217, 1217]


class Noted(DisFlow):
    """Takes what it is told to begin with for the flow; the camera turns by the frame's number."""

    def __init__(self) -> None:
        super().__init__("draft")
        self.made = 0

    def __call__(
        self,
        target: Tensor,
        source: Tensor,
        frames: tuple[int, int] = (1, 0),
        start: Tensor | None = None,
    ) -> Tensor:
        self.made += 1
        if start is not None:
            return start
        flow = torch.zeros(1, 2, 4, 64)
        flow[:, 0] = float(source.mean() ** 2 - target.mean() ** 2)  # frame i stands at i²
        return flow


class Failing(Noted):
    """Finds nothing."""

    def __call__(self, *arguments: object, **more: object) -> Tensor:
        raise VideoError("no flow", "here", "try again")


def numbered(index: int) -> Tensor:
    return torch.full((1, 3, 4, 64), float(index))


@pytest.mark.parametrize(("a", "b"), [(5, 2), (2, 5), (4, 3), (1, 6)])
def test_a_chain_adds_up_every_step_in_its_direction(a: int, b: int) -> None:
    pairs = FlowPairs(Noted(), numbered)
    far = pairs.far(a, b)
    pairs.close()
    assert far.to_b[0, 0].unique().tolist() == [b * b - a * a]
    assert far.to_a[0, 0].unique().tolist() == [a * a - b * b]


def test_each_link_of_a_chain_is_made_once_and_a_bounded_number_is_kept() -> None:
    flow = Noted()
    pairs = FlowPairs(flow, numbered, keep=5)
    for index in range(2, 9):
        pairs.far(index, 0)
        assert len(pairs._done) <= 5
    assert flow.made == 2 * (8 + 7)  # both directions of eight neighbours and seven far pairs
    pairs.close()


def test_a_long_chain_ends_where_an_end_is_asked_for() -> None:
    flow = Noted()
    pairs = FlowPairs(flow, numbered, cancel=CancelWhen(lambda: flow.made >= 4))
    with pytest.raises(Cancelled):
        pairs.far(12, 0)
    pairs.close()
    assert flow.made <= 6


def test_after_an_error_a_second_try_is_made() -> None:
    pairs = FlowPairs(Numbered(failures=1), lambda index: torch.zeros(1, 3, 1, 1))
    with pytest.raises(VideoError):
        pairs.get(1, 0)
    assert pairs.get(1, 0).to_b.flatten().tolist() == [100, 100]
    pairs.close()


def test_no_more_is_kept_than_memory_allows() -> None:
    assert pairs_kept((64, 64), 1) == IN_USE
    assert pairs_kept((64, 64), 3) == MEMORY // (16 * 64 * 64)
    assert pairs_kept((1920, 1080), 1) == 16
    assert pairs_kept((3840, 2160), 3) == LEAST
