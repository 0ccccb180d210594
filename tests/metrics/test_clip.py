"""The meter of a whole clip, on a clip whose motion is known exactly."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.metrics import clip as clip_module
from flowstyle.metrics.clip import ClipMeter
from flowstyle.metrics.flicker import frame_difference
from flowstyle.metrics.profile import FrameFigures, worst_frames
from flowstyle.metrics.style import extract, style_grams
from flowstyle.metrics.summary import ClipFigures, lines
from flowstyle.metrics.warp_error import trusted, warp_error
from scripts.common.motion import MotionClip, motion_clip
from tests.metrics.networks import PooledColours

FRAMES = 6


class ExactFlow:
    """The clip's own flow, by frame numbers."""

    name = "exact"

    def __init__(self, clip: MotionClip) -> None:
        self.clip = clip
        self.asked: list[tuple[int, int]] = []

    def __call__(
        self, target: Tensor, source: Tensor, frames: tuple[int, int] | None = None
    ) -> Tensor:
        assert frames is not None
        self.asked.append(frames)
        return torch.from_numpy(self.clip.flow(*frames))[None]


@pytest.fixture(scope="module")
def clip() -> MotionClip:
    return motion_clip(96, 64, FRAMES)


@pytest.fixture(scope="module")
def images(clip: MotionClip) -> list[Tensor]:
    return [
        torch.from_numpy(frame.transpose(2, 0, 1).astype(np.float32) / 255)[None]
        for frame in clip.frames
    ]


def measure(
    clip: MotionClip, sources: list[Tensor], styleds: list[Tensor], cuts: tuple[int, ...] = ()
) -> ClipFigures:
    meter = ClipMeter(ExactFlow(clip))
    for k, (source, styled) in enumerate(zip(sources, styleds, strict=True)):
        meter.push(source, styled, begins_shot=k in cuts)
    return meter.finish()


def test_the_source_against_itself_is_the_floor(clip: MotionClip, images: list[Tensor]) -> None:
    figures = measure(clip, images, images)
    for paired in (figures.warp_error, figures.long_warp_error, figures.flicker):
        assert paired is not None
        assert paired.value == paired.source > 0
        assert paired.ratio == 1.0
    assert figures.sharpness.ratio == 1.0
    assert figures.motion_difference == 0.0
    assert figures.drift.rgb_change == (0.0, 0.0, 0.0)
    assert figures.long_gap == FRAMES // 2
    assert figures.static_flicker is not None
    assert figures.static_flicker.value < 0.1 / 255
    assert figures.frames == FRAMES


def test_means_are_those_of_the_pairs(clip: MotionClip, images: list[Tensor]) -> None:
    rng = torch.Generator().manual_seed(0)
    styleds = [(i + 0.1 * torch.randn(i.shape, generator=rng)).clamp(0, 1) for i in images]
    figures = measure(clip, images, styleds)
    errors, differences = [], []
    for t in range(FRAMES - 1):
        flow, reverse = (
            torch.from_numpy(clip.flow(*pair))[None] for pair in ((t, t + 1), (t + 1, t))
        )
        mask = trusted(flow, reverse)
        errors.append(warp_error(styleds[t], styleds[t + 1], flow, mask))
        differences.append(frame_difference(styleds[t], styleds[t + 1]))
    assert figures.warp_error is not None
    assert figures.flicker is not None
    assert figures.warp_error.value == pytest.approx(np.mean(errors))
    assert figures.flicker.value == pytest.approx(np.mean(differences))
    assert [one.warp_error for one in figures.profile[1:]] == pytest.approx(errors)
    assert figures.profile[0].warp_error is None


def test_no_pair_reaches_across_a_cut(images: list[Tensor], clip: MotionClip) -> None:
    flipped = [image.flip(1) for image in images]
    sources = images[:3] + flipped[3:]
    figures = measure(clip, sources, sources, cuts=(3,))
    uncut = measure(clip, sources, sources)
    assert figures.profile[3].warp_error is None
    assert figures.warp_error is not None
    assert uncut.warp_error is not None
    assert figures.warp_error.value < 0.1 * uncut.warp_error.value
    assert figures.long_warp_error is None  # three frames on lies beyond the cut
    assert figures.long_gap is None


class Blinded(ExactFlow):
    """Follows a handful of pixels by chance into frame 2 and out of it, as judges do at a flash."""

    def __call__(
        self, target: Tensor, source: Tensor, frames: tuple[int, int] | None = None
    ) -> Tensor:
        flow = super().__call__(target, source, frames)
        if frames is None or 2 not in frames:
            return flow
        wild = 9 * torch.randn(flow.shape, generator=torch.Generator().manual_seed(frames[0]))
        wild[..., :2, :8] = 0
        return wild


def test_a_flash_is_not_the_clips_stability(clip: MotionClip, images: list[Tensor]) -> None:
    painted = [image * 0.5 for image in images]
    plain = measure(clip, images[:2], painted[:2])
    painted[2] = torch.ones_like(painted[2])
    meter = ClipMeter(Blinded(clip))
    for source, styled in zip(images, painted, strict=True):
        meter.push(source, styled)
    figures = meter.finish()
    assert figures.unlike == 2
    assert plain.transport is not None
    assert figures.transport is not None
    assert figures.transport.value < 2 * plain.transport.value
    assert [one.warp_error is None for one in figures.profile[:5]] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert 0 < (figures.profile[2].trusted or 0) < clip_module.FOLLOWED


def test_long_pairs_are_ten_frames_apart_where_the_clip_has_them(
    monkeypatch: pytest.MonkeyPatch, clip: MotionClip, images: list[Tensor]
) -> None:
    monkeypatch.setattr(clip_module, "LONG_GAP", 4)
    flow = ExactFlow(clip)
    meter = ClipMeter(flow)
    for image in images:
        meter.push(image, image)
    assert meter.finish().long_gap == 4
    assert sorted(pair for pair in flow.asked if pair[1] - pair[0] > 1) == [(0, 4), (1, 5)]
    assert clip_module.ClipMeter(flow)._recent.maxlen == 5  # what memory holds


def test_of_long_clips_some_pairs_are_measured_in_full(
    monkeypatch: pytest.MonkeyPatch, clip: MotionClip, images: list[Tensor]
) -> None:
    monkeypatch.setattr(clip_module, "LONG_GAP", 3)
    monkeypatch.setattr(clip_module, "FULL_PAIRS", FRAMES // 2)
    flow = ExactFlow(clip)
    meter = ClipMeter(flow, total=FRAMES)
    for image in images:
        meter.push(image, image.flip(1))
    figures = meter.finish()
    assert [(a, b) for a, b in flow.asked if b - a == 3] == [(1, 4)]  # of those to 3, 4 and 5
    errors = [frame.warp_error for frame in figures.profile]
    assert None not in errors[1:]
    assert meter._carried.styled == [errors[2], errors[4]]
    assert len(meter._ideal.styled) == len(meter._motion) == 2
    assert len(meter._fine.styled) == 3  # of frames 0, 2 and 4


def test_darkening_is_drift_and_a_still_result_does_not_follow(
    clip: MotionClip, images: list[Tensor]
) -> None:
    darker = [image * (1 - 0.02 * k) for k, image in enumerate(images)]
    figures = measure(clip, images, darker)
    mean = 255 * float(images[-1].mean())
    assert np.mean(figures.drift.rgb_change) == pytest.approx(-0.1 * mean, rel=1e-3)
    assert figures.drift.lab_slopes[0] < -0.3  # L* a frame

    still = measure(clip, images, [images[0]] * FRAMES)
    assert still.motion_difference is not None
    assert still.motion_difference > 0.1
    assert still.flicker is not None
    assert still.flicker.value == 0.0


def test_style_is_measured_on_some_frames_and_always_on_the_last(images: list[Tensor]) -> None:
    network = PooledColours()
    grams = style_grams(extract(network, images[0]))
    meter = ClipMeter(
        ExactFlow(motion_clip(96, 64, FRAMES)),
        network=network, style_grams=grams, total=FRAMES, style_frames=2,
    )  # fmt: skip
    for k, image in enumerate(images):
        meter.push(image, image + 0.05 * k)
    figures = meter.finish()
    assert [frame for frame, _ in figures.style] == [0, 3, 5]
    assert figures.style[0][1] == pytest.approx(0, abs=1e-9)
    assert figures.style[2][1] > figures.style[1][1] > 0
    assert figures.content is not None
    assert figures.content > 0


def test_every_figure_has_a_line_and_survives_json(clip: MotionClip, images: list[Tensor]) -> None:
    figures = measure(clip, images, [image.flip(1) for image in images])
    table = json.loads(json.dumps(figures.as_dict()))
    assert table["warp_error"]["ratio"] == pytest.approx(1, rel=0.1)
    assert len(table["profile"]) == FRAMES
    names = [line.metric for line in lines(figures)]
    assert names[0].startswith("warp error")
    assert "style distance" not in names  # no style picture was given


def test_one_frame_has_no_pairs(clip: MotionClip, images: list[Tensor]) -> None:
    figures = measure(clip, images[:1], images[:1])
    assert figures.warp_error is None
    assert figures.long_warp_error is None
    assert lines(figures)


def test_no_frame_and_unequal_frames_are_errors(clip: MotionClip, images: list[Tensor]) -> None:
    with pytest.raises(ValueError, match="without frames"):
        measure(clip, [], [])
    with pytest.raises(ValueError, match="differ in shape"):
        measure(clip, images[:1], [images[0][..., 1:]])


def test_worst_frames_are_those_far_above_the_source() -> None:
    profile = [
        FrameFigures(0, 50, 1),
        FrameFigures(1, 50, 1, warp_error=0.5, source_warp_error=0.49),
        FrameFigures(2, 50, 1, warp_error=0.2, source_warp_error=0.1),
        FrameFigures(3, 50, 1, warp_error=0.3, source_warp_error=0.1),
    ]
    assert worst_frames(profile, 2) == [3, 2]
