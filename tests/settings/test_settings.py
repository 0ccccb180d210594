from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowstyle.core.errors import UsageError
from flowstyle.settings import (
    Settings,
    load_preset,
    load_settings,
    preset_names,
    stability_values,
)


def test_presets_that_the_readme_names_are_there_and_valid():
    assert {"draft", "default", "independent", "ruder", "multipass"} <= set(preset_names())
    for name in preset_names():
        assert load_settings({}, preset=name).preset == name


def test_order_of_precedence(tmp_path):
    file = tmp_path / "my.toml"
    file.write_text('preset = "draft"\niterations = 3\nstyle_weight = 7\n')
    settings = load_settings({"style_weight": 9.0, "seed": None}, file=file)
    assert settings.preset == "draft"
    assert settings.first_iterations == load_preset("draft")["first_iterations"]
    assert settings.iterations == 3
    assert settings.style_weight == 9.0
    assert settings.seed == 0


@pytest.mark.parametrize(
    "options",
    [
        {"width": 3},
        {"iterations": -1},
        {"learning_rate": 0},
        {"optimizer": "sgd"},
        {"no_such_option": 1},
        {"style_layers": ()},
        {"stability": 1.5},
        {"style_weight": "much"},
    ],
)
def test_a_wrong_value_is_named_with_its_option(options):
    with pytest.raises(UsageError) as caught:
        load_settings(options)
    assert caught.value.exit_code == 2
    assert "got" in caught.value.what


def test_the_command_lines_preset_beats_the_files(tmp_path):
    file = tmp_path / "my.toml"
    file.write_text('preset = "draft"\n')
    assert load_settings({}, preset="ruder", file=file).preset == "ruder"
    assert load_settings({}, file=file).preset == "draft"


def test_iterations_are_those_of_every_frame_where_frames_are_alone():
    settings = load_settings({"iterations": 7}, preset="independent")
    assert settings.first_iterations == 7


def test_long_term_distances_are_sorted_and_checked():
    assert load_settings({"long_term": (10, 1, 10)}).long_term == (1, 10)
    with pytest.raises(UsageError):
        load_settings({"long_term": (0, 1)})


def test_a_dial_beyond_its_ends_is_refused():
    with pytest.raises(UsageError):
        load_settings({"stability": 100.0})


def test_an_unknown_preset_lists_those_there_are():
    with pytest.raises(UsageError, match="draft"):
        load_settings({}, preset="best")


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Settings().width = 3  # type: ignore[misc]


@given(
    st.builds(
        Settings,
        width=st.none() | st.integers(16, 16384),
        style_weight=st.floats(0, 1e6),
        style_layers=st.lists(st.sampled_from(["relu1_1", "relu3_1"]), min_size=1).map(tuple),
        seed=st.integers(0, 2**40),
        stability=st.none(),
    )
)
def test_settings_survive_json(settings):
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_the_dial_is_monotone_and_neutral_at_its_default():
    weights = [load_settings({"stability": s / 10}).temporal_weight for s in range(1, 11)]
    assert weights == sorted(weights)
    assert len(set(weights)) == 10
    assert load_settings({"stability": 0.6}).temporal_weight == load_settings({}).temporal_weight
    assert stability_values({"stability": 0})["neighbors"] is False


def test_the_dial_gives_up_trust_below_its_default():
    dial = [load_settings({"stability": s / 10}).trust for s in range(1, 11)]
    assert dial == sorted(dial)
    assert dial[0] < 0.5
    assert dial[5:] == [1.0] * 5
    assert load_settings({"stability": 0.3}, preset="independent").neighbors


def test_what_the_dial_does_not_trust_is_painted_anew():
    """The less is trusted, the more iterations and the longer steps; a preset's own at 0.6."""
    plain = load_settings({})
    dial = [load_settings({"stability": s / 10}) for s in range(1, 11)]
    iterations = [one.iterations for one in dial]
    assert iterations[:6] == [4 + 27, 4 + 21, 4 + 16, 4 + 11, 4 + 5, 4]
    assert iterations[5:] == [plain.iterations] * 5
    rates = [one.next_learning_rate for one in dial]
    assert rates[:6] == sorted(rates[:6], reverse=True)
    assert plain.learning_rate > rates[0] > rates[5] == pytest.approx(plain.next_learning_rate)


def test_lbfgs_gets_a_step_of_its_own():
    assert load_settings({"optimizer": "lbfgs"}).learning_rate == 1
    assert load_settings({"optimizer": "lbfgs"}).next_learning_rate == 1
    assert load_settings({"optimizer": "lbfgs", "learning_rate": 0.5}).learning_rate == 0.5
    assert load_settings({}).learning_rate < 0.1


def test_frames_made_alone_by_the_dial_take_the_iterations_asked_for():
    assert load_settings({"stability": 0, "iterations": 7}).first_iterations == 7


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_weights_are_finite(value):
    with pytest.raises(UsageError):
        load_settings({"style_weight": value})


@pytest.mark.parametrize("line", ["keyframe_share = 5", 'keyframe_share = "lots"', "keyframes = 1"])
def test_an_error_in_a_file_names_the_file_and_not_an_option(tmp_path: Path, line: str) -> None:
    file = tmp_path / "my.toml"
    file.write_text(line)
    with pytest.raises(UsageError) as caught:
        load_settings({}, file=file)
    assert str(caught.value.where) == f"{line.split()[0]} in {file}"
    with pytest.raises(UsageError, match="got") as caught:
        load_settings({"keyframe_share": -1}, file=file)
    if not line.startswith("keyframes"):
        assert str(caught.value.where) == "--keyframe-share"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iterations": "many"},
        {"iterations": -3},
        {"learning_rate": [1]},
        {"next_learning_rate": 11},
    ],
)
def test_wrong_values_are_refused_beside_the_dial_too(wrong):
    with pytest.raises(UsageError):
        load_settings({"stability": 0.3, **wrong})
