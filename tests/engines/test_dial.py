"""The dial ``stability`` on real paint: less trust must not cost the style."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flowstyle.features.compact import load_compact
from flowstyle.settings import Settings
from tests.helpers.memory_frames import MemoryFrames
from tests.helpers.painting import paint, panning, style_picture, texture

STYLE = texture(9, 48, 48)
LAYERS = ["relu1_1", "relu2_1", "relu3_1"]


def distance(image: Tensor) -> float:
    """Of a picture's Gram matrices from the style's, by their formula, in float64."""
    network, total = load_compact(), 0.0
    for layer in LAYERS:
        grams = []
        for picture in (image, STYLE):
            found = network(picture, [layer])[layer][0].flatten(1).double()
            grams.append(found @ found.T / found.shape[1])
        total += float((grams[0] - grams[1]).square().sum() / grams[1].square().sum())
    return total


@pytest.mark.parametrize("dial", [0.1, 0.3])
def test_the_last_frame_has_as_much_of_the_style_as_the_first(dial: float) -> None:
    settings = Settings.from_preset("default", features="compact", stability=dial)
    frames = MemoryFrames([torch.clamp(0.2 + 0.6 * frame, 0, 1) for frame in panning(7)])
    painted = paint(frames, settings, styles=(style_picture(STYLE),))
    assert distance(painted[-1]) < 1.25 * distance(painted[0])
