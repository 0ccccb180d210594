"""Trained networks through whole renders: from a file, from the shelf, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

import flowstyle
from flowstyle import Output, Settings, Stylizer, stylize_frames, stylize_image, stylize_video
from flowstyle.cli.main import run
from flowstyle.core.cancel import CancelToken
from flowstyle.core.errors import (
    Interrupted,
    OutputError,
    ResumeMismatchError,
    UsageError,
    WeightsError,
)
from flowstyle.core.events import Decision, Event
from flowstyle.engines.network.choose import NoNetworkError
from flowstyle.networks import names
from flowstyle.pipeline import estimate_video
from tests.helpers.media import picture, write_clip
from tests.helpers.painting import CancelWhen
from tests.helpers.trained import sha256, write_trained

QUICK = {"features": "compact"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip, a picture, a network, and a cache and a shelf that are empty."""
    write_clip(tmp_path / "clip.mp4", pictures=[picture(i, (64, 48)) for i in range(5)])
    cv2.imwrite(str(tmp_path / "style.png"), picture(0, (48, 40), seed=7)[..., ::-1])
    cv2.imwrite(str(tmp_path / "other.png"), picture(0, (48, 40), seed=8)[..., ::-1])
    write_trained(tmp_path / "net.safetensors")
    monkeypatch.setenv("FLOWSTYLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(names, "BUNDLED", tmp_path / "bundled")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def render(style: str, out: str, report=None, cancel: CancelToken | None = None, **settings):
    chosen = Settings.from_preset("default", **{**QUICK, **settings})
    output = Output(Path(out), measure=False)
    told = [] if report is None else report
    return stylize_video("clip.mp4", [style], chosen, output, report=told.append, cancel=cancel)


def test_the_api_takes_a_networks_bare_name_as_the_command_does(folder: Path) -> None:
    shelf = folder / "bundled"
    shelf.mkdir()
    shutil.move(folder / "net.safetensors", shelf / "net.safetensors")
    settings = Settings.from_preset("draft", frames=1)
    done = stylize_video("clip.mp4", ["net"], settings, Output(measure=False))
    assert done.path.name == "clip_net-network.mp4"
    assert stylize_image("style.png", ["net"], settings).shape == (40, 48, 3)
    assert Stylizer(["net"], settings).image("style.png").shape == (40, 48, 3)
    shutil.copy("style.png", "net")  # what lies there goes before it
    assert flowstyle.render.style_pictures.paths_of(["net"]) == [Path("net")]


def test_settings_of_another_type_are_refused(folder: Path) -> None:
    for wrong in ("draft", {"width": 64}):
        with pytest.raises(UsageError, match="in place of settings"):
            stylize_video("clip.mp4", ["style.png"], wrong, "out.mp4")  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="in place of settings"):
            Stylizer(["style.png"], wrong)  # type: ignore[arg-type]


def test_a_clip_through_a_file(folder: Path) -> None:
    told: list[Event] = []
    done = render("net.safetensors", "one", told)
    assert done.frames == 5
    assert done.iterations == []
    engine = [one for one in told if isinstance(one, Decision) and one.topic == "engine"]
    assert len(engine) == 1
    assert engine[0].text.startswith("a trained network, one pass a frame")
    assert engine[0].text.endswith(", motion and masks are found quickly")
    # The features serve the figures only: nothing is said of them, nor of VGG19's weights.
    assert not [one for one in told if isinstance(one, Decision) and one.topic == "features"]
    # The same by the engine's name, and through an object that is made once.
    render("net.safetensors", "two", engine="network")
    Stylizer(["net.safetensors"], Settings.from_preset("default", **QUICK)).video(
        "clip.mp4", Output(Path("three"), measure=False)
    )
    for name in ("two", "three"):
        for path in sorted(Path("one").glob("*.png")):
            assert path.read_bytes() == (Path(name) / path.name).read_bytes()


def test_a_stopped_render_goes_on_to_the_same_bytes(folder: Path) -> None:
    render("net.safetensors", "whole")
    told: list[Event] = []
    stop = CancelWhen(lambda: sum(isinstance(one, flowstyle.FrameReady) for one in told) >= 2)
    with pytest.raises(Interrupted):
        render("net.safetensors", "stopped", told, stop)
    told.clear()
    render("net.safetensors", "stopped", told)
    assert any("resuming" in str(one) for one in told), told
    names = [path.name for path in sorted(Path("whole").glob("*.png"))]
    assert len(names) == 5
    for name in names:
        assert (Path("whole") / name).read_bytes() == (Path("stopped") / name).read_bytes()


def test_other_weights_are_other_work(folder: Path) -> None:
    render("net.safetensors", "out")
    shutil.rmtree("out")
    write_trained(folder / "net.safetensors", seed=1)
    with pytest.raises(ResumeMismatchError, match=r"engine\.digest"):
        render("net.safetensors", "out")


def test_pictures_and_frames_through_a_file(folder: Path) -> None:
    settings = Settings.from_preset("still", **QUICK)
    photo = picture(0, (64, 48))
    painted = stylize_image(photo, ["net.safetensors"], settings)
    assert painted.shape == (48, 64, 3)
    assert np.array_equal(painted, stylize_image(photo, [Path("net.safetensors")], settings))
    frames = list(stylize_frames([photo, photo], ["net.safetensors"], settings))
    assert np.array_equal(frames[0], painted)
    assert np.array_equal(frames[1], painted)  # what stands still keeps its paint


def test_a_network_that_is_missing_is_trained_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowstyle.render.train_missing.MINUTES", 0.001)
    monkeypatch.setattr("flowstyle.training.pace.LEAST", 1)
    monkeypatch.setattr("flowstyle.training.pictures.DRAWN", 1)
    with pytest.raises(OutputError):  # what else is wrong is said before
        render("style.png", "nowhere/asked", engine="network")
    assert not names.own_folder().exists()
    assert render("style.png", "asked", engine="network").frames == 5
    (made,) = names.own_folder().glob("*.safetensors")
    assert made.name == f"style-{sha256(folder / 'style.png')[:8]}.safetensors"
    trained_at = made.stat().st_mtime_ns
    assert render("style.png", "again", engine="network").frames == 5  # it is there now
    assert made.stat().st_mtime_ns == trained_at
    with pytest.raises(UsageError, match="budget"):
        stylize_video(
            Path("clip.mp4"), ["other.png"], Settings(engine="network"), "x.mp4", budget=60.0
        )


def test_a_network_is_found_by_its_name_and_by_its_picture(folder: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist"):
        render("dots.safetensors", "named")
    with pytest.raises(NoNetworkError) as error:
        stylize_image(picture(0, (64, 48)), ["style.png"], Settings(engine="network", **QUICK))
    assert "flowstyle train style.png -o style.safetensors --minutes 10" in error.value.advice
    own = names.own_folder()
    own.mkdir(parents=True)
    write_trained(own / "dots.safetensors", sha256=sha256(folder / "style.png"))
    (own / "notes.safetensors").write_text("no network", encoding="utf-8")
    for style, out, engine in (
        ("dots.safetensors", "named", "optimised"),
        ("style.png", "asked", "network"),
    ):
        assert render(style, out, engine=engine).frames == 5
    first = sorted(path.name for path in Path("named").glob("*.png"))[0]
    assert (Path("named") / first).read_bytes() == (Path("asked") / first).read_bytes()


@pytest.mark.parametrize(
    "styles",
    [
        ["net.safetensors", "net.safetensors"],
        ["style.png", "net.safetensors"],
        ["style.png", "style.png"],
    ],
)
def test_fault_one_network_paints_in_one_style(folder: Path, styles: list[str]) -> None:
    settings = Settings.from_preset("default", engine="network", **QUICK)
    with pytest.raises(UsageError) as error:
        stylize_video("clip.mp4", styles, settings, "out")
    assert "give one network alone" in error.value.advice or "flowstyle train" in error.value.advice
    assert not Path("out").exists()


def test_an_estimate_and_a_budget(folder: Path) -> None:
    settings = Settings.from_preset("default", **QUICK)
    told: list[Event] = []
    found = estimate_video("clip.mp4", ["net.safetensors"], settings, "out.mkv", report=told.append)
    assert found.frames == 5
    assert 0 < found.later < 5
    done = stylize_video(
        "clip.mp4", ["net.safetensors"], settings, "out.mkv", budget=600, report=told.append
    )
    assert done.size == (64, 48)
    assert any("effort 1, engine network" in str(one) for one in told)


def command(*words: str) -> int:
    extra = [] if words[0] == "styles" else ["--features", "compact"]
    return run([*words, *extra])


def test_commands_take_a_network_for_a_style(folder: Path, capsys) -> None:
    assert command("run", "clip.mp4", "net.safetensors", "--no-measure", "--iterations", "4") == 0
    assert (folder / "clip_net-network.mp4").is_file()
    assert "--iterations has no effect here: a trained network paints" in capsys.readouterr().err
    assert command("image", "style.png", "net.safetensors", "-o", "painted.png") == 0
    assert (folder / "painted.png").is_file()
    for count in ("1", "9"):
        made = f"refined{count}.png"
        words = ("--refine", count, "-o", made)
        assert command("image", "style.png", "net.safetensors", *words) == 0
        assert f"a trained network and {count} iterations" in capsys.readouterr().err
    pictures = [(folder / f"{n}.png").read_bytes() for n in ("painted", "refined1", "refined9")]
    assert len(set(pictures)) == 3
    assert command("image", "style.png", "net.safetensors", "--alpha-beta", "1e-2") == 2
    assert "--alpha-beta" in capsys.readouterr().err
    assert command("image", "style.png", "net.safetensors", "--sweep") == 2
    assert "its ratio of content to style" in capsys.readouterr().err
    assert command("run", "clip.mp4", "net.safetensors", "-o", "net.safetensors") == 12


def test_the_list_of_networks(folder: Path, capsys) -> None:
    assert command("styles") == 0
    assert "none yet" in capsys.readouterr().out
    own = names.own_folder()
    own.mkdir(parents=True)
    names.BUNDLED.mkdir()
    write_trained(own / "mine.safetensors")
    write_trained(names.BUNDLED / "theirs.safetensors", seed=1)
    (own / "notes.safetensors").write_text("no network", encoding="utf-8")
    assert command("styles") == 0
    shown = capsys.readouterr()
    theirs, mine = shown.out.splitlines()[1:3]
    assert theirs.split()[:4] == ["theirs", "dots", "12", "0.25"]
    assert theirs.endswith("comes with flowstyle")
    assert mine.endswith(str(own / "mine.safetensors"))
    assert "notes.safetensors" in shown.err
    assert command("styles", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["folder"] == str(own)
    assert [one["bundled"] for one in listed["networks"]] == [True, False]
    assert listed["networks"][1]["sha256"] == sha256(own / "mine.safetensors")
    capsys.readouterr()
    assert command("styles", "mine", "--show", "picture.png") == 0
    assert capsys.readouterr().out == "picture.png: the picture that mine was trained for\n"
    picture_ = cv2.imread("picture.png")
    assert picture_.shape == (40, 48, 3)
    assert command("styles", "net.safetensors") == 0
    assert command("styles", "--show", "picture.png") == 2
