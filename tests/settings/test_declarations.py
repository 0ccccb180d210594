"""Every field says all there is to say about it, once."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import get_args

import pytest

from flowstyle.core.errors import UsageError
from flowstyle.settings import Settings, option_of
from flowstyle.settings import settings as settings_module
from flowstyle.settings.catalogue import SettingField, fields, words
from flowstyle.settings.declaration import Panel
from flowstyle.settings.effects import NEEDS, without_effect

FIELDS = list(fields().values())


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_field_has_help_panel_and_range(field: SettingField) -> None:
    assert field.help.endswith(".")
    assert field.help[0].isupper()
    assert field.panel in get_args(Panel)
    assert set(field.needs) <= NEEDS.keys()
    if field.kind in (int, float) and not field.is_list:
        assert field.range
    if field.kind is int and field.name != "seed":
        assert field.declared.unit


def test_fields_come_in_the_order_of_their_groups() -> None:
    names = [field.name for field in FIELDS]
    order = ("width", "content_weight", "effort", "neighbors", "sweeps", "missed", "features")
    assert sorted(order, key=names.index) == list(order)
    assert len(names) == len(set(names))


def test_options_are_named_as_they_are_declared() -> None:
    assert option_of("mask_dilate") == "--dilate"
    assert option_of("first_start") == "--start"
    assert option_of("original_colors") == "--original-colors"
    assert option_of("tv_weight") == "--tv-weight"
    assert option_of("no_such_field") == "--no-such-field"
    options = [field.option for field in FIELDS if field.declared.cli]
    assert len(options) == len(set(options))


def test_types_choices_and_ranges_are_read_from_the_fields() -> None:
    found = fields()
    assert found["width"].kind is int
    assert found["width"].range == "16 to 16384"
    assert found["style_scale"].range == "> 0, ≤ 8"
    assert found["seed"].range == "0 to 2^63 - 1"
    assert found["weights"].kind is Path
    assert (found["long_term"].kind, found["long_term"].is_list) == (int, True)
    assert found["optimizer"].choices == ("adam", "lbfgs")
    assert found["features"].choices == ("auto", "vgg19", "compact")
    assert words(("a", "b", "c")) == "a, b or c"
    assert words(("a",)) == "a"
    assert words(()) == ""


def test_a_schema_can_be_made_of_them() -> None:
    schema = Settings.model_json_schema()
    assert schema["properties"]["style_scale"]["exclusiveMinimum"] == 0


def test_each_need_is_lacking_somewhere_and_met_somewhere() -> None:
    everything = [
        Settings(),
        Settings(
            neighbors=False,
            mask_rule="reference",
            features="compact",
            temporal_weight=0,
            start="noise",
            fill_content=False,
            engine="network",
            optimizer="lbfgs",
            flow="raft",
            shots=Path("shots.csv"),
            sweeps=2,
            long_term=(1, 10),
        ),
        Settings(engine="network", refine=2),
    ]
    for name, need in NEEDS.items():
        assert {need.lacking(one) for one in everything} == {True, False}, name


def test_the_first_need_that_is_not_met_is_the_reason() -> None:
    alone = Settings(neighbors=False, temporal_weight=0, mask_rule="reference")
    found = without_effect(alone, ["temporal_loss", "missed", "cuts"])
    assert found == {
        "missed": "the reference's masks are used",
        "temporal_loss": "every frame is made alone",
    }


def test_settings_from_a_preset() -> None:
    settings = Settings.from_preset("draft", width=640, next_learning_rate=None)
    assert (settings.preset, settings.width, settings.features) == ("draft", 640, "compact")
    assert settings.next_learning_rate is None  # None is a value here
    with pytest.raises(UsageError, match="there is no preset"):
        Settings.from_preset("best")
    with pytest.raises(UsageError, match="got"):
        Settings.from_preset("draft", width=3)


def test_examples_run() -> None:
    done = doctest.testmod(settings_module)
    assert done.attempted
    assert not done.failed
