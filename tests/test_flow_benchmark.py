"""The scenes of the flow benchmark are what their exact flow says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.flow.lanczos import warp_lanczos
from scripts.benchmarks.flow import Errors, as_tensor, mean_errors, total_row
from scripts.benchmarks.flow_far import errors_by_part
from scripts.benchmarks.flow_scenes import SCENES, Camera, Scene, known, with_objects
from scripts.common.motion import motion_clip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_frames_lie_on_each_other_along_the_exact_flow(scene: Scene) -> None:
    pair = known(scene, (160, 90))
    first, second = (as_tensor(frame) for frame in pair.frames)
    seen = torch.from_numpy(pair.background | pair.objects)
    difference = (second - warp_lanczos(first, torch.from_numpy(pair.flow)[None])).abs()
    assert float(difference.amax(1)[0][seen].median()) < 2 / 255
    assert mean_errors(pair, pair.flow)[0] == 0


def test_objects_are_told_from_the_background() -> None:
    pair = known(Scene("", Camera(), with_objects((2.0, 0.0))), (160, 90))
    assert np.allclose(pair.flow[:, pair.background], 0)
    assert sorted(set(pair.flow[0][pair.objects].round(3).tolist())) == [-2, 2]


def test_the_last_row_is_the_share_of_error_that_is_left() -> None:
    one = Errors((0.4, 0.1), (0.5, 0.5))
    every = [dict.fromkeys(("clean", "noise of 2/255", "x264, crf 18", "x264, crf 23"), one)]
    assert total_row(every)[1:3] == ["**0.25**", "**1.00**"]


def test_the_exact_flow_of_far_motion_has_no_error_on_any_part() -> None:
    clip = motion_clip(96, 54, 3, pan=True)
    exact = torch.from_numpy(clip.flow(2, 1))[None]
    assert errors_by_part(clip, 2, exact) == [0, 0, 0]
    assert errors_by_part(clip, 2, exact + 3.0) == pytest.approx([3 * 2**0.5] * 3, rel=1e-5)
