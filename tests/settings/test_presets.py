"""Presets for pictures, presets on top of presets, and the steps that go with an optimiser."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowstyle.settings import Settings, load_preset, load_settings


def test_a_picture_has_more_time_than_a_first_frame() -> None:
    still = load_settings({}, preset="still")
    assert load_preset("still") == {
        "first_iterations": 120,
        "learning_rate": 0.015,
        "average": 0.9,
        "tv_weight": 1.0,
        "range_weight": 100,
    }
    assert still.first_iterations > Settings().first_iterations


def test_gatys_extends_still() -> None:
    gatys = load_settings({}, preset="gatys")
    assert (gatys.normalization, gatys.pooling, gatys.optimizer) == ("gatys", "average", "adam")
    assert (gatys.style_weight, gatys.tv_weight) == (0.25, 0)
    assert gatys.first_iterations == 120


def test_a_ratio_takes_its_steps_also_on_top_of_a_preset_of_another_optimiser() -> None:
    both = load_settings({}, preset="ruder", on_top="gatys")
    assert (both.optimizer, both.learning_rate) == ("adam", 0.015)


def test_a_preset_on_top_of_another() -> None:
    both = load_settings({"seed": 3, "tv_weight": 2}, preset="draft", on_top="gatys")
    assert both.preset == "draft"
    assert both.features == "compact"  # of the lower one
    assert both.first_iterations == 120  # of the upper one
    assert (both.tv_weight, both.seed) == (2, 3)


@pytest.mark.parametrize(
    ("preset", "steps"),
    [("still", (0.015, 0.007)), ("ruder", (0.012, 0.007))],
)
def test_adam_in_place_of_lbfgs_takes_steps_of_its_own(
    preset: str, steps: tuple[float, float]
) -> None:
    settings = load_settings({"optimizer": "adam"}, preset=preset)
    assert (settings.learning_rate, settings.next_learning_rate) == steps
    above = load_settings({"optimizer": "adam"}, preset="default", on_top=preset)
    assert above.learning_rate == steps[0]
    own = load_settings({"optimizer": "adam", "learning_rate": 0.5}, preset=preset)
    assert own.learning_rate == 0.5


def test_lbfgs_in_a_file_has_its_step_and_stays_within_the_colours(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text('preset = "still"\noptimizer = "lbfgs"\n')
    settings = load_settings({}, file=file)
    assert (settings.learning_rate, settings.next_learning_rate) == (1, 1)
    assert settings.range_weight == 100
