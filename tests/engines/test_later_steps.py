"""With which steps later frames are optimised: what the painter asks of Adam."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from flowstyle.core.errors import NotFiniteError
from flowstyle.optimize import adam
from flowstyle.optimize.adaptive_step import AdaptiveStep
from flowstyle.optimize.result import Result
from flowstyle.optimize.schedule import Further
from flowstyle.settings import load_settings
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import paint, panning, texture

QUICK = load_settings(
    {"first_iterations": 1, "fill_iterations": 0, "settled": 0, "lock_static": False}
)
RATE = 0.007


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Adam is asked for later frames; the first time of all it fails."""
    seen: list[dict[str, Any]] = []
    minimise = adam.minimise

    def watched(*pictures: Any, **options: Any) -> Result:
        if options["floors"] is not None:
            seen.append(options)
            if len(seen) == 1:
                raise NotFiniteError("the loss", "iteration 1", "none")
        return minimise(*pictures, **options)

    monkeypatch.setattr(adam, "minimise", watched)
    return seen


def test_what_shows_nothing_new_adapts_its_steps_but_not_at_the_second_try(
    asked: list[dict[str, Any]],
) -> None:
    still = texture(3, 48, 64)
    paint(MemoryFrames([still, still + 0.02 * torch.sin(40 * still)]), QUICK)
    first, second = asked
    assert (first["learning_rate"], first["iterations"]) == (pytest.approx(RATE), 4)
    assert (first["adaptive"], first["further"]) == (AdaptiveStep(), Further(1))
    assert (second["learning_rate"], second["iterations"]) == (pytest.approx(RATE / 2), 4)
    assert (second["adaptive"], second["further"]) == (None, None)


def test_what_shows_much_that_is_new_has_large_steps_in_the_end(
    asked: list[dict[str, Any]],
) -> None:
    paint(MemoryFrames(panning(2)), QUICK)
    assert asked[0]["adaptive"] is None
    assert asked[0]["further"] == Further(12, pytest.approx(3 * RATE))
