"""How many iterations a task gets."""

from __future__ import annotations

import pytest
import torch

from flowstyle.core.events import Stage
from flowstyle.engines.optimised.iterations import iterations_of, scaled_iterations
from flowstyle.settings import load_settings
from flowstyle.temporal.pulls import Start
from flowstyle.temporal.task import FrameTask

CONTENT = torch.zeros(1, 3, 16, 16)


def following(sweep: int) -> FrameTask:
    return FrameTask(1, 1, Stage.STYLISE, CONTENT, sweep=sweep, start=Start(CONTENT))


def test_effort_scales_iterations_but_never_to_zero() -> None:
    ruder = load_settings({"effort": 0.02}, preset="ruder")
    assert iterations_of(following(1), ruder) == 20
    assert scaled_iterations(3, 0.01) == 1
    assert scaled_iterations(0, 5) == 0


def test_multipass_has_the_papers_hundred_in_every_pass() -> None:
    multipass = load_settings({}, preset="multipass")
    assert {iterations_of(following(sweep), multipass) for sweep in range(1, 16)} == {100}


@pytest.mark.parametrize(
    ("stage", "wanted"),
    [(Stage.FIRST_FRAME, 70), (Stage.PICTURE, 70), (Stage.NEW_AREAS, 45)],
)
def test_what_begins_with_nothing_is_painted_coarse_to_fine(stage: Stage, wanted: int) -> None:
    assert iterations_of(FrameTask(0, 0, stage, CONTENT), load_settings({})) == wanted
