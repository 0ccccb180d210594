"""The image's padding and its gradient."""

import pytest
import torch
from torch.nn import functional

from flowstyle.features.padding import repeat_edge


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (4, 2), (7, 9)])
def test_as_torch_pads(size: tuple[int, int]) -> None:
    image = torch.rand(2, 3, *size, dtype=torch.float64, requires_grad=True)
    weight = torch.rand(2, 3, size[0] + 2, size[1] + 2, dtype=torch.float64)
    theirs = functional.pad(image, (1, 1, 1, 1), mode="replicate")
    assert torch.equal(repeat_edge(image), theirs)
    (ours,) = torch.autograd.grad((repeat_edge(image) * weight).sum(), image)
    (wanted,) = torch.autograd.grad((theirs * weight).sum(), image)
    torch.testing.assert_close(ours, wanted, rtol=1e-12, atol=0)


def test_gradient_by_hand() -> None:
    """Corners receive four copies, edges two: what the padded picture repeats."""
    image = torch.zeros(1, 1, 3, 4, requires_grad=True)
    (gradient,) = torch.autograd.grad(repeat_edge(image).sum(), image)
    assert gradient[0, 0].tolist() == [[4, 2, 2, 4], [2, 1, 1, 2], [4, 2, 2, 4]]


def test_gradient_of_gradient() -> None:
    image = torch.rand(1, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda x: repeat_edge(x).square(), image)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_channels_stay_last(precision: torch.dtype) -> None:
    image = torch.rand(1, 3, 6, 8).to(precision, memory_format=torch.channels_last)
    assert repeat_edge(image).is_contiguous(memory_format=torch.channels_last)
