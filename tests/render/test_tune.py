"""A network tuned for a clip: learned from its frames, kept beside the result, taken up again."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import cv2
import pytest

from flowstyle import Output, Settings, stylize_video
from flowstyle.cli.main import run
from flowstyle.core.errors import Interrupted, OutputExistsError, UsageError
from flowstyle.core.events import Decision, Progress, Stage
from flowstyle.networks.file import load_trained
from flowstyle.render import tune
from flowstyle.training import pace
from tests.helpers.media import picture, write_clip
from tests.helpers.painting import CancelWhen
from tests.helpers.trained import write_trained

TUNED = Path("out.mp4.tuned.safetensors")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip, a network for it, a picture; trainings of few steps."""
    write_clip(tmp_path / "clip.mp4", pictures=[picture(i, (64, 48)) for i in range(4)])
    write_trained(tmp_path / "net.safetensors")
    cv2.imwrite(str(tmp_path / "style.png"), picture(0, (48, 40), seed=7)[..., ::-1])
    monkeypatch.setattr(pace, "LEAST", 16)
    monkeypatch.setattr(tune, "JUDGED", 3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def render(
    style: str = "net.safetensors",
    cancel: CancelWhen | None = None,
    told=None,
    scale: float = 1.0,
    **output,
):
    settings = Settings.from_preset("default", features="compact", style_scale=scale)
    told = [] if told is None else told
    asked = Output(Path("out.mp4"), measure=False, **output)
    stylize_video("clip.mp4", [style], settings, asked, tune=0.1, report=told.append, cancel=cancel)
    return [one.text for one in told if isinstance(one, Decision) and one.topic.startswith("tun")]


def test_it_learns_and_is_taken_up_again() -> None:
    said = render()
    before, after = map(float, re.search(r"style ([\d.]+) → ([\d.]+)", said[0]).groups())
    assert after < before
    first = load_trained(TUNED)
    assert first.card.steps > load_trained(Path("net.safetensors")).card.steps
    assert first.digest != load_trained(Path("net.safetensors")).digest
    assert not list(Path().glob("*.training"))
    assert render(overwrite=True) == [f"{TUNED} is there already"]
    assert load_trained(TUNED).digest == first.digest


def test_its_settings_file_gives_the_same_bytes_again() -> None:
    render()
    line = Path("out.mp4.toml").read_text("utf-8").splitlines()[1]
    words = shlex.split(line.removeprefix("# "))
    assert [Path(word).name for word in words[3:]] == [TUNED.name, "--settings", "out.mp4.toml"]
    assert run([*words[1:], "-o", "again.mp4", "--no-measure", "--no-report", "--quiet"]) == 0
    assert Path("again.mp4").read_bytes() == Path("out.mp4").read_bytes()


def test_a_finished_render_that_is_given_again_is_told_to_be_finished() -> None:
    render()
    with pytest.raises(OutputExistsError, match="finished, with these same settings"):
        render()
    write_trained(Path("net.safetensors"), seed=1)  # for which nothing was tuned yet
    with pytest.raises(OutputExistsError, match=r"^the output exists\n"):
        render()


def test_another_clip_is_learned_anew() -> None:
    render()
    write_clip(Path("clip.mp4"), pictures=[picture(i, (64, 48), seed=5) for i in range(4)])
    assert "steps on" in render(overwrite=True, restart=True)[0]


def test_another_size_of_the_style_is_learned_anew() -> None:
    render()
    first = load_trained(TUNED).digest
    assert "steps on" in render(scale=0.5, overwrite=True, restart=True)[0]
    assert load_trained(TUNED).digest != first


def test_a_stopped_tuning_goes_on() -> None:
    told: list[object] = []
    stop = CancelWhen(
        lambda: any(isinstance(one, Progress) and one.stage is Stage.TRAINING for one in told)
    )
    with pytest.raises(Interrupted, match="goes on with the tuning"):
        render(cancel=stop, told=told)
    assert not TUNED.exists()
    told.clear()
    render(told=told)
    assert any(isinstance(one, Decision) and "goes on at step" in one.text for one in told)
    assert TUNED.exists()
    assert Path("out.mp4").exists()


def test_without_a_network_there_is_nothing_to_tune() -> None:
    with pytest.raises(UsageError, match="no trained network"):
        render("style.png")


def test_a_clip_of_one_frame_is_learned_too() -> None:
    write_clip(Path("clip.mp4"), pictures=[picture(0, (64, 48))])
    assert "steps on 1 frames" in render()[0]
