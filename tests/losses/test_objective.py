"""The objective and its targets, on a network that can be followed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.errors import UsageError
from flowstyle.features.base import FeatureNetwork
from flowstyle.losses.objective import Objective, Term
from flowstyle.losses.style import GRAM_LOSSES
from flowstyle.losses.style_loss import STYLE_LOSSES, StyleLoss
from flowstyle.losses.targets import ContentTarget, StyleTarget


def loss_of(name: str) -> StyleLoss:
    return GRAM_LOSSES[name] if name in GRAM_LOSSES else STYLE_LOSSES.get(name)


class Twice:
    """Layer ``one`` is the image, ``two`` its double on half the size; counts its calls."""

    name = "twice"
    digest = ""
    layers = ("one", "two")

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        self.calls.append(tuple(layers))
        every = {"one": image, "two": 2 * torch.nn.functional.avg_pool2d(image, 2)}
        return {name: every[name] for name in layers}


@pytest.fixture
def network() -> Twice:
    return Twice()


def picture(seed: int, size: int = 8) -> Tensor:
    return torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(seed))


def test_network_of_the_test_is_one(network: Twice) -> None:
    assert isinstance(network, FeatureNetwork)


def test_sum_of_weighted_terms_in_one_pass(network: Twice) -> None:
    content = ContentTarget.of(network, picture(0), ["two"])
    style = StyleTarget.of(network, picture(1, 6), ["one", "two"])
    network.calls.clear()
    objective = Objective(
        network,
        {
            "content": Term(2.0, content, content.layers),
            "style": Term(3.0, style, style.layers),
            "pixels": Term(5.0, lambda _, image: image.mean()),
            "off": Term(0.0, content, ("three",)),
        },
    )
    image = picture(2)
    total, terms = objective(image)
    assert [sorted(call) for call in network.calls] == [["one", "two"]]
    assert set(terms) == {"content", "style", "pixels"}
    features = network(image, ["one", "two"])
    assert float(terms["content"]) == pytest.approx(2 * float(content(features, image)))
    assert float(terms["style"]) == pytest.approx(3 * float(style(features, image)))
    assert float(terms["pixels"]) == pytest.approx(5 * float(image.mean()))
    assert float(total) == pytest.approx(sum(float(v) for v in terms.values()))


def test_terms_on_pixels_need_no_network() -> None:
    total, _ = Objective(None, {"a": Term(1.0, lambda _, image: image.sum())})(picture(0))
    assert float(total) == pytest.approx(float(picture(0).sum()))
    with pytest.raises(ValueError, match="no network"):
        Objective(None, {"a": Term(1.0, lambda f, _: f["x"].sum(), ("x",))})


def test_gradient_normalisation_gives_each_term_its_weight(network: Twice) -> None:
    image = picture(0).requires_grad_()
    huge = Term(0.5, lambda f, _: 1e6 * f["one"].square().sum(), ("one",))
    Objective(network, {"huge": huge}, normalise_gradients=True)(image)[0].backward()
    assert image.grad is not None
    assert float(image.grad.abs().sum()) == pytest.approx(0.5, rel=1e-4)
    expected = picture(0) / picture(0).sum() * 0.5  # direction kept
    np.testing.assert_allclose(image.grad, expected, rtol=1e-4)


@pytest.mark.parametrize("loss", ["relative", "gatys", "ruder", "wasserstein", "sliced"])
def test_every_style_loss_is_least_for_the_style_itself(network: Twice, loss: str) -> None:
    style = StyleTarget.of(network, picture(0), ["one", "two"], loss_of(loss))
    near = network(picture(0), ["one", "two"])
    far = network(picture(1) ** 3, ["one", "two"])
    assert abs(float(style(near, picture(0)))) < 1e-3 * float(style(far, picture(0)))


def test_layer_weights(network: Twice) -> None:
    style = StyleTarget.of(network, picture(0), ["one", "two"], weights=[0.25, 4])
    features = network(picture(1), ["one", "two"])
    each = style.each(features)
    expected = 0.25 * float(each["one"]) + 4 * float(each["two"])
    assert float(style(features, picture(1))) == pytest.approx(expected)
    assert loss_of("relative").weights(5) == [0.2] * 5
    assert loss_of("ruder").weights(5) == [1] * 5
    falling = np.array(loss_of("wasserstein").weights(5))
    np.testing.assert_allclose(falling * 341, [256, 64, 16, 4, 1])
    with pytest.raises(UsageError, match="3 style layer weights for 2 layers"):
        StyleTarget.of(network, picture(0), ["one", "two"], weights=[1, 2, 3])


@pytest.mark.parametrize("loss", ["gatys", "ruder"])
def test_blend_has_the_gradient_of_the_weighted_sum(network: Twice, loss: str) -> None:
    targets = [StyleTarget.of(network, picture(i), ["one"], loss_of(loss)) for i in (0, 1)]
    blended = StyleTarget.blend(targets, [3, 1])  # only the ratio counts

    def gradient(compute: object) -> Tensor:
        image = picture(2).requires_grad_()
        compute(network(image, ["one"]), image).backward()  # type: ignore[operator]
        assert image.grad is not None
        return image.grad

    single = [gradient(target) for target in targets]
    np.testing.assert_allclose(
        gradient(blended), 0.75 * single[0] + 0.25 * single[1], rtol=1e-3, atol=1e-9
    )


@pytest.mark.parametrize("loss", ["relative", "wasserstein", "sliced"])
def test_blend_of_a_style_with_itself_is_the_style(network: Twice, loss: str) -> None:
    target = StyleTarget.of(network, picture(0), ["one"], loss_of(loss))
    features = network(picture(1), ["one"])
    blended = StyleTarget.blend([target, target], [0.5, 0.5])
    assert float(blended(features, picture(1))) == pytest.approx(
        float(target(features, picture(1))), rel=1e-3
    )


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [0.0, 0.0]])
def test_blend_refuses_weights_that_do_not_fit(network: Twice, weights: list[float]) -> None:
    target = StyleTarget.of(network, picture(0), ["one"])
    with pytest.raises(UsageError, match="blend weights"):
        StyleTarget.blend([target, target], weights)
