"""VGG19 against torchvision's, with the same random weights, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor
from torch.nn import functional

from flowstyle.core.errors import UsageError
from flowstyle.features.base import FeatureNetwork
from flowstyle.features.vgg19 import CONVOLUTIONS, VGG19, shapes

Weights = dict[str, tuple[Tensor, Tensor]]


@pytest.fixture(scope="module")
def weights() -> Weights:
    """Random weights that keep the activations' size, with biases."""
    generator = torch.Generator().manual_seed(0)
    return {
        name: (
            torch.randn(o, i, 3, 3, generator=generator) * (2 / (9 * i)) ** 0.5,
            torch.randn(o, generator=generator) * 0.1,
        )
        for name, (o, i) in shapes().items()
    }


@pytest.fixture(scope="module")
def image() -> Tensor:
    return torch.rand(1, 3, 64, 80, generator=torch.Generator().manual_seed(1)).double()


def torchvision_activations(weights: Weights, image: Tensor, border: str) -> dict[str, Tensor]:
    """Every activation of torchvision's layers, by our names, without in-place ReLUs.

    ``border`` is how the first convolution pads: ``constant`` as torchvision, or ``replicate``.
    """
    with torch.device("meta"):
        features = torchvision.models.vgg19(weights=None).features
    features = features.to_empty(device="cpu").double().requires_grad_(False)
    names = iter(CONVOLUTIONS)
    transform = torchvision.models.VGG19_Weights.IMAGENET1K_V1.transforms()
    mean, std = (
        torch.tensor(v, dtype=torch.float64).view(3, 1, 1) for v in (transform.mean, transform.std)
    )
    x, found, name, block = (image - mean) / std, {}, "", 1
    for module in features:
        if isinstance(module, torch.nn.Conv2d):
            name = next(names)
            module.load_state_dict(dict(zip(("weight", "bias"), weights[name], strict=True)))
            if name == "conv1_1":
                module.padding = (0, 0)
                x = functional.pad(x, (1, 1, 1, 1), mode=border)
            x = found[name] = module(x)
        elif isinstance(module, torch.nn.ReLU):
            x = found[f"relu{name[4:]}"] = functional.relu(x)
        else:
            x = found[f"pool{block}"] = module(x)
            block += 1
    return found


def test_equals_torchvision_away_from_the_border(weights: Weights, image: Tensor) -> None:
    network = VGG19(weights, dtype=torch.float64)
    ours = network(image, network.layers)
    theirs = torchvision_activations(weights, image, "constant")
    assert set(ours) == set(theirs)
    checked = 0
    reach = 0  # how far, in pixels of a layer, the border's padding has come
    for name in network.layers:
        reach = reach + 1 if name.startswith("conv") else reach
        reach = -(-reach // 2) if name.startswith("pool") else reach
        inside = (..., slice(reach, -reach), slice(reach, -reach))
        a, b = ours[name][inside], theirs[name][inside]
        assert ours[name].shape == theirs[name].shape
        if a.numel():
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
            checked += 1
    assert checked >= 15
    border = (ours["conv1_1"] - theirs["conv1_1"]).abs()
    assert float(border[..., 0, :].max()) > 1e-3  # the border does differ: replicated, not zero


def test_equals_torchvision_everywhere_but_for_the_first_padding(
    weights: Weights, image: Tensor
) -> None:
    network = VGG19(weights, dtype=torch.float64)
    ours = network(image, network.layers)
    theirs = torchvision_activations(weights, image, "replicate")
    for name in network.layers:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-9)


def test_first_convolution_sees_no_border(weights: Weights) -> None:
    flat = torch.full((1, 3, 16, 16), 0.3)
    response = VGG19(weights)(flat, ["conv1_1"])["conv1_1"]
    np.testing.assert_allclose(response, response[..., :1, :1].expand_as(response), atol=1e-5)


def test_convolution_outputs_are_not_overwritten_by_their_relu(
    weights: Weights, image: Tensor
) -> None:
    network = VGG19(weights, dtype=torch.float64)
    found = network(image, ["conv1_2", "relu1_2", "pool1"])
    assert float(found["conv1_2"].min()) < 0
    assert torch.equal(found["conv1_2"].clamp_min(0), found["relu1_2"])
    assert torch.equal(found["relu1_2"], network(image, ["relu1_2"])["relu1_2"])


def test_average_pooling_against_numpy(weights: Weights, image: Tensor) -> None:
    found = VGG19(weights, pooling="average", dtype=torch.float64)(image, ["relu1_2", "pool1"])
    relu = found["relu1_2"].numpy()
    expected = relu.reshape(1, 64, 32, 2, 40, 2).mean((3, 5))
    np.testing.assert_allclose(found["pool1"], expected, rtol=1e-12)


def test_goes_no_deeper_than_asked(weights: Weights, image: Tensor) -> None:
    network = VGG19(weights, dtype=torch.float64)
    for name in ("conv2_2", "conv5_4"):
        del network.convolutions[name]  # would fail if it were needed
    assert list(network(image, ["relu2_1", "conv1_1"])) == ["relu2_1", "conv1_1"]
    with pytest.raises(AttributeError):
        network(image, ["conv2_2"])


def test_bf16_runs_channels_last_and_near_float32(weights: Weights, image: Tensor) -> None:
    exact = VGG19(weights)(image.float(), ["relu3_1"])["relu3_1"]
    fast = VGG19(weights, dtype=torch.bfloat16)(image.float(), ["relu3_1"])["relu3_1"]
    assert fast.dtype == torch.bfloat16
    assert fast.is_contiguous(memory_format=torch.channels_last)
    error = (fast.float() - exact).square().mean() / exact.square().mean()
    assert float(error) < 1e-3


def test_is_frozen_and_passes_gradients_to_the_image(weights: Weights) -> None:
    network = VGG19(weights)
    assert isinstance(network, FeatureNetwork)
    assert not any(p.requires_grad for p in network.parameters())
    picture = torch.rand(1, 3, 16, 16, requires_grad=True)
    network(picture, ["relu2_2"])["relu2_2"].sum().backward()
    assert picture.grad is not None
    assert float(picture.grad.abs().sum()) > 0


def test_unknown_layer_and_too_small_picture_are_explained(weights: Weights) -> None:
    network = VGG19(weights)
    with pytest.raises(UsageError, match="relu6_1"):
        network(torch.rand(1, 3, 32, 32), ["relu6_1"])
    with pytest.raises(UsageError, match="8×32 pixels is too small for relu5_1"):
        network(torch.rand(1, 3, 32, 8), ["relu5_1"])
