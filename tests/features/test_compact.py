"""The bundled features: file, interface, arithmetic, and whether they stand for their teacher."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.errors import UsageError, WeightsError
from flowstyle.core.resources import asset
from flowstyle.features import compact
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.compact import CHAIN, HEADS, TAPS, CompactFeatures, load_compact
from flowstyle.features.vgg19 import VGG19
from flowstyle.features.weights import read_weights
from flowstyle.losses.gram import gram
from flowstyle.losses.style import relative_gram

SHARED = Path(__file__).parents[2] / ".." / "shared"
TEACHER = SHARED / "weights" / "vgg19_standin.safetensors"


@pytest.fixture(scope="module")
def network() -> CompactFeatures:
    return load_compact()


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    """Smooth random colours, 1×3×H×W in [0, 1]."""
    rng = np.random.default_rng(seed)
    small = rng.random((max(2, height // 8), max(2, width // 8), 3), np.float32)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    return torch.from_numpy(large).permute(2, 0, 1)[None].contiguous()


# --- the file


def test_file_is_small_and_is_the_one_released() -> None:
    data = asset(compact.WEIGHTS).read_bytes()
    assert len(data) <= 3_000_000
    assert hashlib.sha256(data).hexdigest() == compact.DIGEST.read_text().strip()


def test_one_changed_byte_is_refused_before_parsing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(asset(compact.WEIGHTS).read_bytes())
    data[-1] ^= 1
    file = tmp_path / "compact.safetensors"
    file.write_bytes(data)
    monkeypatch.setattr(compact, "asset", lambda _: file)

    def parse(_: bytes) -> None:
        pytest.fail("parsed what was not verified")

    monkeypatch.setattr(compact, "load", parse)
    with pytest.raises(WeightsError) as caught:
        load_compact()
    assert hashlib.sha256(data).hexdigest() in str(caught.value)
    assert compact.DIGEST.read_text().strip() in str(caught.value)


# --- the interface


def test_fulfils_the_interface_and_is_frozen(network: CompactFeatures) -> None:
    assert isinstance(network, FeatureNetwork)
    assert network.name == "compact"
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert network.digest == compact.DIGEST.read_text().strip()
    order = [network.layers.index(tap) for tap in TAPS]
    assert all(a < b for a, b in pairwise(order))


def test_gatys_names_are_aliases(network: CompactFeatures) -> None:
    found = network(picture(48, 64), network.layers)
    assert list(found) == list(network.layers)
    for tap in TAPS:
        assert torch.equal(found[tap], found[tap.replace("relu", "conv")])


@pytest.mark.parametrize("name", ["relu3_2", "conv5_2", "pool1", "relu1_2", ""])
def test_a_layer_without_head_is_explained(network: CompactFeatures, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        network(picture(32, 32), ["relu1_1", name])
    assert all(layer in str(caught.value) for layer in network.layers)


def test_too_small_a_picture_is_explained(network: CompactFeatures) -> None:
    assert network(picture(16, 16), ["relu5_1"])["relu5_1"].shape[-2:] == (1, 1)
    with pytest.raises(UsageError, match="16 pixels or more"):
        network(picture(15, 40), ["relu1_1", "relu5_1"])


def test_goes_no_deeper_than_asked() -> None:
    network = load_compact()
    for name in ("conv4_0", "conv4_1", "conv5_1"):
        del network.chain[name]  # would fail if it were needed
    assert list(network(picture(32, 32), ["conv3_1", "relu1_1"])) == ["conv3_1", "relu1_1"]
    with pytest.raises(KeyError):
        network(picture(32, 32), ["relu4_1"])


@pytest.mark.parametrize("size", [(64, 96), (51, 77), (33, 18)])
def test_sizes_are_those_of_vgg(network: CompactFeatures, size: tuple[int, int]) -> None:
    found = network(picture(*size), TAPS)
    for tap, f in found.items():
        times = int(tap[4]) - 1
        assert f.shape == (1, HEADS.get(tap, 32), size[0] >> times, size[1] >> times)


# --- the arithmetic


def convolve(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, step: int) -> np.ndarray:
    """Correlation of C×H×W with O×C×k×k without padding, in float64, by shifting."""
    k = weight.shape[2]
    height, width = (x.shape[1] - k) // step + 1, (x.shape[2] - k) // step + 1
    result = np.zeros((len(weight), height, width)) + bias[:, None, None]
    for dy in range(k):
        for dx in range(k):
            part = x[:, dy : dy + step * height : step, dx : dx + step * width : step]
            result += np.einsum("oc,chw->ohw", weight[:, :, dy, dx], part)
    return result


def test_equals_numpy_in_float64(network: CompactFeatures) -> None:
    image = picture(38, 45, seed=3)
    weights = {k: v.double().numpy() for k, v in network.state_dict().items()}
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x = (image[0].double().numpy() - mean[:, None, None]) / std[:, None, None]
    found = network(image, TAPS)
    for step in CHAIN:
        if step.pool:
            c, h, w = x.shape
            x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(c, h // 2, 2, w // 2, 2).max((2, 4))
        margin = 1 if step.kernel > 1 else 0
        edges = ((0, 0), (margin, margin), (margin, margin))
        x = np.pad(x, edges, mode="edge" if step.name == "conv1_1" else "constant")
        stride = 2 if step.kernel == 4 else 1
        kernel, bias = weights[f"chain.{step.name}.weight"], weights[f"chain.{step.name}.bias"]
        x = np.maximum(convolve(x, kernel, bias, stride), 0)
        tap = step.name.replace("conv", "relu")
        if tap in TAPS:
            expected = x
            if tap in HEADS:
                head, bias = weights[f"heads.{tap}.weight"], weights[f"heads.{tap}.bias"]
                expected = convolve(x, head, bias, 1)
            np.testing.assert_allclose(found[tap][0], expected, rtol=1e-3, atol=1e-3)


def test_bf16_runs_channels_last_and_near_float32(network: CompactFeatures) -> None:
    image = picture(64, 80)
    fast = load_compact(torch.bfloat16)(image, TAPS)
    for tap, exact in network(image, TAPS).items():
        assert fast[tap].dtype == torch.bfloat16
        assert fast[tap].is_contiguous(memory_format=torch.channels_last)
        error = (fast[tap].float() - exact).square().mean() / exact.square().mean()
        assert float(error) < 1e-3


def test_gradients_favour_no_pixel_of_a_2_by_2_grid(network: CompactFeatures) -> None:
    """Strided convolutions with odd kernels send more gradient to some pixels: checkerboards."""
    image = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(5)).requires_grad_()
    for tap in ("relu2_1", "relu4_1"):
        f = network(image, [tap])[tap]
        (gradient,) = torch.autograd.grad(gram(f).square().sum(), image)
        inner = gradient[..., 16:-16, 16:-16].square()
        phases = [float(inner[..., y::2, x::2].mean()) for y in (0, 1) for x in (0, 1)]
        assert max(phases) / min(phases) < 1.25


# --- the teacher


@pytest.mark.shared
@pytest.mark.skipif(not TEACHER.exists(), reason="the teacher's weights are not on this machine")
def test_distances_follow_the_teacher(network: CompactFeatures) -> None:
    """Gram and content distances between pictures, by the student and by the teacher."""
    teacher = VGG19(read_weights(TEACHER).convolutions)
    names = ("stills/tubingen.jpg", "styles/starry_night.jpg", "styles/wave.jpg")
    pictures = [
        torch.from_numpy(
            cv2.resize(cv2.imread(str(SHARED / name))[..., ::-1].copy(), (192, 144)).astype("f4")
        ).permute(2, 0, 1)[None]
        / 255
        for name in names
    ]
    with torch.no_grad():
        ours, theirs = ([net(p, TAPS) for p in pictures] for net in (network, teacher))
    ratios = [
        float(relative_gram(gram(ours[i][tap]), gram(ours[j][tap])))
        / float(relative_gram(gram(theirs[i][tap]), gram(theirs[j][tap])))
        for tap in TAPS
        if tap != "relu4_2"
        for i, j in ((0, 1), (0, 2), (1, 2), (2, 0))
    ]
    assert 0.9 < float(np.median(ratios)) < 1.1
    assert min(ratios) > 0.65
    assert max(ratios) < 1.35
    for i, j in ((0, 1), (1, 2)):
        a, b = (
            float((f[i]["relu4_2"] - f[j]["relu4_2"]).norm() / f[j]["relu4_2"].norm())
            for f in (ours, theirs)
        )
        assert a == pytest.approx(b, rel=0.15)
