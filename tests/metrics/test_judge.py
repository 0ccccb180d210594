"""The judges against exactly known motion."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.core.errors import UsageError
from flowstyle.metrics import judge as judge_module
from flowstyle.metrics.judge import make_judge
from scripts.common.motion import MotionClip, motion_clip


def error_of(judge: str, clip: MotionClip) -> float:
    """Mean end point error on the visible pixels, in pixels."""
    target, source = (
        torch.from_numpy(frame.transpose(2, 0, 1).astype(np.float32) / 255)[None]
        for frame in clip.frames
    )
    found = make_judge(judge)(target, source)
    assert found.shape == (1, 2, clip.height, clip.width)
    visible = ~clip.occluded(0, 1) & ~clip.off_frame(0, 1)
    distance = np.linalg.norm(found[0].numpy() - clip.flow(0, 1), axis=0)
    return float(distance[visible].mean())


@pytest.mark.parametrize(("judge", "bound"), [("tvl1", 0.2), ("farneback", 0.4), ("dis", 0.2)])
def test_flow_is_on_the_target_and_points_into_the_source(judge: str, bound: float) -> None:
    clip = motion_clip(96, 64, 2)
    assert np.linalg.norm(clip.flow(0, 1), axis=0).max() > 1.5
    assert error_of(judge, clip) < bound


def test_the_default_judge_is_not_the_renders_method_and_the_most_exact_of_the_others() -> None:
    assert make_judge("auto").name == "tvl1"
    clip = motion_clip(128, 72, 2, pan=True)
    assert error_of("auto", clip) < 0.7 * error_of("farneback", clip)


@pytest.mark.parametrize(("judge", "bound"), [("tvl1", 0.2), ("farneback", 0.5)])
def test_large_frames_are_judged_reduced_and_the_vectors_are_scaled_up(
    monkeypatch: pytest.MonkeyPatch, judge: str, bound: float
) -> None:
    clip = motion_clip(128, 72, 2, pan=True)
    whole = error_of(judge, clip)
    monkeypatch.setattr(judge_module, "MAX_PIXELS", 128 * 72 // 4)
    reduced = error_of(judge, clip)
    assert whole != reduced
    assert reduced < bound * float(np.linalg.norm(clip.flow(0, 1), axis=0).mean())


def test_an_unknown_judge_is_refused_with_the_list() -> None:
    with pytest.raises(UsageError, match="farneback"):
        make_judge("guess")
