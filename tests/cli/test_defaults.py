"""Settings files that results leave, a user's own defaults and presets, and their order."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import cv2
import pytest

from flowstyle import Output, Settings, stylize_video
from flowstyle.cli.main import run
from flowstyle.core.errors import UsageError
from flowstyle.render.settings_file import settings_path
from flowstyle.settings import load_settings
from flowstyle.settings.files import SettingsFile, as_text, read_settings
from tests.helpers.media import picture, write_clip
from tests.helpers.trained import write_trained

QUICK = ["--first-iterations", "2", "--iterations", "2", "--features", "compact", "--no-measure"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clip, two pictures, a network, and a folder of settings that is empty yet."""
    monkeypatch.setenv("FLOWSTYLE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "config" / "presets").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    write_clip(Path("clip.mp4"), count=3)
    for number, name in enumerate(("style.png", "other.png")):
        cv2.imwrite(name, picture(0, (64, 48), seed=number))
    write_trained(Path("dots.safetensors"))
    return tmp_path


def own(text: str) -> None:
    Path("config/defaults.toml").write_text(text, encoding="utf-8")


def same(one: Path, other: Path) -> bool:
    """Whether two results have the same bytes: the work folders' frames, and the files."""
    frames = [sorted((p.parent / (p.name + ".flowstyle")).glob("stylised/*")) for p in (one, other)]
    assert frames[0]
    pairs = zip(*frames, strict=True)
    return one.read_bytes() == other.read_bytes() and all(
        a.read_bytes() == b.read_bytes() for a, b in pairs
    )


@pytest.mark.parametrize(
    "options",
    [
        ["style.png", "--stability", "0.4", "--codec", "ffv1", "--width", "48", *QUICK],
        ["style.png", "other.png", "--blend", "3,1", "--preset", "mine", "--quality", "30", *QUICK],
        ["dots.safetensors", "--stability", "0.5", "--width", "48", "--no-measure"],
    ],
)
def test_the_file_beside_a_result_makes_it_again(folder: Path, options: list[str]) -> None:
    preset = Path("config/presets/mine.toml")
    preset.write_text('extends = "draft"\nlong_term = [1]\nfill_iterations = 1\n', encoding="utf-8")
    own("style_weight = 9\n")
    assert run(["run", "clip.mp4", *options, "-o", "one.mkv"]) == 0
    kept = tomllib.loads(Path("one.mkv.toml").read_text(encoding="utf-8"))
    assert kept["style_weight"] == 9.0
    # Neither the preset nor the defaults are as they were; what was typed is not typed again.
    preset.unlink()
    own("style_weight = 1\nwidth = 64\n")
    styles = [one for one in options if one.endswith((".png", ".safetensors"))]
    again = ["run", "clip.mp4", *styles, "--settings", "one.mkv.toml", "--no-measure"]
    assert run([*again, "-o", "two.mkv"]) == 0
    assert same(Path("one.mkv"), Path("two.mkv"))
    first, second = (
        Path(f"{name}.mkv.toml").read_text(encoding="utf-8") for name in ("one", "two")
    )
    assert first.replace("one.mkv", "two.mkv") == second
    # An option goes before the file.
    assert run([*again, "-o", "three.mkv", "--seed", "7", "--style-scale", "0.5"]) == 0
    third = tomllib.loads(Path("three.mkv.toml").read_text(encoding="utf-8"))
    assert (third["seed"], third["style_scale"]) == (7, 0.5)


def test_a_file_of_the_users_own_is_not_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.mkv.toml").write_text("width = 48\n", encoding="utf-8")
    words = ["run", "clip.mp4", "dots.safetensors", "--no-measure", "-o", "out.mkv"]
    assert run([*words, "--settings", "out.mkv.toml"]) == 0
    assert Path("out.mkv.toml").read_text(encoding="utf-8") == "width = 48\n"
    assert "settings are not kept: " in capsys.readouterr().err


def test_the_dial_is_not_turned_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "clip.mp4", "dots.safetensors", "--width", "48", "--no-measure", "-o", "a.mkv"]
    assert run([*words, "--stability", "0.3"]) == 0
    again = [*words[:-1], "b.mkv", "--settings", "a.mkv.toml"]
    assert run([*again, "--stability", "0.9"]) == 2
    assert "was made with --stability 0.3" in capsys.readouterr().err
    assert run([*again, "--stability", "0.3", "--preset", "draft"]) == 0
    assert "--preset has no effect here: a.mkv.toml holds" in capsys.readouterr().err


def test_own_defaults_are_said_in_one_line_and_can_be_left_aside(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own('width = 48\n[result]\ncodec = "ffv1"\n')
    words = ["run", "clip.mp4", "dots.safetensors", "--no-measure"]
    assert run([*words, "-o", "a.mkv"]) == 0
    said = capsys.readouterr().err
    (line,) = [one for one in said.splitlines() if one.startswith("defaults: ")]
    assert line.startswith("defaults: width 48, codec ffv1, from ")
    assert "size: 48×" in said
    assert run([*words, "-o", "b.mkv", "--no-defaults"]) == 0
    said = capsys.readouterr().err
    assert not [one for one in said.splitlines() if one.startswith("defaults")]
    assert "size: 64×" in said
    assert run([*words, "-o", "c.mkv", "--width", "32"]) == 0
    assert "size: 32×" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("widht = 3\n", "widht in "),
        ("preset = [1]\n", "preset in "),
        ("width = [\n", "defaults.toml"),
        ('[result]\ncodek = "av1"\n', "codek in [result]"),
        ("[result]\nquality = true\n", "quality in [result]"),
        ("result = 3\n", "defaults.toml"),
        ("width = 3\n", "width in "),
    ],
)
def test_fault_wrong_own_defaults_name_their_file(
    folder: Path, text: str, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own(text)
    assert run(["run", "clip.mp4", "dots.safetensors"]) == 2
    said = capsys.readouterr().err
    assert where in said
    assert str(folder / "config" / "defaults.toml") in said
    assert not Path("clip_dots.mp4").exists()
    assert run(["image", "style.png", "dots.safetensors"]) == 2


def test_order_of_precedence(tmp_path: Path) -> None:
    """Program, own defaults, named preset, settings file, options: each over the one before."""
    mine = SettingsFile(tmp_path / "d", {"iterations": 1, "style_weight": 2.0, "seed": 3})
    file = SettingsFile(tmp_path / "f", {"style_weight": 4.0, "seed": 5})
    # No preset is named: the own defaults lie above the one that is taken then.
    assert load_settings({}).iterations == 4
    assert load_settings({}, own=mine).iterations == 1
    # A preset that is named lies above them.
    named = load_settings({}, own=mine, preset="draft")
    assert (named.iterations, named.style_weight, named.seed) == (3, 2.0, 3)
    whole = load_settings({"seed": 6}, own=mine, preset="draft", file=file)
    assert (whole.iterations, whole.style_weight, whole.seed) == (3, 4.0, 6)
    # The preset's name: option, file, own defaults, usual.
    own_named = SettingsFile(tmp_path / "d", {}, preset="draft")
    file_named = SettingsFile(tmp_path / "f", {}, preset="ruder")
    assert load_settings({}, own=own_named, usual="still").preset == "draft"
    assert load_settings({}, own=own_named, file=file_named).preset == "ruder"
    assert load_settings({}, own=own_named, file=file_named, preset="still").preset == "still"
    assert load_settings({}, usual="still").preset == "still"


@pytest.mark.parametrize(
    "changes", [{}, {"stability": 0.2}, {"stability": 0}, {"optimizer": "lbfgs"}]
)
@pytest.mark.parametrize("preset", ["default", "ruder", "multipass", "gatys"])
def test_a_complete_file_gives_the_settings_back(
    tmp_path: Path, preset: str, changes: dict[str, object]
) -> None:
    settings = Settings.from_preset(preset, next_learning_rate=None, **changes)
    text = as_text(settings.model_dump(mode="json"), {}, "of\nsomething", complete=True)
    path = tmp_path / "kept.toml"
    path.write_text(text, encoding="utf-8")
    assert load_settings({}, file=path) == settings
    assert (
        load_settings({}, file=read_settings(path), own=SettingsFile(path, {"seed": 3})) == settings
    )


def test_fault_a_complete_file_with_a_wrong_dial(tmp_path: Path) -> None:
    for number, dial in enumerate(('"much"', "7", "[0.5]")):
        path = tmp_path / f"{number}.toml"
        path.write_text(f"complete = true\nstability = {dial}\n", encoding="utf-8")
        with pytest.raises(UsageError) as refused:
            load_settings({}, file=path)
        assert refused.value.where == f"stability in {path}"


def test_a_value_of_any_kind_comes_back(tmp_path: Path) -> None:
    odd = 'a "quoted" \\ path\twith\n signs \x7f é 🎨'
    values = {"a": odd, "b": 1e-06, "c": True, "d": ("x", odd), "e": (), "f": 2**63 - 1, "g": None}
    path = tmp_path / "odd.toml"
    path.write_text(as_text(values, {"blend": [1.0, 3]}, "", complete=False), encoding="utf-8")
    back = read_settings(path)
    assert back.values == {
        **{k: v for k, v in values.items() if v is not None},
        "d": ["x", odd],
        "e": [],
    }
    assert back.result == {"blend": [1.0, 3]}
    assert not back.complete


def test_files_may_begin_with_a_byte_order_mark(folder: Path) -> None:
    """influxdata/telegraf#1378: editors on Windows write one, and TOML readers refuse it."""
    Path("my.toml").write_text("\ufeffiterations = 3\n", encoding="utf-8")
    assert read_settings(Path("my.toml")).values == {"iterations": 3}
    Path("config/presets/mine.toml").write_text("\ufeffiterations = 4\n", encoding="utf-8")
    assert Settings.from_preset("mine").iterations == 4


def test_own_presets_stand_in_the_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    presets = Path("config/presets")
    (presets / "mine.toml").write_text('extends = "draft"\niterations = 3\n', encoding="utf-8")
    assert run(["presets", "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)["presets"]}
    assert listed["mine"]["own"]
    assert listed["mine"]["sets"]["iterations"] == 3
    assert listed["mine"]["sets"]["flow_quality"] == "draft"
    assert all(one["about"] and one["cost"] for one in listed.values() if not one["own"])
    assert run(["presets"]) == 0
    shown = capsys.readouterr().out
    assert "mine: your own, " in shown
    assert run(["presets", "mine"]) == 0
    assert "extends: draft" in capsys.readouterr().out
    assert Settings.from_preset("mine").iterations == 3


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ({"mine": 'extends = "mine"\n'}, "in a circle"),
        ({"mine": 'extends = "yours"\n', "yours": 'extends = "mine"\n'}, "in a circle"),
        ({"mine": 'extends = "nothing"\n'}, "there is no preset 'nothing'"),
        ({"mine": "iterations = \n"}, "the preset mine cannot be read"),
    ],
)
def test_fault_own_presets_that_cannot_be(folder: Path, texts: dict[str, str], what: str) -> None:
    for name, text in texts.items():
        Path(f"config/presets/{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=what) as refused:
        Settings.from_preset("mine")
    if "circle" in what:
        assert refused.value.where == " → ".join([*texts, "mine"])


def test_a_result_without_room_for_its_settings_is_complete(folder: Path) -> None:
    settings_path(Path("out.mkv")).mkdir()
    told: list[object] = []
    quick = Settings.from_preset("default", width=48)
    done = stylize_video(
        "clip.mp4",
        ["dots.safetensors"],
        quick,
        Output(Path("out.mkv"), measure=False),
        report=told.append,
    )
    assert done.frames == 3
    assert any("settings are not kept" in getattr(one, "text", "") for one in told)
