"""Mended flow against clips of exactly known motion."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
import torch

from flowstyle.flow.estimate import both_ways
from flowstyle.flow.masks import trust_masks
from flowstyle.flow.mend import mend
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.protocol import DirectMethod
from scripts.common.motion import motion_clip


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


@pytest.mark.parametrize(("pan", "share"), [(False, 0.75), (True, 0.65)])
def test_fewer_wrong_vectors_and_less_trust_in_hidden_pixels(pan: bool, share: float) -> None:
    clip, dis = motion_clip(320, 180, 4, pan=pan), DisFlow()
    frames = [as_tensor(f) for f in clip.frames]
    errors, trusted = np.zeros((2, 2)), np.zeros((2, 2))
    for row, t in enumerate((1, 3)):
        pair = frames[t], frames[t - 1]
        hidden, off = clip.occluded(t, t - 1), clip.off_frame(t, t - 1)
        flows = (dis(*pair), dis(*pair[::-1])), both_ways(dis, *pair)
        for column, (flow, reverse) in enumerate(flows):
            error = np.linalg.norm(flow[0].numpy() - clip.flow(t, t - 1), axis=0)
            errors[row, column] = error[~hidden & ~off].mean()
            trust = trust_masks(flow, reverse, *pair).trust[0, 0].numpy()
            trusted[row, column] = trust[hidden & ~off].mean()
    plain, mended = errors.mean(0)
    assert mended < share * plain
    plain, mended = trusted.mean(0)
    assert mended < 0.9 * plain


def test_the_same_bits_whatever_else_the_process_computes() -> None:
    clip, dis = motion_clip(322, 181, 2, pan=True), DisFlow()
    one, other = (as_tensor(f) for f in clip.frames)
    flow, reverse = dis(one, other), dis(other, one)
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        alone = mend(flow, reverse, one, other)
        with ThreadPoolExecutor(4) as pool:  # OpenCV's threads serve one of them at a time
            jobs = [pool.submit(mend, flow, reverse, one, other) for _ in range(24)]
            assert all(torch.equal(job.result(), alone) for job in jobs)
    finally:
        cv2.setNumThreads(before)


def test_vectors_that_agree_stay_as_they_are() -> None:
    frame = as_tensor(motion_clip(96, 54, 1).frames[0])
    flow = torch.zeros(1, 2, 54, 96)
    assert mend(flow, flow, frame, frame) is flow


def test_vectors_that_are_no_numbers_do_not_spread() -> None:
    frame = as_tensor(motion_clip(96, 54, 1).frames[0])
    still = torch.zeros(1, 2, 54, 96)
    broken = still.clone()
    broken[0, 0, 20, 30] = float("nan")
    mended = mend(broken, still, frame, frame)
    assert int((~mended.isfinite()).sum()) <= 1
    assert torch.equal(mended[..., 40:], still[..., 40:])


def test_drafts_are_not_mended() -> None:
    clip = motion_clip(160, 96, 2)
    frames = [as_tensor(f) for f in clip.frames]
    draft = DisFlow("draft")
    to_b, to_a = both_ways(draft, frames[1], frames[0])
    assert torch.equal(to_b, draft(frames[1], frames[0]))
    assert torch.equal(to_a, draft(frames[0], frames[1]))


def test_only_methods_that_gain_by_it_are_mended() -> None:
    clip = motion_clip(96, 54, 2)
    frames = [as_tensor(f) for f in clip.frames]

    class Measured(DirectMethod):
        name = "from files"

        def __call__(
            self,
            target: torch.Tensor,
            source: torch.Tensor,
            frames: tuple[int, int] | None = None,
            start: torch.Tensor | None = None,
        ) -> torch.Tensor:
            assert frames is not None
            return torch.full((1, 2, 54, 96), 100.0 * frames[0] + frames[1])

    to_b, to_a = both_ways(Measured(), frames[1], frames[0], (8, 7))
    assert to_b.unique().tolist() == [807.0]
    assert to_a.unique().tolist() == [708.0]


def test_same_bits_for_any_number_of_threads() -> None:
    clip = motion_clip(160, 96, 2, speed=1.5)
    frames = [as_tensor(f) for f in clip.frames]
    threads = cv2.getNumThreads()
    try:
        results = []
        for count in (1, 2, 5):
            cv2.setNumThreads(count)
            results.append(torch.cat(both_ways(DisFlow(), frames[1], frames[0])))
    finally:
        cv2.setNumThreads(threads)
    assert all(torch.equal(result, results[0]) for result in results)


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (17, 64)])
def test_small_frames(size: tuple[int, int]) -> None:
    one, other = torch.rand(2, 1, 3, *size, generator=torch.Generator().manual_seed(1))
    for flow in both_ways(DisFlow(), one, other):
        assert flow.shape == (1, 2, *size)
        assert bool(flow.isfinite().all())
