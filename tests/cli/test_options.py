"""Options that come from the declarations of the settings: their names, what they give."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from flowstyle.cli import eval as eval_command
from flowstyle.cli import flow, image, run
from flowstyle.cli.main import app as whole
from flowstyle.cli.options import As, Given, Quiet, numbers, with_settings
from flowstyle.core.errors import UsageError
from flowstyle.settings import Settings
from flowstyle.settings.catalogue import fields

OPTIONS = {
    "run": """--output -o --blend --preset --settings --width --frames --start-frame --shots --part
        --paint-bars --keep-bars --content-weight
        --style-weight --palette-weight --temporal-weight
        --tv-weight --content-layers --style-layers --style-scale
        --stability --style-loss --long-term --temporal-loss --normalize-gradients --plain-gradients
        --original-colors --style-colors --match-colors --no-match-colors --missed --overshoot
        --edges --dilate --blur --soften --iterations --first-iterations --effort --sweeps
        --optimizer --learning-rate --seed --device --precision --memory --engine --refine --flow
        --features --weights --pooling --codec --pix-fmt --quality --audio --on-corrupt --fps
        --stream --budget --tune --estimate --restart --debug --workers --devices --report
        --executor --address --cpus-per-job --gpus-per-job --no-shared-disk
        --no-report --no-defaults --measure --no-measure --overwrite --verbose --quiet --json""",
    "batch": """--dry-run --stop-at-first-failure --restart --overwrite --quiet --json""",
    "preview": """--output -o --preset --presets --settings --seconds --width --frames
        --start-frame --shots --paint-bars --keep-bars --content-weight
        --style-weight --palette-weight --temporal-weight
        --tv-weight --content-layers --style-layers --style-scale
        --stability --style-loss --long-term --temporal-loss --normalize-gradients --plain-gradients
        --original-colors --style-colors --match-colors --no-match-colors --missed --overshoot
        --edges --dilate --blur --soften --iterations --first-iterations --effort --sweeps
        --optimizer --learning-rate --seed --device --precision --memory --engine --refine --flow
        --features --weights --pooling --codec --pix-fmt --quality --audio --on-corrupt --fps
        --stream --part
        --overwrite --quiet --json""",
    "image": """--effort --learning-rate --noise --normalize-gradients --plain-gradients
        --output -o --preset --width --sweep --reconstruct --alpha-beta --content-weight
        --style-weight --palette-weight --tv-weight --content-layers
        --style-layers --style-scale --style-loss
        --no-defaults --settings
        --blend --original-colors --style-colors --match-colors --no-match-colors --start
        --iterations --optimizer --seed --device --precision --memory --engine --refine --features
        --weights --pooling --overwrite --quiet --json""",
    "presets": "--json",
    "weights": "--quiet --json",
    "styles": "--show --overwrite --json",
    "flow": """--output -o --width --frames --start-frame --flow --fps --write-flo --stream
        --overwrite --quiet --json""",
    "eval": """--style --judge --fps --frames --style-scale --start-frame --features --weights
        --device --stream --report --no-report --verbose --quiet --json""",
    "report": "--verbose --quiet --json",
    "mask": "--output -o --overwrite",
    "debug": "--frame --output -o --radius --overwrite --quiet --json",
    "compare": "--output -o --labels --wipe --width --fps --overwrite --quiet --json",
    "doctor": "--json",
    "studio": "--folder --port --address --token --quiet",
}
"""As they were when each command still wrote them out."""


@pytest.mark.parametrize("name", OPTIONS)
def test_commands_have_the_options_that_they_had(name: str) -> None:
    group: Any = typer.main.get_command(whole)
    found = [
        flag
        for one in group.commands[name].params
        if one.param_type_name == "option"
        for flag in (*one.opts, *one.secondary_opts)
    ]
    assert sorted(found) == sorted(OPTIONS[name].split())


def test_fields_with_an_option_are_those_that_a_command_offers() -> None:
    listed = (*run.FIELDS, *image.FIELDS, *flow.FIELDS, *eval_command.FIELDS, "preset")
    offered = {one.field if isinstance(one, As) else one for one in listed}
    assert offered == {name for name, field in fields().items() if field.declared.cli}


def given_by(*arguments: str, offered: tuple[str | As, ...]) -> Given:
    """What a command is given that offers some settings."""
    seen: list[Given] = []

    @with_settings(*offered)
    def command(clip: Annotated[str, typer.Argument()], given: Given, quiet: Quiet = False) -> None:
        assert (clip, quiet) == ("clip", True)
        seen.append(given)

    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, ["clip", "--quiet", *arguments])
    if result.exception is not None:
        raise result.exception
    return seen[0]


def test_only_what_was_given_is_given() -> None:
    offered = ("width", "original_colors", "mask_dilate", "style_layers", "long_term", "weights")
    assert given_by(offered=offered) == {}
    arguments = (
        "--dilate",
        "0",
        "--style-colors",
        "--style-layers",
        " a, b,",
        "--long-term",
        "1,5",
    )
    assert given_by(*arguments, offered=offered) == {
        "mask_dilate": 0,
        "original_colors": False,
        "style_layers": ("a", "b"),
        "long_term": (1, 5),
    }


def test_wrong_lists_are_explained() -> None:
    with pytest.raises(UsageError, match="whole numbers") as caught:
        given_by("--long-term", "1,x", offered=("long_term",))
    assert caught.value.where == "--long-term"
    with pytest.raises(UsageError, match="list of numbers"):
        numbers("a,b", "--blend", float)


def test_an_option_may_differ_in_one_command() -> None:
    offered = (As("first_iterations", flag="--iterations"), As("frames", least=1))
    assert given_by("--iterations", "7", offered=offered) == {"first_iterations": 7}
    with pytest.raises(SystemExit) as ended:
        given_by("--frames", "0", offered=offered)
    assert ended.value.code == 2


def test_help_shows_the_choices_and_panels_of_the_declarations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    text = CliRunner().invoke(whole, ["run", "--help"]).output
    assert "Method of optimisation: adam or lbfgs." in text
    assert "How it is computed" in text


class Stopped(Exception):
    """Instead of painting."""


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """The settings that ``image`` makes of its options."""
    original = image.load_settings
    made: list[Settings] = []

    def load(*arguments: Any, **named: Any) -> Settings:
        made.append(original(*arguments, **named))
        raise Stopped

    monkeypatch.setattr(image, "load_settings", load)

    def call(*options: str) -> Settings:
        app = typer.Typer()
        image.register(app)
        result = CliRunner().invoke(app, ["photo.png", "style.png", *options])
        assert isinstance(result.exception, Stopped), result.output
        return made[-1]

    return call


def test_pictures_take_the_preset_for_pictures(settings_of: Callable[..., Settings]) -> None:
    assert settings_of() == Settings.from_preset("still")
    for name in ("default", "draft"):
        assert settings_of("--preset", name) == Settings.from_preset(name)
    plain = settings_of("--iterations", "3", "--tv-weight", "5", "--start", "noise")
    assert (plain.first_iterations, plain.tv_weight, plain.first_start) == (3, 5, "noise")


def test_a_ratio_brings_the_units_of_gatys(settings_of: Callable[..., Settings]) -> None:
    ratio = settings_of("--alpha-beta", "1e-3")
    assert ratio.model_copy(update={"preset": "gatys"}) == Settings.from_preset(
        "gatys", content_weight=1e-3
    )
    sweep = settings_of("--sweep", "--preset", "draft")
    assert (sweep.normalization, sweep.features) == ("gatys", "compact")
    assert sweep.first_start == "content"
    assert (sweep.optimizer, sweep.learning_rate, sweep.first_iterations) == ("adam", 0.015, 120)
    assert settings_of("--sweep", "--start", "noise").first_start == "noise"


def test_what_a_layer_keeps_is_shown_with_average_pooling(
    settings_of: Callable[..., Settings],
) -> None:
    assert settings_of("--reconstruct", "relu4_2").pooling == "average"
    assert settings_of("--reconstruct", "relu4_2", "--pooling", "max").pooling == "max"


def test_help_needs_no_torch() -> None:
    code = "import sys; import flowstyle.cli.main; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
