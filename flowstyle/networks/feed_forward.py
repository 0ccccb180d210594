"""The network that paints a frame in one pass.

A small U-Net of residual blocks (after Johnson et al. 2016 and Ronneberger et al. 2015). It sees
the frame alone; what a frame takes from the ones before is carried over without a network
(:mod:`flowstyle.engines.network.painter`). One that saw its own paint of the frame before, and told
how much of it to keep, painted duller with each frame.

Pictures go on beyond their borders as in a mirror. In training they go on at the opposite border,
and have none. A network that can tell where the border is learns in some thousand steps to paint a
strip of the style's rarer colours along it, whatever is seen there.

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
IN_TRAINING, PAINTED = "circular", "reflect"
"""How a picture goes on beyond its borders: at the opposite one, or as in a mirror."""


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
        below, right = -height % FACTOR + GROUP, -width % FACTOR + GROUP
        seen = _beyond(frame - 0.5, (GROUP, right, GROUP, below), self)
        half = self.enter.inside(F.pixel_unshuffle(seen, GROUP).to(self.leave.weight.dtype))
        deep = self.down(half)
        for block in self.residual:
            deep = block(deep)
        half = self.up(deep, half)
        groups = self.leave(_beyond(half, (1, 1, 1, 1), self))
        answer = _without_grid(F.pixel_shuffle(groups, GROUP).float(), self)
        return torch.sigmoid(answer[..., :height, :width])


class Convolution(nn.Module):
    """Convolution over mirrored borders, instance norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        before = (kernel - stride) // 2 if stride > 1 else kernel // 2
        after = kernel - stride - before
        self._padding = (before, after, before, after)
        self.convolution = nn.Conv2d(inputs, outputs, kernel, stride)
        self.norm = nn.InstanceNorm2d(outputs, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """N×inputs×H×W to N×outputs×⌈H/stride⌉×⌈W/stride⌉."""
        return self.inside(_beyond(x, self._padding, self))

    def inside(self, x: Tensor) -> Tensor:
        """The same where nothing is missing around: the result is smaller by the kernel."""
        return F.relu_(_normed(self.convolution(x), self.norm))


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
        # Pixels that are repeated and then doubled are those that a mirror shows of doubled ones.
        mode = IN_TRAINING if self.training else "replicate"
        around = F.pad(deep, (1, 1, 1, 1), mode=mode)
        grown = F.conv_transpose2d(around, spread, stride=2, padding=3)
        padded = _beyond(shallow, (1, 1, 1, 1), self)
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
        inner = _beyond(self.first(x), (1, 1, 1, 1), self)
        return x + _normed(self.second(inner), self.norm)


def _beyond(x: Tensor, padding: tuple[int, int, int, int], module: nn.Module) -> Tensor:
    """A picture that goes on beyond its borders: mirrored, or while it is trained as a torus."""
    return F.pad(x, padding, mode=IN_TRAINING if module.training else PAINTED)


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


def _without_grid(x: Tensor, module: nn.Module) -> Tensor:
    """A picture without what changes from pixel to pixel and back: the grid of the groups.

    The four pixels of a group come from filters of their own, whose levels need not agree. Weights
    of 1, 2, 1 in rows and columns take out exactly the finest pattern there is.
    """
    padded = _beyond(x, (1, 1, 1, 1), module)
    rows = padded[..., :-2, :] + 2 * padded[..., 1:-1, :] + padded[..., 2:, :]
    return (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16
