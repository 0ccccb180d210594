"""``flowstyle train`` on the command line, with the bundled features and few steps."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from flowstyle.cli import train
from flowstyle.core.errors import (
    Interrupted,
    OutputError,
    StyleImageError,
    UsageError,
    WeightsError,
)
from flowstyle.core.events import Decision, Event, Progress
from flowstyle.core.resources import asset
from flowstyle.networks.file import load_trained
from flowstyle.pipeline import stylize_video
from flowstyle.render.result import Output
from flowstyle.render.train_style import TrainingPlan, train_style
from flowstyle.settings import load_settings
from flowstyle.training.checkpoint import checkpoint_of
from tests.helpers.media import picture, write_clip
from tests.helpers.painting import CancelWhen
from tests.helpers.trained import sha256, write_trained

COMPACT = load_settings({"features": "compact", "device": "cpu"})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A style, another one, and a folder with two photographs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number in range(2):
        cv2.imwrite(f"photos/{number}.png", picture(number, (240, 200)))
    cv2.imwrite("dots.png", picture(0, (80, 60), seed=7))
    cv2.imwrite("stripes.png", picture(0, (60, 80), seed=9))
    return tmp_path


def invoke(*arguments: object) -> Result:
    app = typer.Typer()
    train.register(app)
    app.callback()(lambda: None)
    common = ("--pictures", "photos", "--features", "compact", "--device", "cpu")
    return CliRunner().invoke(app, ["train", *map(str, arguments), *common])


def test_its_file_paints_a_clip(folder: Path) -> None:
    result = invoke("dots.png", "--steps", 2, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["path"], told["steps"]) == ("dots.safetensors", 2)
    assert told["styles"] == [{"name": "dots", "sha256": sha256(Path("dots.png")), "weight": 1.0}]
    assert set(told["figures"]) == {"content", "style", "smooth", "light"}
    assert Path("dots.preview.png").exists()
    assert not checkpoint_of(Path("dots.safetensors")).exists()
    clip = write_clip(folder / "clip.mp4", pictures=[picture(i, (64, 48)) for i in range(3)])
    rendered = stylize_video(clip, ["dots.safetensors"], COMPACT, Output(Path("out.mp4")))
    assert rendered.frames == 3


def test_the_same_steps_give_the_same_file() -> None:
    for name in ("a", "b"):
        assert invoke("dots.png", "--steps", 2, "-o", f"{name}.safetensors").exit_code == 0
    one, other = (load_trained(Path(f"{name}.safetensors")) for name in ("a", "b"))
    states = zip(
        one.network.state_dict().values(), other.network.state_dict().values(), strict=True
    )
    assert all(a.equal(b) for a, b in states)


def test_it_begins_with_another_network() -> None:
    start = write_trained(Path("start.safetensors"))
    result = invoke("dots.png", "--steps", 1, "--start", start, "-o", "a.safetensors")
    assert result.exit_code == 0, result.output
    begun, ended = load_trained(start), load_trained(Path("a.safetensors"))
    assert (ended.card.widths, ended.card.blocks) == (begun.card.widths, begun.card.blocks)
    for name, value in begun.network.state_dict().items():
        change = (ended.network.state_dict()[name] - value).abs().max()
        assert 0 <= float(change) < 0.01
    broken = Path("broken.safetensors")
    broken.write_bytes(b"nothing")
    refused = invoke("dots.png", "--steps", 1, "--start", broken, "-o", "b.safetensors")
    assert isinstance(refused.exception, WeightsError)


def test_it_goes_on_with_the_network_that_is_there_for_the_picture() -> None:
    told: list[Event] = []
    night = asset("demo/night.jpg")
    plan = TrainingPlan(Path("n.safetensors"), steps=1, pictures=Path("photos"), preview=False)
    train_style([night], plan, COMPACT, report=told.append)
    assert _begun_with(told) == "night"


def test_it_begins_with_a_network_by_its_bare_name() -> None:
    told: list[Event] = []
    plan = TrainingPlan(Path("d.safetensors"), steps=1, preview=False, start=Path("glass"))
    train_style(["dots.png"], plan, COMPACT, report=told.append)
    assert _begun_with(told) == "glass"


def _begun_with(told: list[Event]) -> str:
    """Name of the network that a training began with, as it was told."""
    begins = [e.text for e in told if isinstance(e, Decision) and e.topic == "begins with"]
    return begins[0].split(" (")[0]


def test_a_blend_of_two_is_said_in_the_file() -> None:
    result = invoke("dots.png", "stripes.png", "--blend", "3,1", "--steps", 1, "--no-preview")
    assert result.exit_code == 0, result.output
    card = load_trained(Path("dots_stripes.safetensors")).card
    assert [(one.name, one.weight) for one in card.styles] == [("dots", 3), ("stripes", 1)]
    assert not Path("dots_stripes.preview.png").exists()


def test_ended_early_it_leaves_what_it_learned_and_goes_on() -> None:
    path = Path("dots.safetensors")
    told: list[Event] = []
    cancel = CancelWhen(lambda: sum(isinstance(event, Progress) for event in told) >= 2, by=2)
    plan = TrainingPlan(path, steps=3, pictures=Path("photos"))
    with pytest.raises(Interrupted, match=r"step 2 of 3") as ended:
        train_style(["dots.png"], plan, COMPACT, report=told.append, cancel=cancel)
    assert ended.value.exit_code == 130
    assert "goes on" in ended.value.advice
    assert load_trained(path).card.steps == 2
    train_style(["dots.png"], plan, COMPACT)  # without --overwrite: it is the same work
    gone_on = load_trained(path)
    assert gone_on.card.steps == 3
    whole = TrainingPlan(Path("whole.safetensors"), steps=3, pictures=Path("photos"))
    train_style(["dots.png"], whole, COMPACT)
    pairs = zip(
        gone_on.network.state_dict().values(),
        load_trained(whole.path).network.state_dict().values(),
        strict=True,
    )
    assert all(np.array_equal(a.numpy(), b.numpy()) for a, b in pairs)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("dots.png", "-o", "dots.pth"), OutputError),
        (("dots.png", "-o", "nowhere/dots.safetensors"), OutputError),
        (("missing.png",), StyleImageError),
        (("dots.png", "--blend", "1,2"), UsageError),
    ],
)
def test_refused_before_any_work(
    arguments: tuple[str, ...], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowstyle.training.trainer.Trainer.step", None)
    result = invoke(*arguments)
    assert isinstance(result.exception, error), result.output


def test_an_existing_file_is_not_replaced() -> None:
    Path("dots.safetensors").write_bytes(b"mine")
    assert isinstance(invoke("dots.png", "--steps", 1).exception, OutputError)
    assert Path("dots.safetensors").read_bytes() == b"mine"
