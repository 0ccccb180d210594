"""Steps are shown the same whether they are drawn ahead on threads or when they are asked for."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from flowstyle.training.ahead import DrawnAhead
from flowstyle.training.crops import RandomScales
from flowstyle.training.trainer import shown_in


@pytest.mark.parametrize("threads", [0, 3])
def test_each_step_is_what_was_drawn_for_it_also_after_a_jump(threads: int) -> None:
    drawn = DrawnAhead(lambda step: 10 * step, threads)
    asked = [0, 1, 2, 40, 41, 5]
    assert [drawn.take(step) for step in asked] == [10 * step for step in asked]


def test_the_next_steps_are_drawn_while_one_is_used() -> None:
    begun = {step: threading.Event() for step in range(20)}

    def draw(step: int) -> int:
        begun[step].set()
        return step

    assert DrawnAhead(draw, threads=2).take(0) == 0
    assert begun[1].wait(10)
    assert begun[4].wait(10)
    assert not begun[10].is_set()


def test_what_fails_in_a_thread_fails_in_the_step() -> None:
    def draw(step: int) -> int:
        raise ValueError(f"step {step}")

    with pytest.raises(ValueError, match="step 3"):
        DrawnAhead(draw, threads=2).take(3)


def test_crops_drawn_ahead_are_those_drawn_in_turn() -> None:
    pictures = [np.random.default_rng(n).integers(0, 255, (200, 220, 3), np.uint8) for n in (1, 2)]

    class Told:
        seed, batch = 7, 2

    Told.shown = RandomScales(pictures)  # type: ignore[attr-defined]

    def draw(step: int) -> torch.Tensor:
        return shown_in(Told(), step, late=False)  # type: ignore[arg-type]

    ahead = DrawnAhead(draw, threads=3)
    for step in range(4):
        assert torch.equal(ahead.take(step), draw(step))
    assert not torch.equal(draw(0), draw(1))
