"""The network: sizes, the gate, what it may see."""

from __future__ import annotations

import pytest
import torch

from flowstyle.networks.recurrent import RecurrentStyle

FRAME = torch.rand(1, 3, 37, 50, generator=torch.Generator().manual_seed(0))
CARRIED = torch.rand(1, 3, 37, 50, generator=torch.Generator().manual_seed(1))


def network(gate: float = 0.0) -> RecurrentStyle:
    """With random weights, but a gate of sigmoid(``gate``) everywhere."""
    torch.manual_seed(0)
    made = RecurrentStyle((6, 8), 1).eval().requires_grad_(False)
    made.leave.weight[12:].zero_()  # four of each group of pixels
    made.leave.bias[12:] = gate
    return made


def test_any_size_comes_back() -> None:
    for height, width in ((16, 16), (17, 18), (19, 33)):
        frame = torch.rand(2, 3, height, width)
        assert network()(frame, frame, torch.ones(2, 1, height, width)).shape == frame.shape


def test_an_open_gate_gives_the_carried_paint_to_the_bit_where_it_is_trusted() -> None:
    mask = torch.zeros(1, 1, 37, 50)
    mask[..., :20] = 1
    painted = network(gate=100.0)(FRAME, CARRIED, mask)
    assert torch.allclose(painted[..., :20], CARRIED[..., :20], atol=1e-6)
    assert (painted[..., 20:] - CARRIED[..., 20:]).abs().mean() > 0.05


def test_distrusted_paint_is_not_seen_at_all() -> None:
    nothing = torch.zeros(1, 1, 37, 50)
    made = network()
    assert torch.equal(made(FRAME, CARRIED, nothing), made(FRAME, 1 - CARRIED, nothing))


@pytest.mark.parametrize("keep", [0.0, 0.25])
def test_keep_scales_the_gate(keep: float) -> None:
    mask = torch.ones(1, 1, 37, 50)
    half = network(gate=0.0)
    own = half(FRAME, CARRIED, mask, keep=0.0)
    expected = own + 0.5 * keep * (CARRIED - own)
    assert torch.allclose(half(FRAME, CARRIED, mask, keep=keep), expected, atol=1e-6)


def test_borders_of_a_flat_frame_are_as_its_middle() -> None:
    """Repeated borders: nothing to be seen of the padding, nor of the groups of 2×2 pixels."""
    flat = torch.full((1, 3, 64, 64), 0.4)
    painted = network()(flat, flat, torch.zeros(1, 1, 64, 64))
    inside = painted[..., 1:-1, 1:-1]  # borders are repeated before they are smoothed
    assert float((inside - inside[..., 31:32, 31:32]).abs().max()) < 1e-4
