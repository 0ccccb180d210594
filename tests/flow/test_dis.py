"""DIS against clips of exactly known motion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from flowstyle.flow.methods.dis import QUALITIES, DisFlow, gray_8bit
from scripts.common.motion import motion_clip


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


@pytest.mark.parametrize(
    ("size", "begun", "at_half"),
    [((600, 400), False, False), ((600, 400), True, True), ((640, 400), False, True)],
)
def test_quick_flow_is_made_at_half_the_resolution(size, begun: bool, at_half: bool) -> None:
    """In large frames, and where it begins with a known flow."""
    wide = np.random.default_rng(0).random((24, 40, 3), np.float32)
    enlarged = cv2.resize(wide, size, interpolation=cv2.INTER_CUBIC)
    frame = torch.from_numpy(enlarged.transpose(2, 0, 1).copy())[None].clamp(0, 1)
    start = torch.zeros(1, 2, size[1], size[0]) if begun else None
    flow = DisFlow("quick")(frame, frame.roll(1, 3), start=start)
    by_hand = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    by_hand.setFinestScale(1 if at_half else 0)
    by_hand.setPatchStride(4)
    by_hand.setGradientDescentIterations(8)
    by_hand.setVariationalRefinementIterations(2)
    by_hand.setVariationalRefinementAlpha(60.0)
    grays = [cv2.GaussianBlur(gray_8bit(one), (0, 0), 0.5) for one in (frame, frame.roll(1, 3))]
    field = None if start is None else start[0].permute(1, 2, 0).contiguous().numpy()
    assert np.array_equal(flow[0].permute(1, 2, 0).numpy(), by_hand.calc(*grays, field))


def test_usual_flow_of_large_frames_that_begins_with_another_is_a_draft() -> None:
    wide = np.random.default_rng(0).random((24, 40, 3), np.float32)
    for size, alike in (((600, 400), False), ((640, 400), True)):
        enlarged = cv2.resize(wide, size, interpolation=cv2.INTER_CUBIC)
        frame = torch.from_numpy(enlarged.transpose(2, 0, 1).copy())[None].clamp(0, 1)
        pair, start = (frame, frame.roll(1, 3)), torch.full((1, 2, 400, size[0]), 0.5)
        usual, draft = DisFlow("default"), DisFlow("draft")
        assert torch.equal(usual(*pair, start=start), draft(*pair, start=start)) == alike
        assert not torch.equal(usual(*pair), draft(*pair))


@pytest.mark.parametrize(
    ("quality", "limit"), [("draft", 0.3), ("quick", 0.2), ("default", 0.15), ("fine", 0.15)]
)
def test_end_point_error_of_visible_pixels(quality: str, limit: float) -> None:
    clip = motion_clip(192, 108, 2)
    flow = DisFlow(quality)(as_tensor(clip.frames[1]), as_tensor(clip.frames[0]))
    assert flow.shape == (1, 2, 108, 192)
    assert flow.dtype == torch.float32
    error = np.linalg.norm(flow[0].numpy() - clip.flow(1, 0), axis=0)
    visible = ~clip.occluded(1, 0) & ~clip.off_frame(1, 0)
    assert error[visible].mean() < limit
    assert np.linalg.norm(clip.flow(1, 0), axis=0).max() > 3  # there is something to find


def test_noise_moves_the_default_less_than_the_plain_preset() -> None:
    clip = motion_clip(192, 108, 2)
    rng = np.random.default_rng(0)
    noisy = [np.clip(f + rng.normal(0, 6, f.shape), 0, 255).astype(np.uint8) for f in clip.frames]
    flow = DisFlow()(as_tensor(noisy[1]), as_tensor(noisy[0]))[0].numpy()
    plain = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    plain.setFinestScale(0)
    grays = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in noisy]
    other = plain.calc(grays[1], grays[0], None).transpose(2, 0, 1)
    still = clip.static(1, 0)
    assert np.abs(flow)[:, still].mean() < 0.8 * np.abs(other)[:, still].mean()


@pytest.mark.parametrize("quality", QUALITIES)
def test_same_bits_for_any_number_of_threads(quality: str) -> None:
    clip = motion_clip(160, 96, 2, speed=1.5)
    frames = [as_tensor(f) for f in clip.frames]
    threads = cv2.getNumThreads()
    try:
        results = []
        for count in (1, 2, 5):
            cv2.setNumThreads(count)
            results.append(DisFlow(quality)(frames[1], frames[0]))
    finally:
        cv2.setNumThreads(threads)
    assert all(torch.equal(result, results[0]) for result in results)


def test_a_still_picture_has_exactly_no_flow() -> None:
    frame = as_tensor(motion_clip(96, 54, 1).frames[0])
    assert DisFlow()(frame, frame).abs().max() == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (40, 3), (17, 9)])
def test_tiny_and_black_frames(size: tuple[int, int]) -> None:
    flow = DisFlow()(torch.zeros(1, 3, *size), torch.zeros(1, 3, *size))
    assert flow.shape == (1, 2, *size)
    assert torch.isfinite(flow).all()


def test_gray_equals_opencv() -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    expected = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(int)
    assert np.abs(gray_8bit(as_tensor(image)).astype(int) - expected).max() <= 1


def test_unknown_quality() -> None:
    with pytest.raises(ValueError, match="draft"):
        DisFlow("best")


def test_a_start_leads_to_motion_that_is_too_far_to_be_found() -> None:
    """Two halves that part by a third of the width, farther than anything is looked for."""
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.uniform(size=(96, 200, 3)), (0, 0), 2.5)
    noise = ((noise - noise.min()) / np.ptp(noise)).astype(np.float32) * 255
    left, right = noise[:, :100], noise[:, 100:]
    source = np.hstack([left, right])
    target = np.hstack([np.roll(left, -70, 1), np.roll(right, 70, 1)])
    exact = np.zeros((1, 2, 96, 200), np.float32)
    exact[0, 0] = np.where(np.arange(200) < 100, 70, -70)
    seen = np.r_[0:26, 174:200]  # what was rolled in at the other side lies between
    errors = []
    for start in (None, torch.from_numpy(exact) + 1.0):
        flow = DisFlow()(as_tensor(target), as_tensor(source), start=start).numpy()
        errors.append(np.linalg.norm(flow - exact, axis=1)[0][:, seen].mean())
    assert errors[0] > 5
    assert errors[1] < 0.5


def test_a_start_for_frames_smaller_than_a_patch() -> None:
    small = torch.rand(1, 3, 9, 40, generator=torch.Generator().manual_seed(1))
    flow = DisFlow()(small, small, start=torch.zeros(1, 2, 9, 40))
    assert flow.abs().max() == 0
