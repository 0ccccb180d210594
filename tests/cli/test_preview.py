"""``flowstyle preview`` on the command line, on tiny clips."""

from __future__ import annotations

import json
import shlex
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from flowstyle.cli import preview
from flowstyle.cli.main import run
from flowstyle.core.errors import OutputError, UsageError
from flowstyle.report.layout import caption_height
from flowstyle.settings.typed import typed
from scripts.common.motion import motion_clip
from tests.helpers.media import picture, write_clip

QUICK = (
    *("--features", "compact", "--first-iterations", "1", "--iterations", "1"),
    *("--seconds", "30", "--settings", "quick.toml"),
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a clip, two styles and settings that take no time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(preview, "seconds_since_start", lambda: 2.0)
    write_clip(tmp_path / "my clip.mp4", pictures=motion_clip(64, 48, 6).frames)
    for number in (1, 2):
        Image.fromarray(picture(0, (48, 48), seed=number)).save(tmp_path / f"s{number}.png")
    (tmp_path / "quick.toml").write_text("fill_iterations = 0\nflow_quality = 'draft'\n")
    return tmp_path


def invoke(*arguments: str):
    app = typer.Typer()
    preview.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["preview", *arguments])


def test_a_sheet_a_moving_piece_and_the_command_of_the_render(here: Path) -> None:
    result = invoke("my clip.mp4", "s1.png", *QUICK, "--style-weight", "8")
    assert result.exit_code == 0, result.output
    sheet = np.asarray(Image.open(here / "my clip_s1.preview.png"))
    assert sheet.shape[1] > 3 * 64
    with Image.open(here / "my clip_s1.preview.webp") as moving:
        assert moving.n_frames > 2
    line = result.stdout.strip().splitlines()[-1].strip()
    assert shlex.split(line)[:4] == ["flowstyle", "run", "my clip.mp4", "s1.png"]
    for part in ("--style-weight 8.0", "--iterations 1", "--settings quick.toml"):
        assert part in line
    assert "--seconds" not in line
    assert "B of memory" in result.stdout
    # The command does what it says.
    code = run([*shlex.split(line)[1:], "-o", "out.mp4", "--quiet", "--no-measure"])
    assert (code, (here / "out.mp4").exists()) == (0, True)


def test_pixels_that_are_not_square_are_shown_as_a_player_shows_them(here: Path) -> None:
    pictures = motion_clip(32, 48, 6).frames
    write_clip(here / "clip.mp4", pictures=pictures, aspect=Fraction(2))
    assert invoke("clip.mp4", "s1.png", *QUICK).exit_code == 0
    with Image.open(here / "clip_s1.preview.webp") as moving:
        shown = moving.size
    gaps, caption = 3 * 4, caption_height(2 * 48)
    assert shown == (2 * 2 * 64 + gaps, 2 * 48 + caption + 2 * 4)
    with Image.open(here / "clip_s1.preview.png") as sheet:
        assert sheet.width == pytest.approx(3 * 4 * 64, abs=20)


def test_a_second_preview_takes_the_place_of_the_first(here: Path) -> None:
    """The moving piece that is there is no clip, and is not asked what it has to be kept."""
    for style in ("s1.png", "s2.png"):
        result = invoke("my clip.mp4", style, *QUICK, "-o", "look.png", "--overwrite")
        assert result.exit_code == 0, result.output


def test_the_command_names_a_network_as_it_was_typed(here: Path) -> None:
    result = invoke("my clip.mp4", "candy", "--width", "64", *QUICK[-4:])
    assert result.exit_code == 0, result.output
    line = shlex.split(result.stdout.strip().splitlines()[-1])
    assert line[:4] == ["flowstyle", "run", "my clip.mp4", "candy"]


def test_styles_and_presets_make_a_grid(here: Path) -> None:
    result = invoke(
        "my clip.mp4", "s1.png", "s2.png", "--presets", "draft,default", *QUICK, "--json"
    )
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    labels = [look["label"] for look in told["looks"]]
    assert labels == ["s1, draft", "s1, default", "s2, draft", "s2, default"]
    assert [moment["frame"] for moment in told["moments"]][::2] == [0, 5]
    commands = [shlex.split(look["command"]) for look in told["looks"]]
    results = {words[words.index("-o") + 1] for words in commands}
    assert results == {f"my clip_s{n}_{p}.mp4" for n in (1, 2) for p in ("draft", "default")}
    for look in told["looks"]:
        estimate = look["estimate"]
        assert estimate["frames"] == 6
        assert estimate["seconds"] > 0
        assert estimate["memory"] > 1e8
    height = np.asarray(Image.open(here / told["path"])).shape[0]
    assert height > 5 * 48  # the clip and four looks


def test_what_is_there_is_not_replaced_unasked(here: Path) -> None:
    (here / "old.png").write_bytes(b"old")
    result = invoke("my clip.mp4", "s1.png", *QUICK, "-o", "old.png")
    assert isinstance(result.exception, OutputError)
    (here / "new.webp").write_bytes(b"old")
    result = invoke("my clip.mp4", "s1.png", *QUICK, "-o", "new.png")
    assert isinstance(result.exception, OutputError)
    assert not (here / "new.png").exists()
    result = invoke("my clip.mp4", "s1.png", *QUICK, "-o", "s1.png", "--overwrite")
    assert "would replace what is read" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("my clip.mp4", "s1.png", "--presets", "draft,none"), 2),
        (("my clip.mp4", "s1.png", "--presets", "draft", "--preset", "draft"), 2),
        (("my clip.mp4", "s1.png", "--seconds", "1"), 2),
        (("my clip.mp4", "s1.png", "--start-frame", "99"), 2),
        (("my clip.mp4",), 2),
        (("none.mp4", "s1.png"), 10),
        (("my clip.mp4", "none.png"), 11),
        (("s1.png", "my clip.mp4"), 2),
        (("my clip.mp4", "s1.png", "-o", "sheet.mp4"), 12),
        (("my clip.mp4", "s1.png", "-o", "none/sheet.png"), 12),
    ],
)
def test_what_will_not_do_is_explained_before_anything_is_painted(
    arguments: tuple[str, ...], code: int, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name for path in here.iterdir()}
    assert run(["preview", *arguments]) == code
    said = capsys.readouterr().err
    assert "where:" in said
    assert "what to do:" in said
    assert {path.name for path in here.iterdir()} == before


def test_an_estimate_is_made_also_where_the_result_exists(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "out.mp4").write_bytes(b"old")
    words = ["run", "my clip.mp4", "s1.png", "-o", "out.mp4", "--estimate", *QUICK]
    words = [word for word in words if word not in ("--seconds", "30")]
    assert run(words) == 0
    assert "time: about" in capsys.readouterr().out
    assert (here / "out.mp4").read_bytes() == b"old"


def test_commands_are_typed_as_a_person_would() -> None:
    given = {"style_layers": ("a", "b"), "original_colors": True, "width": 64}
    line = typed("run", ["it's.mp4"], given, {"--quality": 18, "--codec": None, "--debug": True})
    assert shlex.split(line) == [
        *("flowstyle", "run", "it's.mp4", "--style-layers", "a,b", "--original-colors"),
        *("--width", "64", "--quality", "18", "--debug"),
    ]


def test_too_many_looks_are_refused() -> None:
    from flowstyle.render.preview.make import preview_video

    with pytest.raises(UsageError, match="0 looks"):
        preview_video("clip.mp4", [])
