"""The network that paints a frame in one pass.

A small U-Net of residual blocks (after Johnson et al. 2016 and Ronneberger et al. 2015). It sees
the frame alone; what a frame takes from the ones before is carried over without a network
(:mod:`flowstyle.engines.network.painter`). One that saw its own paint of the frame before, and told
how much of it to keep, painted duller with each frame.

No layer works at the full size: pixels come in and go out as groups of 2×2 (space to depth, Shi et
al. 2016), which halves the time. Convolutions are a quarter faster on a CPU with channels last.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (32, 64)
BLOCKS = 4
GROUP = 2
"""Sides of the groups of pixels that come in and go out."""
FACTOR = 4
"""Frames are padded to a multiple of this."""
COLOURS = 3


class FeedForward(nn.Module):
    """Paints a frame.

    Args:
        widths: channels at a half of the size and at a quarter.
        blocks: residual blocks at a quarter of the size.

    Example:
        >>> network = FeedForward()
        >>> network(torch.rand(1, 3, 30, 41)).shape
        torch.Size([1, 3, 30, 41])
    """

    def __init__(self, widths: tuple[int, int] = WIDTHS, blocks: int = BLOCKS) -> None:
        super().__init__()
        self.widths, self.blocks = widths, blocks
        half, quarter = widths
        self.enter = Convolution(COLOURS * GROUP**2, half, 3)
        self.down = Convolution(half, quarter, 4, stride=2)
        self.residual = nn.ModuleList(Residual(quarter) for _ in range(blocks))
        self.up = Joined(quarter, half)
        self.leave = nn.Conv2d(half, COLOURS * GROUP**2, 3)

    def forward(self, frame: Tensor) -> Tensor:
        """Paint.

        Args:
            frame: N×3×H×W, the source frame, [0, 1].

        Returns:
            N×3×H×W in [0, 1].
        """
        height, width = frame.shape[-2:]
        below, right = -height % FACTOR, -width % FACTOR
        seen = F.pad(frame - 0.5, (0, right, 0, below), mode="replicate")
        half = self.enter(F.pixel_unshuffle(seen, GROUP).to(self.leave.weight.dtype))
        deep = self.down(half)
        for block in self.residual:
            deep = block(deep)
        half = self.up(deep, half)
        groups = self.leave(F.pad(half, (1, 1, 1, 1), mode="replicate"))
        answer = _without_grid(F.pixel_shuffle(groups, GROUP).float())
        return torch.sigmoid(answer[..., :height, :width])


class Convolution(nn.Module):
    """Convolution over repeated borders, instance norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        before = (kernel - stride) // 2 if stride > 1 else kernel // 2
        after = kernel - stride - before
        self._padding = (before, after, before, after)
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride)
        self.norm = nn.InstanceNorm2d(outputs, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """N×inputs×H×W to N×outputs×⌈H/stride⌉×⌈W/stride⌉."""
        padded = F.pad(x, self._padding, mode="replicate")
        return F.relu_(_normed(self.convolution(padded), self.norm))


class Joined(nn.Module):
    """The deep half of the network at twice its size and the shallow one, through one convolution.

    Its weights are those of a 3×3 convolution over both beside each other, the deep one's pixels
    doubled. That is a transposed convolution by 4×4 weights of the deep one itself: the same
    result for less than half of the work.

    Args:
        deep: channels at the smaller size.
        shallow: channels at the larger one, and of the result.
    """

    def __init__(self, deep: int, shallow: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(deep + shallow, shallow, 3)
        self.norm = nn.InstanceNorm2d(shallow, affine=True)

    def forward(self, deep: Tensor, shallow: Tensor) -> Tensor:
        """N×deep×H×W and N×shallow×2H×2W to N×shallow×2H×2W."""
        weight, channels = self.convolution.weight, deep.shape[1]
        spread = _doubled(_doubled(weight[:, :channels], 2), 3).transpose(0, 1)
        around = F.pad(deep, (1, 1, 1, 1), mode="replicate")
        grown = F.conv_transpose2d(around, spread, stride=2, padding=3)
        padded = F.pad(shallow, (1, 1, 1, 1), mode="replicate")
        joined = F.conv2d(padded, weight[:, channels:], self.convolution.bias) + grown
        return F.relu_(_normed(joined, self.norm))


class Residual(nn.Module):
    """x + f(x), f of two convolutions."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels, 3)
        self.second = nn.Conv2d(channels, channels, 3)
        self.norm = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """N×channels×H×W to the same."""
        inner = F.pad(self.first(x), (1, 1, 1, 1), mode="replicate")
        return x + _normed(self.second(inner), self.norm)


def _normed(x: Tensor, norm: nn.InstanceNorm2d) -> Tensor:
    """Instance norm; of one picture it is batch norm, which need not put channels first for it."""
    if x.shape[0] > 1:
        normed: Tensor = norm(x)
        return normed
    return F.batch_norm(x, None, None, norm.weight, norm.bias, training=True, eps=norm.eps)


def _doubled(weight: Tensor, dim: int) -> Tensor:
    """The three weights of a row or column as the four by which a pixel counts that is doubled."""
    first, middle, last = weight.unbind(dim)
    return torch.stack((last, middle + last, first + middle, first), dim)


def _without_grid(x: Tensor) -> Tensor:
    """A picture without what changes from pixel to pixel and back: the grid of the groups.

    The four pixels of a group come from filters of their own, whose levels need not agree. Weights
    of 1, 2, 1 in rows and columns take out exactly the finest pattern there is.
    """
    padded = F.pad(x, (1, 1, 1, 1), mode="replicate")
    rows = padded[..., :-2, :] + 2 * padded[..., 1:-1, :] + padded[..., 2:, :]
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16
