"""Choices that a declaration names are those of the registries that decide."""

from __future__ import annotations

import pytest

from flowstyle.core.registry import Registry
from flowstyle.engines.registry import ENGINES
from flowstyle.features.registry import FEATURE_NETWORKS
from flowstyle.flow.registry import FLOW_METHODS
from flowstyle.losses.style_loss import STYLE_LOSSES
from flowstyle.settings.catalogue import fields

ELSEWHERE = {"flow": {"auto", "a folder of .flo files"}}
"""What is chosen without a registry."""
ALIASES = {"raft_large"}


@pytest.mark.parametrize(
    ("name", "registry"),
    [
        ("features", FEATURE_NETWORKS),
        ("flow", FLOW_METHODS),
        ("style_loss", STYLE_LOSSES),
        ("engine", ENGINES),
    ],
)
def test_declared_choices_are_the_registrys(name: str, registry: Registry[object]) -> None:
    own = set(registry._places)  # without parts that other tests have added
    assert set(fields()[name].choices) == (own - ALIASES) | ELSEWHERE.get(name, set())
