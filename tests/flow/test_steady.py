"""The camera model against motion that is known exactly, by drawing and by mathematics."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.flow.camera_model import CameraModel, detail, fit_camera
from flowstyle.flow.estimate import both_ways
from flowstyle.flow.methods.dis import DisFlow
from flowstyle.flow.steady import steady
from scripts.benchmarks.flow import as_tensor, mean_errors
from scripts.benchmarks.flow_scenes import Camera, Known, Object, Scene, known
from tests.helpers.stillness import standing_still

SIZE = (320, 180)


class PlainDis(DisFlow):
    """DIS as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.steadied = False


def errors(pair: Known) -> tuple[tuple[float, float | None], tuple[float, float | None]]:
    """Errors on background and objects, plain and steadied, flow and reverse alike."""
    source, target = (as_tensor(frame) for frame in pair.frames)
    plain, better = (both_ways(dis, target, source)[0] for dis in (PlainDis(), DisFlow()))
    return mean_errors(pair, plain[0].numpy()), mean_errors(pair, better[0].numpy())


@pytest.mark.parametrize(
    "camera", [Camera((0.08, 0.06)), Camera((0.4, 0.3)), Camera(zoom=1.002), Camera(roll=0.1)]
)
def test_the_background_is_exact_under_noise_too(camera: Camera) -> None:
    for noise in (0.0, 2.0):
        (plain, _), (better, _) = errors(known(Scene("", camera), SIZE, noise=noise))
        assert better < 0.4 * plain
        assert better < 0.04


def test_an_object_keeps_its_own_motion_even_if_it_is_large_and_flat() -> None:
    objects = (Object((-150, 40), 60, (0.9, 0.2)), Object((150, 50), 85, (-0.9, 0.2), 0.06))
    pair = known(Scene("", Camera((0.4, 0.3)), objects), (480, 270))
    plain, better = errors(pair)
    assert better[0] < 0.4 * plain[0]
    assert better[1] is not None
    assert plain[1] is not None
    assert better[1] < 1.05 * plain[1]


def test_both_directions_agree() -> None:
    pair = known(Scene("", Camera((0.4, 0.3), 1.003, 0.1)), SIZE, noise=1.0)
    source, target = (as_tensor(frame) for frame in pair.frames)
    flow, reverse = both_ways(DisFlow(), target, source)
    inner = (flow + reverse)[..., 8:-8, 8:-8].square().sum(1).sqrt()
    assert float(inner.median()) < 0.02


def still_clip(camera: Camera) -> Known:
    return known(Scene("", camera), SIZE, noise=1.0, crf=26)


def test_what_stands_still_under_a_codec_does_not_move_at_all() -> None:
    pair = still_clip(Camera())
    source, target = (as_tensor(frame) for frame in pair.frames)
    plain, better = (both_ways(dis, target, source)[0] for dis in (PlainDis(), DisFlow()))
    assert share_of_zeros(better) > 0.9
    assert share_of_zeros(plain) < 0.5
    assert float(standing_still(target, source, source, better).mean()) > 0.9


def test_what_moves_in_front_does_not_set_a_still_background_in_motion() -> None:
    """Exactly equal pixels stay locked, although a third of all texture moves by 15 pixels."""
    rng = np.random.default_rng(3)
    scene, thing = (
        cv2.GaussianBlur(rng.uniform(0, 255, (*size, 3)), (0, 0), 1.5) * 3 - 255
        for size in ((120, 192), (60, 80))
    )
    frames = []
    for left in (40, 55):
        frame = scene.clip(0, 255)
        frame[30:90, left : left + 80] = thing.clip(0, 255)
        frames.append(torch.from_numpy(frame.astype(np.float32) / 255).permute(2, 0, 1)[None])
    flow, _ = both_ways(DisFlow(), frames[1], frames[0])
    untouched = torch.ones(1, 1, 120, 192)
    untouched[..., 20:100, 30:145] = 0
    assert float((flow == 0).all(1, keepdim=True)[untouched > 0].float().mean()) > 0.95
    assert float(standing_still(frames[1], frames[0], frames[0], flow)[untouched > 0].mean()) > 0.95


def share_of_zeros(flow: Tensor) -> float:
    return float((flow == 0).all(1).float().mean())


def test_a_camera_that_creeps_is_not_held_still() -> None:
    pair = known(Scene("", Camera((0.08, 0.06))), SIZE)
    source, target = (as_tensor(frame) for frame in pair.frames)
    flow, _ = both_ways(DisFlow(), target, source)
    assert share_of_zeros(flow) == 0
    assert float(standing_still(target, source, source, flow).mean()) < 0.05


def test_a_model_is_the_polynomial_of_the_second_degree() -> None:
    terms = np.arange(12, dtype=np.float64).reshape(2, 6) / 10
    model, (height, width) = CameraModel(terms, 0.0), (60, 100)
    x, y = 70.0, 10.0
    a, b = (x - 49.5) / 50, (y - 29.5) / 50
    by_hand = terms @ np.array([1, a, b, a * a, a * b, b * b])
    found = model.at(np.array([x], np.float32), np.array([y], np.float32), (height, width))
    assert np.allclose(found[:, 0], by_hand, atol=1e-5)


def test_without_texture_or_a_common_motion_there_is_no_model() -> None:
    rng = np.random.default_rng(0)
    flat = detail(np.full((90, 160), 100, np.float32))
    assert fit_camera(np.zeros((2, 90, 160), np.float32), flat, flat) is None
    rich = detail(rng.uniform(0, 255, (90, 160)).astype(np.float32))
    scattered = rng.uniform(-30, 30, (2, 90, 160)).astype(np.float32)
    assert fit_camera(scattered, rich, rich) is None
    flow = torch.from_numpy(scattered)[None]
    noise = torch.from_numpy(rng.uniform(0, 1, (1, 3, 90, 160)).astype(np.float32))
    assert torch.equal(steady(flow, flow, noise, noise)[0], flow)


def test_a_strip_has_no_model() -> None:
    """The grid's places stand by the width: of a strip none lies in the picture."""
    rng = np.random.default_rng(2)
    strip = detail(rng.uniform(0, 255, (16, 6000)).astype(np.float32))
    assert fit_camera(np.ones((2, 16, 6000), np.float32), strip, strip) is None


def test_the_same_bits_every_time_and_whatever_the_size() -> None:
    for height, width in ((16, 16), (17, 40), (90, 161)):
        rng = np.random.default_rng(height)
        a = torch.from_numpy(rng.uniform(0, 1, (1, 3, height, width)).astype(np.float32))
        b = a.roll(1, 3)
        first, second = (both_ways(DisFlow(), a, b) for _ in range(2))
        assert first[0].shape == (1, 2, height, width)
        assert first[0].isfinite().all()
        assert torch.equal(first[0], second[0])
        assert torch.equal(first[1], second[1])
