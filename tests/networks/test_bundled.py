"""The bundled networks: what they are for, and that they paint it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import Tensor

from flowstyle.core.images import to_tensor
from flowstyle.core.resources import asset
from flowstyle.features.compact import CompactFeatures, load_compact
from flowstyle.guides.styles import StylePicture
from flowstyle.media.pictures import read_picture
from flowstyle.media.probe import probe
from flowstyle.media.reader import read_frames
from flowstyle.networks.file import load_trained
from flowstyle.networks.library import for_picture
from flowstyle.networks.names import BUNDLED
from flowstyle.optimize.pyramid import resize
from flowstyle.render.train_style import style_target, usual_size
from flowstyle.training.leaves import falling_leaves
from flowstyle.training.loss import light_and_dark

FILES = sorted(BUNDLED.glob("*.safetensors"))
each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def features() -> CompactFeatures:
    return load_compact()


@pytest.fixture(scope="module")
def frame() -> Tensor:
    """A frame of the demo clip, 256 pixels wide."""
    clip = probe(asset("demo/clip.mp4"))
    first = next(iter(read_frames(clip, count=1)))
    return resize(to_tensor(first.image), (round(256 * clip.height / clip.width), 256))


def style_of(path: Path) -> Path:
    return asset(f"demo/{path.stem}.jpg")


def test_there_is_one_for_each_demo_style() -> None:
    assert [path.stem for path in FILES] == ["candy", "glass", "night", "waves"]


@each
def test_it_is_small_and_says_what_it_was_trained_for(path: Path) -> None:
    assert path.stat().st_size <= 1_000_000
    (style,) = load_trained(path).card.styles
    digest = hashlib.sha256(style_of(path).read_bytes()).hexdigest()
    assert (style.name, style.sha256) == (path.stem, digest)
    found = for_picture(digest)
    assert found is not None
    assert found.path == path


@each
def test_it_paints_the_style_and_keeps_light_and_dark(
    path: Path, features: CompactFeatures, frame: Tensor
) -> None:
    with torch.no_grad():
        painted = load_trained(path).network(frame)
    picture = read_picture(style_of(path))
    target = style_target(
        features, [StylePicture(picture, name=path.stem)], torch.device("cpu"), usual_size
    )

    def distance(image: Tensor) -> float:
        return float(target(features(image, list(target.layers)), image))

    assert distance(painted) < 0.55 * distance(frame)
    assert float(light_and_dark(frame, painted)) < 0.7


@each
@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_no_strip_is_painted_along_a_border(path: Path, side: str) -> None:
    """What is seen is the same at all borders and in the middle; only the padding could tell."""
    drawn = torch.cat([to_tensor(falling_leaves(256, seed)) for seed in range(4)])
    frames = torch.cat([drawn, drawn.flip(2), drawn.flip(3), drawn.flip(2, 3)])
    network = load_trained(path).network
    painted = torch.cat([network(frame) for frame in frames.split(1)])
    turned = {
        "top": painted,
        "bottom": painted.flip(2),
        "left": painted.mT,
        "right": painted.mT.flip(2),
    }
    strip = turned[side][..., :12, 40:-40].mean((0, 2, 3))
    middle = painted[..., 40:-40, 40:-40].mean((0, 2, 3))
    assert float((strip - middle).abs().max()) < 0.11
