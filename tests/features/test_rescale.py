"""Gatys' units: a mean of one, the same function, the same picture on every machine."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowstyle.features.rescale import (
    CAFFE_RMS,
    CALIBRATION_PICTURES,
    CALIBRATION_SIDE,
    FLOOR,
    CaffeScale,
    MeanOne,
    dead_leaves,
)
from tests.helpers.network import TinyNetwork


def test_every_filter_has_mean_one_over_the_calibration() -> None:
    network = MeanOne(TinyNetwork(), ["relu1_1", "relu3_1"])
    sums = {layer: torch.zeros(8) for layer in network.layers}
    for seed in range(CALIBRATION_PICTURES):
        for layer, features in network(dead_leaves(seed, CALIBRATION_SIDE), network.layers).items():
            sums[layer] += features.mean((0, 2, 3)) / CALIBRATION_PICTURES
    for layer, means in sums.items():
        strong = network.means[layer] > FLOOR * network.means[layer].mean()
        assert int(strong.sum()) >= 3
        np.testing.assert_allclose(means[strong], 1, rtol=1e-4)
        assert float(means.max()) <= 1 + 1e-4  # weak filters stay below, not above


def test_scale_of_the_network_does_not_matter() -> None:
    plain, loud = TinyNetwork(), TinyNetwork()
    loud.weights["relu1_1"] = loud.weights["relu1_1"] * 50
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    a, b = (MeanOne(n, ["relu2_1"])(picture, ["relu2_1"])["relu2_1"] for n in (plain, loud))
    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


def test_dead_leaves_are_the_same_every_time_and_look_like_photographs() -> None:
    picture = dead_leaves(1, 128)
    assert torch.equal(picture, dead_leaves(1, 128))
    assert not torch.equal(picture, dead_leaves(2, 128))
    assert picture.shape == (1, 3, 128, 128)
    assert 0.02 < float(picture.var()) < 0.2
    # Power falls with about the square of the frequency, as in photographs.
    grey = picture.mean(1)[0].double().numpy()
    power = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128)))
    band = (frequency > 0.03) & (frequency < 0.3)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band] + 1e-9), 1)[0]
    assert -3.2 < slope < -1.2


def test_every_network_gets_the_strength_of_caffes():
    """A network in units of its own is brought to the table; one in Caffe's units stays."""
    for strength in (0.02, 1.0, 50.0):
        network = CaffeScale(Louder(strength), ["relu2_1", "conv2_1", "pool1"])
        squares = [
            network(dead_leaves(seed, 128), ["relu2_1"])["relu2_1"].square().mean()
            for seed in range(4)
        ]
        assert float(torch.stack(squares).mean()) ** 0.5 == pytest.approx(CAFFE_RMS["relu2_1"])
        assert network.factors["conv2_1"] == network.factors["relu2_1"]
        assert network.factors["pool1"] == 1.0


class Louder:
    """Answers every layer with the picture, ``strength`` times."""

    name = "louder"

    def __init__(self, strength: float) -> None:
        self.strength = strength

    def __call__(self, image, layers):
        return {layer: self.strength * image for layer in layers}
