"""The network: sizes, borders, and its shortcuts against the plain layers that they stand for."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from flowstyle.networks.feed_forward import Convolution, FeedForward, Joined


def network() -> FeedForward:
    """With random weights."""
    torch.manual_seed(0)
    return FeedForward((6, 8), 1).eval().requires_grad_(False)


def test_any_size_comes_back() -> None:
    for height, width in ((16, 16), (17, 18), (19, 33)):
        for count in (1, 2):
            frame = torch.rand(count, 3, height, width)
            assert network()(frame).shape == frame.shape


def test_borders_of_a_flat_frame_are_as_its_middle() -> None:
    """Nothing is to be seen of the padding, nor of the groups of 2×2 pixels."""
    painted = network()(torch.full((1, 3, 64, 64), 0.4))
    assert float((painted - painted[..., 31:32, 31:32]).abs().max()) < 1e-4


def test_in_training_a_picture_has_no_border() -> None:
    """What is moved round the torus is painted the same, so that nothing can be learned of it."""
    frame = torch.rand(2, 3, 24, 32, generator=torch.Generator().manual_seed(1))
    trained = network().train()
    for rows, columns in ((4, 0), (0, 8), (-8, 12)):
        moved = trained(frame.roll((rows, columns), (2, 3)))
        torch.testing.assert_close(
            moved, trained(frame).roll((rows, columns), (2, 3)), atol=1e-5, rtol=0
        )


def test_one_picture_alone_is_painted_as_among_others() -> None:
    """Batch norm of one picture is instance norm."""
    frames = torch.rand(3, 3, 20, 24, generator=torch.Generator().manual_seed(1))
    together = network()(frames)
    for frame, painted in zip(frames.split(1), together.split(1), strict=True):
        torch.testing.assert_close(network()(frame), painted, atol=1e-5, rtol=0)


def test_channels_last_gives_the_same_paint() -> None:
    frame = torch.rand(1, 3, 20, 24, generator=torch.Generator().manual_seed(1))
    last = network().to(memory_format=torch.channels_last)
    torch.testing.assert_close(last(frame), network()(frame), atol=1e-5, rtol=0)


@pytest.mark.parametrize("training", [True, False])
def test_both_halves_are_joined_as_by_one_convolution_over_both(training: bool) -> None:
    """The deep half, its pixels doubled, and the shallow one beside each other, in float64."""
    torch.manual_seed(2)
    joined = Joined(5, 3).double().train(training)
    deep, shallow = torch.randn(1, 5, 4, 6).double(), torch.randn(1, 3, 8, 12).double()
    plain = Convolution(8, 3, 3).double().train(training)
    plain.load_state_dict(joined.state_dict())
    both = torch.cat([F.interpolate(deep, scale_factor=2.0, mode="nearest"), shallow], 1)
    torch.testing.assert_close(joined(deep, shallow), plain(both), atol=1e-12, rtol=0)


def test_a_convolution_sees_the_mirror_image_beyond_a_border() -> None:
    torch.manual_seed(3)
    layer, x = Convolution(2, 3, 3).eval(), torch.rand(1, 2, 5, 6)
    mirrored = torch.cat([x[..., 1:2, :], x, x[..., -2:-1, :]], 2)
    mirrored = torch.cat([mirrored[..., 1:2], mirrored, mirrored[..., -2:-1]], 3)
    torch.testing.assert_close(layer(x), layer.inside(mirrored), atol=1e-6, rtol=0)
