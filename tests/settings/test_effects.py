from flowstyle.settings import load_settings
from flowstyle.settings.effects import without_effect


def test_nothing_is_said_of_options_that_count():
    settings = load_settings({"temporal_weight": 50, "missed": 0.5, "stability": 0.7})
    assert without_effect(settings, ["temporal_weight", "missed", "stability", "width"]) == {}


def test_frames_made_alone_have_no_temporal_options():
    settings = load_settings({"temporal_weight": 50}, preset="independent")
    found = without_effect(settings, ["temporal_weight", "width", "missed"])
    assert list(found) == ["missed", "temporal_weight"]
    # The dial has its effect there too: it brings the neighbours back.
    dial = load_settings({"stability": 0.3}, preset="independent")
    assert dial.neighbors
    assert without_effect(dial, ["stability"]) == {}
    assert without_effect(load_settings({"stability": 0}), ["stability"]) == {}


def test_iterations_beside_refine_are_said_to_count_for_nothing():
    refined = load_settings({"engine": "network", "refine": 2, "iterations": 9})
    assert list(without_effect(refined, ["iterations", "refine", "effort"])) == ["iterations"]


def test_the_references_masks_and_the_small_network_have_no_such_options():
    ruder = load_settings({"edges": 0.5}, preset="ruder")
    assert list(without_effect(ruder, ["edges"])) == ["edges"]
    compact = load_settings({"pooling": "average", "features": "compact"})
    assert list(without_effect(compact, ["pooling"])) == ["pooling"]
