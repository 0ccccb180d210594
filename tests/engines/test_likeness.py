"""A shot's black or dim first frame does not decide how its later frames are painted."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.core.events import Stage
from flowstyle.engines.optimised.engine import OptimisedEngine
from flowstyle.engines.optimised.likeness import alike
from flowstyle.engines.protocol import ShotOpening
from flowstyle.guides.styles import ConstantStyles
from flowstyle.settings import load_settings
from flowstyle.temporal.pulls import Start
from flowstyle.temporal.task import FrameTask
from tests.helpers.painting import context, style_picture, texture

FRAME = texture(3, 64, 80)
PAINTED = (
    FRAME + 0.2 * torch.randn(FRAME.shape, generator=torch.Generator().manual_seed(0))
).clamp(0, 1)
SETTINGS = load_settings({"iterations": 3, "features": "compact"})


def follow(opening: Tensor) -> Tensor:
    """A later frame of a shot that begins with another one."""
    styles = ConstantStyles.of([style_picture(texture(9, 32, 32))])
    shot = OptimisedEngine().open(ShotOpening(0, opening), styles, context(SETTINGS))
    task = FrameTask(5, 5, Stage.STYLISE, FRAME, start=Start(PAINTED))
    return shot.paint(task).image


@pytest.mark.parametrize("light", [0.0, 0.3])
def test_a_shot_that_begins_in_the_dark_is_painted_as_one_that_does_not(light: float) -> None:
    assert torch.equal(follow(light * FRAME), follow(FRAME))


def test_a_first_frame_of_the_same_light_serves_for_all() -> None:
    """Its own gradient bounds the steps: another picture of the same kind, another result."""
    assert not torch.equal(follow(FRAME.flip(-1)), follow(FRAME))


@pytest.mark.parametrize(
    ("other", "same"),
    [(FRAME, True), (FRAME.flip(-2), True), (0 * FRAME, False), (0.5 * FRAME, False),
     (0.5 + 0.5 * (FRAME - FRAME.mean()), False), ((FRAME + 0.2).clamp(0, 1), False)],
)  # fmt: skip
def test_alike_is_of_the_same_level_and_contrast(other: Tensor, same: bool) -> None:
    assert alike(FRAME, other) is same
    assert alike(other, FRAME) is same


def test_two_black_frames_are_alike() -> None:
    assert alike(0 * FRAME, torch.full_like(FRAME, 0.001))
