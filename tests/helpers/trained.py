"""Small networks made by hand, which stand for trained ones."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from flowstyle.networks.card import Card, CardFeatures, CardStyle
from flowstyle.networks.feed_forward import FeedForward
from flowstyle.networks.file import TrainedStyle, save_trained
from tests.helpers.media import picture

WIDTHS = (6, 8)


def trained(seed: int = 0, sha256: str = "") -> TrainedStyle:
    """A network of random weights.

    Args:
        seed: of the weights.
        sha256: of the picture that it is said to be trained for.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = FeedForward(WIDTHS, 1)
    with torch.no_grad():
        network.leave.weight.mul_(4)  # strong colours
        for value in network.parameters():
            value.copy_(value.half().float())  # as a file holds them
    pixels = picture(0, (48, 40), seed=7)
    card = Card(
        name="dots",
        styles=(CardStyle(name="dots", sha256=sha256),),
        widths=WIDTHS,
        blocks=1,
        features=CardFeatures(name="compact", digest=""),
        steps=12,
        minutes=0.5,
        style_size=400,
        settings={"style_weight": 10.0, "batch": 2, "device": "cpu"},
        figures={"style": 0.25},
        created_by="0.0",
    )
    return TrainedStyle(network.eval(), card, pixels)


def write_trained(path: Path, **how) -> Path:
    """A file of :func:`trained`."""
    save_trained(path, trained(**how))
    return path


def sha256(path: Path) -> str:
    """Of a file, worked out here."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
