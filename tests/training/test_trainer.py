"""The loop: it learns, and goes on after an end as if there had been none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import (
    Interrupted,
    NotFiniteError,
    ResumeMismatchError,
    StorageError,
)
from flowstyle.core.events import Event, Progress, ignore
from flowstyle.features.compact import load_compact
from flowstyle.losses.targets import StyleTarget
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.training.checkpoint import checkpoint_of
from flowstyle.training.crops import RandomScales
from flowstyle.training.leaves import falling_leaves
from flowstyle.training.session import Trained, Training, train
from flowstyle.training.trainer import Lesson, Trainer, rate_at
from tests.helpers.painting import CPU, CancelWhen

LAYERS = ("relu1_1", "relu2_1")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    features = load_compact()
    style = torch.zeros(1, 3, 64, 64)
    style[:, 0, ::4] = 1  # red stripes
    pictures = [falling_leaves(200, seed) for seed in range(3)]
    return Lesson(features, StyleTarget.of(features, style, LAYERS), RandomScales(pictures), seed=3)


def small() -> FeedForward:
    torch.manual_seed(1)
    return FeedForward((16, 16), 1)


def training(path: Path, lesson: Lesson, **other: object) -> Training:
    given = {
        "path": path, "lesson": lesson, "start": small(), "device": CPU, "purpose": {"seed": 3},
        "minutes": 1.0, "steps": 6, "picture": np.zeros((32, 40, 3), np.uint8), "preview": False,
    }  # fmt: skip
    return Training(**{**given, **other})  # type: ignore[arg-type]


def weights(trained: Trained) -> torch.Tensor:
    return torch.cat([value.flatten() for value in trained.network.state_dict().values()])


def test_paint_comes_nearer_to_the_style(lesson: Lesson) -> None:
    trainer = Trainer(lesson, small(), CPU)
    losses = [trainer.step(60)["style"] for _ in range(60)]
    assert np.mean(losses[-8:]) < 0.75 * np.mean(losses[:8])


def test_what_learns_has_no_borders_and_what_is_shown_of_it_has(lesson: Lesson) -> None:
    """Whatever mode the network comes in: see :mod:`flowstyle.networks.feed_forward`."""
    trainer = Trainer(lesson, small().eval(), CPU)
    trainer.step(10)
    assert trainer.network.training
    assert not trainer.average.training


def test_ended_and_gone_on_with_it_gives_the_same_weights(tmp_path: Path, lesson: Lesson) -> None:
    whole = train(training(tmp_path / "a.safetensors", lesson), ignore, CancelToken())
    assert (whole.steps, whole.total) == (6, 6)
    told: list[Event] = []
    cancel = CancelWhen(lambda: sum(isinstance(event, Progress) for event in told) >= 2, by=2)
    path = tmp_path / "b.safetensors"
    part = train(training(path, lesson), told.append, cancel)
    assert (part.steps, part.total) == (2, 6)
    assert checkpoint_of(path).exists()
    rest = train(training(path, lesson), ignore, CancelToken())
    assert rest.steps == 6
    assert torch.equal(weights(rest), weights(whole))
    assert not torch.equal(weights(part), weights(whole))


def test_the_state_of_another_training_is_refused(tmp_path: Path, lesson: Lesson) -> None:
    path = tmp_path / "a.safetensors"
    train(training(path, lesson, steps=1), ignore, CancelToken())
    with pytest.raises(ResumeMismatchError, match=r"\(seed: .* → 4\)") as refused:
        train(training(path, lesson, purpose={"seed": 4}), ignore, CancelToken())
    assert "--restart" in refused.value.advice


@pytest.mark.parametrize("content", [b"", b"nothing", bytes(100)], ids=len)
def test_a_damaged_state_is_refused(tmp_path: Path, lesson: Lesson, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    checkpoint_of(path).write_bytes(content)
    with pytest.raises(StorageError, match="cannot be read"):
        train(training(path, lesson), ignore, CancelToken())


def test_minutes_are_kept(tmp_path: Path, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowstyle.training.pace.LEAST", 1)
    clock = iter(np.arange(0, 1000, 0.5))
    monkeypatch.setattr("flowstyle.training.session.time.monotonic", lambda: float(next(clock)))
    ended = CancelWhen(lambda: bool(told), by=2)
    told: list[Event] = []
    found = train(
        training(tmp_path / "a.safetensors", lesson, steps=None, minutes=0.5), told.append, ended
    )
    # Each look at the clock moves it by half a second: 3, 4, 3, 4 steps seem to take 0.5 s each
    # time, 0.125 s one of the timed; 4.5 s have gone by, and 25.5 are left.
    assert found.total == 14 + 204


def test_a_loss_that_is_not_finite_ends_it_with_the_weights_of_before(lesson: Lesson) -> None:
    trainer = Trainer(lesson, small(), CPU)
    trainer.step(10)
    with torch.no_grad():
        trainer.network.leave.weight.fill_(float("nan"))
    with pytest.raises(NotFiniteError, match="not-a-number"):
        trainer.step(10)
    assert all(bool(value.isfinite().all()) for value in trainer.average.state_dict().values())


def test_ended_while_the_speed_is_measured(tmp_path: Path, lesson: Lesson) -> None:
    told: list[Event] = []
    token = CancelToken()
    token.cancel(2)
    with pytest.raises(Interrupted, match="stopped") as ended:
        train(training(tmp_path / "a.safetensors", lesson, steps=None), told.append, token)
    assert ended.value.exit_code == 130
    assert "run it again" in ended.value.advice
    assert told == []  # no number of steps that nobody measured
    assert list(tmp_path.iterdir()) == []


def test_the_rate_rises_and_falls() -> None:
    rates = [rate_at(step, 400) for step in range(401)]
    assert rates[0] < 0.05
    assert max(rates) == pytest.approx(rates[29], abs=0.02)
    assert rates[400] == pytest.approx(0, abs=1e-6)


def test_a_preview_is_there(tmp_path: Path, lesson: Lesson) -> None:
    train(
        training(tmp_path / "a.safetensors", lesson, preview=True, steps=1), ignore, CancelToken()
    )
    assert (tmp_path / "a.preview.png").stat().st_size > 1000
