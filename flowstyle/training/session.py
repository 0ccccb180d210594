"""A training from its beginning to its file: how many steps, what is kept on the way, the end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from flowstyle.core import captured
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import Interrupted
from flowstyle.core.events import Decision, Progress, Report, Stage
from flowstyle.media.pictures import write_picture
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.training.checkpoint import checkpoint_of, keep, take_up
from flowstyle.training.pace import OFF, Fixed, Pace, Timetable
from flowstyle.training.preview import look
from flowstyle.training.trainer import Lesson, Trainer

WARM, TIMED = captured.WARM + 1, 4
"""Steps that are not timed (a GPU records the last of them), and those of each kind that tell how
many fit into the time."""
FAR = 10**6
"""Steps of a plan that has hardly begun."""
TICK = 1e-6
"""Seconds; a coarse clock may see none go by."""
EVERY_S = 30.0
"""Between two checkpoints, and two pictures of the present look."""
JUDGED = 50
"""Last steps whose losses are told as figures."""


@dataclass(frozen=True)
class Training:
    """What is trained, and how long.

    Args:
        path: of the result; the checkpoint and the preview lie beside it.
        lesson: what is to be learned.
        start: the network to begin with.
        device: where.
        purpose: what decides the weights, so that no other training is gone on with.
        minutes: for all steps together; measured in the first steps.
        steps: in place of ``minutes``.
        picture: H×W×3 uint8 RGB, the style, for the preview.
        preview: whether a picture of the present look is written.
    """

    path: Path
    lesson: Lesson
    start: FeedForward
    device: torch.device
    purpose: Mapping[str, str | int | float]
    minutes: float
    steps: int | None
    picture: NDArray[np.uint8]
    preview: bool = True


@dataclass(frozen=True)
class Trained:
    """What came of it.

    Args:
        network: the averaged weights.
        steps: done in all.
        total: that were planned.
        figures: mean of each term of the loss over the last steps.
    """

    network: FeedForward
    steps: int
    total: int
    figures: dict[str, float]


def train(training: Training, report: Report, cancel: CancelToken) -> Trained:
    """Train until the planned steps are done, or the caller asks for an end.

    The state is kept beside the result every half minute and at the end, and gone on with by the
    same call.

    Args:
        training: what and how long.
        report: told decisions and progress.
        cancel: asked before each step.

    Raises:
        ResumeMismatchError: the state that lies there is of another training.
        StorageError: it is damaged, or the disk fails.
        Interrupted: an end was asked for before the first step, or while the speed was measured.
    """
    ends = time.monotonic() + 60 * training.minutes
    trainer = Trainer(training.lesson, training.start, training.device)
    checkpoint = checkpoint_of(training.path)
    purpose = dict(training.purpose)
    plan: Fixed | Timetable
    if checkpoint.exists():
        plan = Fixed(take_up(checkpoint, trainer, purpose))
        report(Decision("training", f"goes on at step {trainer.done} of {plan.total}"))
    else:
        plan = _planned(training, trainer, ends, cancel)
        report(Decision("training", f"{plan.total} steps"))
    total = told = plan.total
    recent: deque[dict[str, float]] = deque(maxlen=JUDGED)
    kept = time.monotonic()
    while trainer.done < total and not cancel.cancelled:
        terms = trainer.step(total)
        recent.append(terms)
        total = plan.follow(trainer.done)
        if abs(total - told) > OFF * told:
            report(Decision("training", f"{total} steps in place of {told}, to end in time"))
            told = total
        report(Progress(Stage.TRAINING, trainer.done, total, "steps", terms))
        if time.monotonic() - kept >= EVERY_S:
            keep(checkpoint, trainer, purpose, total)
            _show(training, trainer)
            kept = time.monotonic()
    if trainer.done == 0:
        raise Interrupted(cancel.signum or 0, "before the first step", "run it again")
    keep(checkpoint, trainer, purpose, total)
    _show(training, trainer)
    return Trained(trainer.average.eval(), trainer.done, total, _means(recent))


def _planned(
    training: Training, trainer: Trainer, ends: float, cancel: CancelToken
) -> Fixed | Timetable:
    """The steps that were asked for, or those that fit into the time, by some that are timed."""
    if training.steps is not None:
        return Fixed(training.steps)
    _seconds(trainer, FAR, WARM, cancel)
    early = _seconds(trainer, FAR, TIMED, cancel)
    _seconds(trainer, trainer.done, WARM, cancel)  # as at the end: it learns nothing
    late = _seconds(trainer, trainer.done, TIMED, cancel)
    return Timetable(Pace(max(early, TICK), max(late, TICK)), trainer.done, ends)


def _seconds(trainer: Trainer, total: int, count: int, cancel: CancelToken) -> float:
    """Mean of so many steps.

    Raises:
        Interrupted: an end was asked for.
    """
    began = time.monotonic()
    for _ in range(count):
        if cancel.cancelled:
            where, advice = "while the speed was measured", "nothing was kept: run it again"
            raise Interrupted(cancel.signum or 0, where, advice)
        trainer.step(total)
    return (time.monotonic() - began) / count


def _show(training: Training, trainer: Trainer) -> None:
    if training.preview:
        photos = training.lesson.shown.pictures[:2]
        shown = look(trainer.average, training.picture, photos, training.device)
        path = training.path.with_suffix(".preview.png")
        write_picture(path, shown, overwrite=True)


def _means(recent: deque[dict[str, float]]) -> dict[str, float]:
    if not recent:
        return {}
    return {name: sum(each[name] for each in recent) / len(recent) for name in recent[0]}
