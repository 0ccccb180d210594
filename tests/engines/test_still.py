"""Stills on a tiny random network: the knobs turn what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowstyle.core.cancel import Cancelled
from flowstyle.core.colour import keep_colours
from flowstyle.core.errors import Interrupted, UsageError
from flowstyle.core.events import Event, Progress, ignore
from flowstyle.core.images import to_uint16
from flowstyle.engines.optimised.reconstruct import reconstruct
from flowstyle.features.compact import load_compact
from flowstyle.losses.gram import gram
from flowstyle.render.prepare import Parts, choose_tools
from flowstyle.render.still import paint_still
from flowstyle.render.style_pictures import read_styles
from flowstyle.settings import Settings, load_preset
from tests.helpers.network import TinyNetwork
from tests.helpers.painting import CPU, CancelWhen

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


LBFGS: dict[str, dict[str, object]] = {
    "adam": {},
    "lbfgs": {"learning_rate": 1.0, "range_weight": 100.0},
}


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {
        "first_iterations": 25,
        "first_smallest": 28,
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


def still(
    styles: list[Tensor],
    wanted: Settings,
    *,
    blend: list[float] | None = None,
    report=ignore,
    cancel=None,
) -> Tensor:
    """The photograph in some styles, through the engine that paints first frames."""
    tools = choose_tools(wanted, Parts(network=TinyNetwork()), CPU, ignore, ())
    pictures = read_styles([to_uint16(style) for style in styles], blend)
    return paint_still(photo(), pictures, wanted, tools, "photo", report, cancel)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_result_takes_the_style_and_keeps_size_and_range(optimizer: str) -> None:
    image = still([RED], settings(optimizer=optimizer, **LBFGS[optimizer]))
    assert image.shape == photo().shape
    assert float(image.min()) >= 0
    assert float(image.max()) <= 1
    assert distance(image, RED) < 0.3 * distance(photo(), RED)


def test_same_bits_twice_and_other_noise_by_the_seed() -> None:
    noisy = settings(first_start="noise", first_iterations=4)
    first, second = (still([RED], noisy) for _ in range(2))
    assert torch.equal(first, second)
    other = noisy.model_copy(update={"seed": 1})
    assert not torch.equal(first, still([RED], other))


def test_start_is_the_photo_or_noise() -> None:
    """With steps of nearly nothing the result is what it started from."""
    unmoved = {"learning_rate": 1e-9, "first_iterations": 1, "first_smallest": 512}
    assert torch.allclose(still([RED], settings(**unmoved)), photo(), atol=1e-4)
    noise = still([RED], settings(**unmoved, first_start="noise"))
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.01)
    assert float(noise.std()) == pytest.approx(0.1, abs=0.01)


def test_blend_weights_move_the_result_from_one_style_to_the_other() -> None:
    images = [still([RED, BLUE], settings(), blend=[w, 1 - w]) for w in (1.0, 0.5, 0.0)]
    to_red = [distance(image, RED) for image in images]
    assert to_red[0] < to_red[1] < to_red[2]
    alone = still([RED], settings())
    np.testing.assert_allclose(images[0], alone, atol=1e-4)
    with pytest.raises(UsageError, match="blend weights"):
        still([RED], settings(), blend=[0.5, 0.5])


def test_ratio_goes_from_style_to_content() -> None:
    ratios = [1e-4, 1e-2, 1.0]
    gatys = {
        name: load_preset("gatys")[name] for name in ("normalization", "style_weight", "tv_weight")
    }
    images = [
        still([RED], settings(**gatys, content_weight=ratio, first_iterations=60))
        for ratio in ratios
    ]
    content = [content_distance(image) for image in images]
    style = [distance(image, RED) for image in images]
    assert content == sorted(content, reverse=True)
    assert style == sorted(style)
    assert content[0] > 1.5 * content[2]


def test_original_colours_apply_to_the_result_alone() -> None:
    plain = still([RED], settings())
    kept = still([RED], settings(original_colors=True))
    assert torch.equal(kept, keep_colours(plain, photo()))


def test_matched_colours_bring_the_photos_palette() -> None:
    grey = still([RED], settings(match_colors=True))
    plain = still([RED], settings())

    def saturation(image: Tensor) -> float:
        return float((image.amax(1) - image.amin(1)).mean())

    assert saturation(grey) < 0.7 * saturation(plain)
    balance = grey.mean((0, 2, 3))
    assert float(balance.max() - balance.min()) < 0.05  # no red cast


def test_progress_counts_iterations_over_all_sizes() -> None:
    events: list[Event] = []
    still([RED], settings(first_iterations=4), report=events.append)
    counts = [(e.done, e.total) for e in events if isinstance(e, Progress)]
    assert counts == [(4, 8), (8, 8)]  # 56 wide by way of 28
    assert {"content", "style", "palette", "tv"} == set(events[-1].terms)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("layers", "content", "total"),
    [(LAYERS, "relu3_1", 3), (("relu1_1", "relu5_1"), "relu4_1", 2)],
)
def test_a_strip_begins_where_the_layers_still_see_all_of_it(
    layers: tuple[str, ...], content: str, total: int
) -> None:
    """192 wide by way of 96 and of 48, which is 8 high: too little for the deepest layer alone."""
    wanted = settings(
        first_iterations=1, first_smallest=48, style_layers=layers, content_layers=(content,)
    )
    tools = choose_tools(wanted, Parts(network=load_compact()), CPU, ignore, ())
    events: list[Event] = []
    strip = photo(32, 192)
    result = paint_still(
        strip, read_styles([to_uint16(RED)]), wanted, tools, "strip", events.append, None
    )
    assert result.shape == strip.shape
    assert [e.total for e in events if isinstance(e, Progress)][-1] == total


def test_stop_is_passed_on() -> None:
    calls = iter([False] * 5)
    with pytest.raises(Interrupted) as stopped:
        still([RED], settings(), cancel=CancelWhen(lambda: next(calls, True), by=15))
    assert stopped.value.exit_code == 143
    assert "the picture at 28×20" in str(stopped.value)


def test_low_layers_keep_the_picture_and_their_gram_keeps_its_texture() -> None:
    network = TinyNetwork()
    sharp = reconstruct(photo(), network, "relu1_1", iterations=60)
    blurred = reconstruct(photo(), network, "relu4_2", iterations=60)
    error = [float((image - photo()).square().mean()) for image in (sharp, blurred)]
    assert error[0] < 0.3 * error[1]
    texture = reconstruct(RED, network, "relu2_1", kind="style", iterations=60)
    assert distance(texture, RED) < 0.05
    assert float((texture - RED).square().mean()) > 0.01  # a texture, not the picture
    with pytest.raises(Cancelled, match="relu1_1"):
        reconstruct(photo(), network, "relu1_1", cancel=CancelWhen(lambda: True))


def test_what_clips_heed_stills_heed_too() -> None:
    """Effort, the noise's strength, the normalising of gradients, L-BFGS' step, ruder's units."""
    few = settings(first_iterations=4, first_start="noise")
    plain = still([RED], few)
    changes: list[dict[str, object]] = [
        {"effort": 2.0},
        {"noise": 0.3},
        {"normalize_gradients": True},
        {"normalization": "ruder"},
    ]
    for change in changes:
        assert not torch.equal(still([RED], few.model_copy(update=change)), plain), change
    steps = [
        still([RED], settings(first_iterations=4, optimizer="lbfgs", learning_rate=rate))
        for rate in (1.0, 0.2)
    ]
    assert not torch.equal(steps[0], steps[1])


def test_a_still_that_diverges_is_tried_with_half_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from flowstyle.core.errors import NotFiniteError
    from flowstyle.optimize import adam

    tried: list[float] = []
    real = adam.minimise

    def minimise(objective, start, *, learning_rate, **more):
        tried.append(learning_rate)
        if learning_rate > 0.04:
            raise NotFiniteError("not finite", "iteration 1")
        return real(objective, start, learning_rate=learning_rate, **more)

    monkeypatch.setattr(adam, "minimise", minimise)
    still([RED], settings(first_iterations=2))
    assert tried == [0.05, 0.025, 0.05, 0.025]  # at each of two sizes
