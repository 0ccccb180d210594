"""Trust masks against the reference program's output, float64 numpy and exact occlusions."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flowstyle.flow.masks import (
    MaskOptions,
    drawn_out,
    reference_trust,
    refine,
    seen_before,
    smooth_motion,
    trust_masks,
)
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.methods.files import read_flo
from scripts.common.motion import MotionClip, motion_clip

PEERS = Path(__file__).parents[3] / "shared/peers/artistic-videos"
PLAIN = MaskOptions(dilate=0, blur=0)


def as_tensor(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1).astype(np.float32) / 255)[None]


def batch(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array)[None]


def numpy_reference(flow: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    """The rule of the paper in float64, pixel by pixel."""
    w, r = flow.astype(np.float64), reverse.astype(np.float64)
    height, width = w.shape[1:]
    trust = np.ones((height, width))
    padded = np.pad(w, ((0, 0), (1, 1), (1, 1)), mode="edge")
    for y in range(height):
        for x in range(width):
            u, v = w[:, y, x]
            dx = (padded[:, y + 1, x + 2] - padded[:, y + 1, x]) / 2
            dy = (padded[:, y + 2, x + 1] - padded[:, y, x + 1]) / 2
            if (dx**2 + dy**2).sum() > 0.01 * (u * u + v * v) + 0.002:
                trust[y, x] = 0
            x0, y0 = int(np.floor(x + u)), int(np.floor(y + v))
            if x0 < 0 or y0 < 0 or x0 + 1 >= width or y0 + 1 >= height:
                trust[y, x] = 0
                continue
            a, b = x + u - x0, y + v - y0
            back = (1 - b) * ((1 - a) * r[:, y0, x0] + a * r[:, y0, x0 + 1]) + b * (
                (1 - a) * r[:, y0 + 1, x0] + a * r[:, y0 + 1, x0 + 1]
            )
            limit = 0.01 * (u * u + v * v + (back**2).sum()) + 0.5
            if ((w[:, y, x] + back) ** 2).sum() >= limit:
                trust[y, x] = -1
    kernel = np.exp(-(np.arange(-2, 3) ** 2) / (2 * 0.8**2))
    kernel /= kernel.sum()
    wide = np.pad(trust, 2, mode="symmetric")
    rows = sum(k * wide[i : i + height] for i, k in enumerate(kernel))
    both = sum(k * rows[:, i : i + width] for i, k in enumerate(kernel))
    return np.clip(both, 0, 1)


def test_reference_rule_equals_float64_numpy() -> None:
    clip = motion_clip(48, 32, 2, pan=True)
    rng = np.random.default_rng(0)
    flow = clip.flow(1, 0) + rng.normal(0, 0.05, (2, 32, 48)).astype(np.float32)
    reverse = clip.flow(0, 1)
    expected = numpy_reference(flow, reverse)
    got = reference_trust(batch(flow), batch(reverse))[0, 0].numpy()
    assert 0.1 < expected.mean() < 0.99
    np.testing.assert_allclose(got, expected, atol=1e-4)


@pytest.mark.shared
@pytest.mark.skipif(not PEERS.is_dir(), reason="the shared reference masks are not here")
@pytest.mark.parametrize(
    ("flow", "reverse", "mask"),
    [
        ("forward_1_2", "backward_2_1", "reliable_1_2"),
        ("backward_2_1", "forward_1_2", "reliable_2_1"),
        ("forward_2_3", "backward_3_2", "reliable_2_3"),
        ("backward_3_2", "forward_2_3", "reliable_3_2"),
    ],
)
def test_reference_rule_equals_the_reference_program(flow: str, reverse: str, mask: str) -> None:
    expected = cv2.imread(str(PEERS / f"{mask}.pgm"), cv2.IMREAD_UNCHANGED).astype(int)
    trust = reference_trust(
        *(batch(read_flo(PEERS / f"{name}.flo")[0]) for name in (flow, reverse))
    )
    got = np.floor(255 * trust[0, 0].numpy()).astype(int)
    both, either = (got >= 128) & (expected >= 128), (got >= 128) | (expected >= 128)
    assert both.sum() / either.sum() >= 0.999
    assert np.abs(got - expected).max() <= 1  # its kernel's sum is a little below 1: 254, not 255


def masks_of(clip: MotionClip, target: int, source: int, options: MaskOptions = PLAIN):
    frames = as_tensor(clip.frames[target]), as_tensor(clip.frames[source])
    flow, reverse = DisFlow()(*frames), DisFlow()(*frames[::-1])
    return trust_masks(flow, reverse, *frames, options)


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_estimated_flow_finds_the_exact_occlusions(speed: float) -> None:
    clip = motion_clip(256, 144, 2, speed=speed)
    masks = masks_of(clip, 1, 0)
    distrusted = masks.trust[0, 0].numpy() < 0.5
    occluded = clip.occluded(1, 0)
    assert distrusted[occluded].mean() > 0.8
    assert distrusted[clip.static(1, 0)].mean() < 0.01
    assert distrusted.mean() < 0.1


def test_exact_flow_separates_the_reasons() -> None:
    clip = motion_clip(256, 144, 2, pan=True)
    frames = as_tensor(clip.frames[1]), as_tensor(clip.frames[0])
    masks = trust_masks(batch(clip.flow(1, 0)), batch(clip.flow(0, 1)), *frames, PLAIN)
    off, occluded = clip.off_frame(1, 0), clip.occluded(1, 0) & ~clip.off_frame(1, 0)
    missed, overshoot = (m[0, 0].numpy() < 0.5 for m in (masks.missed, masks.overshoot))
    assert overshoot[off].mean() > 0.8  # half a pixel beyond the border is forgiven
    assert not overshoot[~off].any()
    assert not missed[overshoot].any()
    assert missed[occluded].mean() > 0.8
    assert missed[~occluded].mean() < 0.03


def test_static_shot_has_no_false_occlusion() -> None:
    # Fault matrix: a static shot, perfect and with sensor noise.
    frame = motion_clip(128, 72, 1).frames[0]
    rng = np.random.default_rng(0)
    for noise in (0, 2, 4):
        pair = [
            as_tensor(np.clip(frame + rng.normal(0, noise, frame.shape), 0, 255).astype(np.uint8))
            for _ in range(2)
        ]
        masks = trust_masks(DisFlow()(*pair), DisFlow()(*pair[::-1]), *pair)
        assert masks.trust.min() > 0.999, f"noise {noise}"


def test_black_frames_are_trusted_and_finite() -> None:
    black = torch.zeros(1, 3, 20, 30)
    masks = trust_masks(torch.zeros(1, 2, 20, 30), torch.zeros(1, 2, 20, 30), black, black)
    torch.testing.assert_close(masks.trust, torch.ones(1, 1, 20, 30))


def test_flow_invented_in_a_flat_area_is_caught_by_the_pictures() -> None:
    # Two flat frames of different colour: forward and backward agree, the pictures do not.
    target, source = torch.full((1, 3, 20, 30), 0.3), torch.full((1, 3, 20, 30), 0.6)
    zero = torch.zeros(1, 2, 20, 30)
    assert trust_masks(zero, zero, target, source, PLAIN).missed.max() == 0


def test_weights_dilate_and_soften() -> None:
    clip = motion_clip(128, 72, 2, pan=True)
    frames = as_tensor(clip.frames[1]), as_tensor(clip.frames[0])
    pair = batch(clip.flow(1, 0)), batch(clip.flow(0, 1))

    def trust(**changes: float) -> torch.Tensor:
        return trust_masks(*pair, *frames, MaskOptions(**{"dilate": 0, "blur": 0, **changes})).trust

    assert trust(missed=0, overshoot=0, edges=0).min() == 1
    y, x = np.mgrid[:72, :128] + clip.flow(1, 0)[::-1]
    outside = np.maximum.reduce([-x, x - 127, -y, y - 71, 0 * x])
    found = trust(missed=0, overshoot=0.25, edges=0)[0, 0].numpy()
    assert (found[outside == 0] == 1).all()
    assert (found[outside > 0.5] == 0.75).all()
    assert 0 < (outside > 0.5).mean() < 0.1
    assert trust(soften=0.4).min() == pytest.approx(0.4)
    assert trust(dilate=2).sum() < trust().sum()
    assert trust(blur=1.5).float().sub(trust()).abs().max() > 0.02


def test_refine_grows_a_pixel_to_a_disc() -> None:
    mask = torch.ones(1, 1, 9, 9)
    mask[0, 0, 4, 4] = 0
    got = refine(mask, MaskOptions(dilate=1, blur=0))
    assert (got == 0).sum() == 5  # the pixel and its four neighbours
    # Borders do not erode by themselves.
    assert refine(torch.ones(1, 1, 9, 9), MaskOptions(dilate=3, blur=1.0)).min() > 0.999


def test_slow_rotation_is_no_motion_boundary() -> None:
    y, x = np.mgrid[:40, :40].astype(np.float32) - 20
    turning = batch(np.stack([-0.05 * y, 0.05 * x]))
    assert smooth_motion(turning).min() == 1
    assert smooth_motion(turning, constant=0.002).min() == 0


@pytest.mark.parametrize("wrong", [{"missed": 1.5}, {"soften": -0.1}, {"dilate": -1}])
def test_options_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        MaskOptions(**wrong)  # type: ignore[arg-type]


def test_pixels_along_a_border_that_are_new_in_part_are_new() -> None:
    creeping = torch.tensor([0.25, -0.35]).view(1, 2, 1, 1).expand(1, 2, 30, 40)
    seen = seen_before(creeping, creeping)[0, 0]
    assert torch.equal(seen[1:, :-1], torch.ones(29, 39))
    assert not seen[0].any()
    assert not seen[:, -1].any()


def test_a_camera_that_creeps_over_the_dark_shows_something_new_all_the_same() -> None:
    dark = torch.full((1, 3, 40, 60), 0.1)
    creeping = torch.tensor([0.0, -0.35]).view(1, 2, 1, 1).expand(1, 2, 40, 60)
    trust = trust_masks(creeping, -creeping, dark, dark, PLAIN).trust[0, 0]
    assert not trust[0].any()
    assert torch.equal(trust[1:], torch.ones(39, 60))


def test_a_place_that_is_drawn_out_is_told_by_its_area() -> None:
    """By hand: a pixel's place in the source has the area (1 + ∂u/∂x)(1 + ∂v/∂y) − ∂u/∂y ∂v/∂x."""
    y, x = torch.meshgrid(torch.arange(12.0), torch.arange(16.0), indexing="ij")

    def found(u: torch.Tensor, v: torch.Tensor) -> float:
        return float(drawn_out(torch.stack([u, v])[None])[..., 1:-1, 1:-1].mean())

    assert found(3 + 0 * x, -2 + 0 * x) == 0  # 1: a pan
    assert found(-0.02 * x, -0.02 * y) == 0  # 0.96: a camera that goes nearer by 2 %
    assert found(-0.12 * x, 0 * x) == 1  # 0.88
    assert found(-0.06 * x, -0.06 * y) == 1  # 0.8836
    assert found(-0.06 * x, 0.06 * y) == 0  # 0.9964: longer one way, shorter the other
    assert found(-0.3 * y, 0.3 * x) == 0  # 1.09: a turn
    assert found(0.4 * y, 0.4 * x) == 1  # 0.84: sheared two ways
