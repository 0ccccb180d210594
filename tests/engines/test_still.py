"""Stills on a tiny random network: the knobs turn what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Stopped
from flowstyle.core.colour import keep_colours
from flowstyle.core.errors import UsageError
from flowstyle.core.events import Event, Progress
from flowstyle.engines.optimised.still import RATIO, reconstruct, start_image, stylize_still
from flowstyle.losses.gram import gram
from flowstyle.settings import Settings
from tests.helpers.network import TinyNetwork

LAYERS = ("relu1_1", "relu2_1", "relu3_1")


def photo(height: int = 40, width: int = 56) -> Tensor:
    """A bright disc on a dark ground."""
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    disc = ((y - height / 2) ** 2 + (x - width / 2) ** 2 < (height / 3) ** 2).float()
    return (0.2 + 0.6 * disc).expand(1, 3, -1, -1).contiguous()


def stripes(period: int, colour: tuple[float, float, float]) -> Tensor:
    wave = ((torch.arange(48) // period) % 2).float().expand(1, 3, 48, 48)
    return wave * torch.tensor(colour).view(1, 3, 1, 1)


RED, BLUE = stripes(3, (0.9, 0.2, 0.1)), stripes(6, (0.1, 0.2, 0.9))


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "first_iterations": 25,
        "first_smallest": 39,
        "learning_rate": 0.05,
        "average": 0.8,
        "content_weight": 1.0,
        "style_weight": 20.0,
        "tv_weight": 0.5,
        "style_layers": LAYERS,
        **changes,
    }
    return Settings.model_validate(values)


def distance(image: Tensor, style: Tensor) -> float:
    """Relative distance of the first layer's Gram matrices."""
    network = TinyNetwork()
    g, a = (gram(network(x, ["relu2_1"])["relu2_1"]) for x in (image, style))
    return float((g - a).square().sum() / a.square().sum())


def content_distance(image: Tensor) -> float:
    network = TinyNetwork()
    f, p = (network(x, ["relu4_2"])["relu4_2"] for x in (image, photo()))
    return float((f - p).square().sum() / p.square().sum())


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_result_takes_the_style_and_keeps_size_and_range(optimizer: str) -> None:
    image = stylize_still(photo(), [RED], TinyNetwork(), settings(optimizer=optimizer))
    assert image.shape == photo().shape
    assert float(image.min()) >= 0
    assert float(image.max()) <= 1
    assert distance(image, RED) < 0.3 * distance(photo(), RED)


def test_same_bits_twice_and_other_noise_by_the_seed() -> None:
    noisy = settings(first_start="noise", first_iterations=4)
    first, second = (stylize_still(photo(), [RED], TinyNetwork(), noisy) for _ in range(2))
    assert torch.equal(first, second)
    other = noisy.model_copy(update={"seed": 1})
    assert not torch.equal(first, stylize_still(photo(), [RED], TinyNetwork(), other))


def test_start_is_the_photo_or_noise() -> None:
    assert torch.equal(start_image(photo(), (40, 56), settings()), photo())
    noise = start_image(photo(), (40, 56), settings(first_start="noise"))
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(noise.std()) == pytest.approx(0.1, abs=0.01)


def test_blend_weights_move_the_result_from_one_style_to_the_other() -> None:
    network = TinyNetwork()
    images = [
        stylize_still(photo(), [RED, BLUE], network, settings(), blend=[w, 1 - w])
        for w in (1.0, 0.5, 0.0)
    ]
    to_red = [distance(image, RED) for image in images]
    assert to_red[0] < to_red[1] < to_red[2]
    alone = stylize_still(photo(), [RED], network, settings())
    np.testing.assert_allclose(images[0], alone, atol=1e-4)
    with pytest.raises(UsageError, match="blend weights"):
        stylize_still(photo(), [RED], network, settings(), blend=[0.5, 0.5])


def test_ratio_goes_from_style_to_content() -> None:
    ratios = [1e-4, 1e-2, 1.0]
    images = [
        stylize_still(
            photo(),
            [RED],
            TinyNetwork(),
            settings(**RATIO, content_weight=ratio, first_start="noise", first_iterations=60),
        )
        for ratio in ratios
    ]
    content = [content_distance(image) for image in images]
    style = [distance(image, RED) for image in images]
    assert content == sorted(content, reverse=True)
    assert style == sorted(style)
    assert content[0] > 1.5 * content[2]


def test_original_colours_apply_to_the_result_alone() -> None:
    plain = stylize_still(photo(), [RED], TinyNetwork(), settings())
    kept = stylize_still(photo(), [RED], TinyNetwork(), settings(original_colors=True))
    assert torch.equal(kept, keep_colours(plain, photo()))


def test_matched_colours_bring_the_photos_palette() -> None:
    grey = stylize_still(photo(), [RED], TinyNetwork(), settings(match_colors=True))
    plain = stylize_still(photo(), [RED], TinyNetwork(), settings())

    def saturation(image: Tensor) -> float:
        return float((image.amax(1) - image.amin(1)).mean())

    assert saturation(grey) < 0.7 * saturation(plain)
    balance = grey.mean((0, 2, 3))
    assert float(balance.max() - balance.min()) < 0.05  # no red cast


def test_progress_counts_iterations_over_all_sizes() -> None:
    events: list[Event] = []
    stylize_still(photo(), [RED], TinyNetwork(), settings(first_iterations=4), report=events.append)
    counts = [(e.done, e.total) for e in events if isinstance(e, Progress)]
    assert counts == [(4, 8), (8, 8)]  # 56 wide by way of 40
    assert {"content", "style", "tv"} == set(events[-1].terms)  # type: ignore[union-attr]


def test_stop_is_passed_on() -> None:
    calls = iter([False] * 5 + [True])
    with pytest.raises(Stopped, match="iteration 5 of 50"):
        stylize_still(photo(), [RED], TinyNetwork(), settings(), should_stop=lambda: next(calls))


def test_low_layers_keep_the_picture_and_their_gram_keeps_its_texture() -> None:
    network = TinyNetwork()
    sharp = reconstruct(photo(), network, "relu1_1", iterations=60)
    blurred = reconstruct(photo(), network, "relu4_2", iterations=60)
    error = [float((image - photo()).square().mean()) for image in (sharp, blurred)]
    assert error[0] < 0.3 * error[1]
    texture = reconstruct(RED, network, "relu2_1", kind="style", iterations=60)
    assert distance(texture, RED) < 0.05
    assert float((texture - RED).square().mean()) > 0.01  # a texture, not the picture
    with pytest.raises(Stopped, match="relu1_1"):
        reconstruct(photo(), network, "relu1_1", should_stop=lambda: True)
