"""How many iterations a task gets."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowstyle.core.events import Stage
from flowstyle.engines.optimised.iterations import (
    Later,
    iterations_by_size,
    later_iterations,
    later_work,
    scaled_iterations,
)
from flowstyle.optimize.adaptive_step import AdaptiveStep
from flowstyle.optimize.schedule import Further
from flowstyle.settings import load_settings
from flowstyle.temporal.pulls import Pull, Start
from flowstyle.temporal.task import FrameTask, Lent

CONTENT = torch.zeros(1, 3, 16, 16)


def following(sweep: int, *, new: int = 16 * 16, static: int = 0) -> FrameTask:
    """A later frame with so many pixels that are new, and so many that stand still."""
    number = torch.arange(16 * 16).reshape(1, 1, 16, 16)
    near = Pull(
        image=CONTENT,
        trust=CONTENT[:, :1],
        usable=(number >= new).float(),
        static=(number >= 16 * 16 - static).float(),
        weight=1.0,
    )
    return FrameTask(
        1, 1, Stage.STYLISE, CONTENT, sweep=sweep, start=Start(CONTENT), pulls=(near,), near=near
    )


def test_effort_scales_iterations_but_never_to_zero() -> None:
    ruder = load_settings({"effort": 0.02}, preset="ruder")
    assert later_iterations(following(1), ruder) == 20
    assert scaled_iterations(3, 0.01) == 1
    assert scaled_iterations(0, 5) == 0


def test_a_first_frame_that_begins_with_a_networks_gets_what_later_ones_have_had() -> None:
    refined = load_settings({"iterations": 3, "first_iterations": 30}, preset="default")
    first = replace(following(1), stage=Stage.FIRST_FRAME)
    assert (later_iterations(first, refined), later_iterations(following(1), refined)) == (30, 3)


def test_multipass_has_the_papers_hundred_in_every_pass() -> None:
    multipass = load_settings({}, preset="multipass")
    assert {later_iterations(following(sweep), multipass) for sweep in range(1, 16)} == {100}


@pytest.mark.parametrize("stage", [Stage.FIRST_FRAME, Stage.PICTURE])
def test_a_first_frame_gets_as_many_at_each_size(stage: Stage) -> None:
    task = FrameTask(0, 0, stage, CONTENT)
    assert iterations_by_size(task, load_settings({"first_iterations": 30}), 3) == [30, 30, 30]


def test_a_frame_that_lends_its_paint_gets_a_third_at_the_full_size_if_that_is_small() -> None:
    task = FrameTask(9, 9, Stage.NEW_AREAS, CONTENT, lent=Lent.BEGUN)
    settings = load_settings({"fill_iterations": 44})
    assert iterations_by_size(task, settings, 2) == [44, 15]
    assert iterations_by_size(task, settings, 3) == [44, 44, 0]
    assert iterations_by_size(task, settings, 1) == [15]
    assert iterations_by_size(replace(task, lent=Lent.WHOLE), settings, 2) == [60, 60]
    # To itself a frame lends what it is at its smaller sizes; it has no other at the smallest.
    assert iterations_by_size(replace(task, lent=Lent.COARSE), settings, 3) == [44, 44, 0]
    assert iterations_by_size(replace(task, lent=Lent.COARSE), settings, 1) == [15]


def test_what_is_new_gets_further_iterations_in_larger_steps() -> None:
    settings = load_settings({"further_iterations": 12, "effort": 0.5})
    busy = later_work(following(1), settings)
    assert busy.further is not None
    assert (busy.iterations, busy.further.iterations, busy.adaptive) == (2, 6, None)
    assert busy.further.learning_rate == pytest.approx(3 * 0.007)
    unbound = later_work(following(1), settings.changed(bounded_steps=0)).further
    assert unbound is not None  # finished paint would go with the rest in larger steps
    assert unbound.learning_rate == pytest.approx(0.007)
    settings = load_settings({})
    # 2 of 256 pixels are too few, 3 are enough, and so are 2 where no more than 156 move.
    assert later_work(following(1, new=2), settings).adaptive is not None
    assert later_work(following(1, new=3), settings).adaptive is None
    assert later_work(following(1, new=2, static=100), settings).adaptive is None
    assert later_work(following(1, new=0, static=256), settings).adaptive is not None


def test_what_is_carried_alone_gets_a_quarter_more_and_steps_by_what_they_bring() -> None:
    for usual, more in ((4, 1), (9, 2)):
        settings = load_settings({"iterations": usual, "further_iterations": 12})
        work = later_work(following(1, new=0), settings)
        assert work == Later(usual, Further(more), AdaptiveStep())
        # Without bounds, or by another method, all steps are alike.
        assert later_work(following(1, new=0), settings.changed(bounded_steps=0)) == Later(usual)
        assert later_work(following(1, new=0), settings.changed(optimizer="lbfgs")) == Later(usual)
    few = load_settings({"iterations": 3, "further_iterations": 12})
    assert later_work(following(1, new=0), few) == Later(3)
    least = load_settings({"iterations": 40, "further_iterations": 1})
    assert later_work(following(1, new=0), least).further == Further(1)
    none = load_settings({"iterations": 40, "further_iterations": 0})
    assert later_work(following(1, new=0), none) == Later(40)


def test_what_the_trust_takes_away_is_not_new() -> None:
    frame = following(1, new=2)
    assert frame.near is not None
    dialled = replace(frame, near=replace(frame.near, usable=0.9 * frame.near.usable))
    settings = load_settings({"trust": 0.9})
    assert later_work(dialled, settings).adaptive is not None
    assert later_work(dialled, load_settings({})).adaptive is None


@pytest.mark.parametrize("new", [0, 256])
def test_some_frames_get_the_usual_iterations_whatever_they_need(new: int) -> None:
    settings, frame = load_settings({"sweeps": 2}), following(1, new=new)
    assert later_work(following(2, new=new), settings) == Later(settings.sweep_iterations)
    for one in (
        replace(frame, relit=True),
        replace(frame, near=None),  # a dissolve
        replace(frame, end=frame.near),  # a part, whose end's paint is to be met
    ):
        assert later_work(one, settings) == Later(4)
    draft = load_settings({}, preset="draft")
    assert later_work(frame, draft) == Later(later_iterations(frame, draft))
    assert later_work(frame, settings.changed(mask_rule="reference")) == Later(4)
    # Whoever asks for none gets none: the start as it is.
    assert later_work(frame, settings.changed(iterations=0)) == Later(0)
