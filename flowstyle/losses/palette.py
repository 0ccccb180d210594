"""The colours of a picture against those of the style: what Gram matrices hardly see.

A grey drawing has next to no energy in the channels that see colour, so that a blue sky changes the
distance of the matrices by little; so do thin rainbows along strokes. Compared are Gaussians of the
colours, as in the transfer of colours by Gatys, Bethge, Hertzmann and Shechtman (2016, "Preserving
color in neural artistic style transfer"), here as a loss, by the distance of
:mod:`flowstyle.losses.wasserstein`, and those of the chroma of details at three sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d

from flowstyle.losses.style import weighted_sum
from flowstyle.losses.wasserstein import regularised, roots, wasserstein_gaussians

DETAILS = 3
"""Sizes of details that are compared by themselves: of one pixel, two and four."""
FLAT = 1e-3
"""Root mean square below which details count as this large: a picture of one colour has none."""
STRIP = 2**17
"""Pixels that are looked at at a time on a CPU, whose cache they fit."""
STRIP_BESIDE_CPU = 2**22
"""On other devices, which take a step's time for each strip however small."""
HALVING = (0.125, 0.375, 0.375, 0.125)
"""Weights along each side by which a picture is halved: smooth, so that no grid of 2×2 pixels comes
with the gradient, as it does by plain means."""


def moments(image: Tensor) -> tuple[Tensor, Tensor]:
    """Means and covariances of a picture's colours, and of its details of growing size.

    Details are the differences to the right and the lower neighbour, of the picture and of what is
    left of it when it is halved and halved again. Beside the whole they are small: among its
    colours theirs would hardly count.

    Args:
        image: 1×3×H×W.

    Returns:
        4×3, and 4×3×3: the whole first. The mean of details counts as 0.
    """
    mean, products = _products(image)
    whole = products[:1] - mean[:, :, None] * mean[:, None, :]
    return torch.cat([mean, mean.new_zeros(DETAILS, 3)]), torch.cat([whole, products[1:]])


def _products(image: Tensor) -> tuple[Tensor, Tensor]:
    """Means of colours, and means of products: of the colours, and of their details by size.

    Args:
        image: 1×3×H×W.

    Returns:
        1×3 and 4×3×3. What a picture is too small for is 0.
    """
    found: tuple[Tensor, Tensor] = _Products.apply(image)
    return found


class _Products(torch.autograd.Function):
    """See :func:`_products`: half the time and a seventh of the memory of what torch derives.

    A picture of 3840×2160 takes 100 MB each time that it is copied: the gradient is the one copy
    that is made, in strips of rows.
    """

    @staticmethod
    def forward(ctx: Any, image: Tensor) -> tuple[Tensor, Tensor]:
        sizes = [image]
        while len(sizes) < DETAILS and min(sizes[-1].shape[-2:]) >= len(HALVING):
            sizes.append(_halved(sizes[-1]))
        ctx.save_for_backward(*sizes)
        mean = image.new_zeros(1, image.shape[1])
        products = image.new_zeros(1 + DETAILS, image.shape[1], image.shape[1])
        count = image.shape[-2] * image.shape[-1]
        for strip, _ in _strips(image, _rows(image)):
            mean += strip.sum((2, 3)) / count
            products[:1] += _squares(strip) / count
        for number, picture in enumerate(sizes, 1):
            for strip, below in _strips(picture, _rows(picture)):
                for change, share in _changes(strip, below, picture):
                    products[number : number + 1] += share * _squares(change)
        return mean, products

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        sizes: tuple[Tensor, ...] = ctx.saved_tensors
        of_mean, of_products = gradients
        both = of_products + of_products.transpose(1, 2)
        result = torch.zeros_like(sizes[-1])
        _add_pulls(result, sizes[-1], both[len(sizes)])
        for number in range(len(sizes) - 1, 0, -1):
            coarse, result = result, torch.zeros_like(sizes[number - 1])
            _add_raised(result, coarse)
            _add_pulls(result, sizes[number - 1], both[number])
        rows, count = _rows(result), result.shape[-2] * result.shape[-1]
        for (strip, _), (own, _) in zip(
            _strips(sizes[0], rows), _strips(result, rows), strict=True
        ):
            own.add_(_mixed(both[0] / count, strip)).add_(of_mean[:, :, None, None] / count)
        return result


def _halved(image: Tensor) -> Tensor:
    """A picture of half the size, smoothed; four pixels wide or high it becomes one."""
    parts = [
        conv2d(torch.cat([strip, below], -2), _kernel(image), stride=2, groups=image.shape[1])
        for strip, below in _strips(image, _rows(image), below=len(HALVING) - 2)
        if strip.shape[-2] + below.shape[-2] >= len(HALVING)
    ]
    return torch.cat(parts, -2)


def _add_raised(result: Tensor, coarse: Tensor) -> None:
    """Add to a gradient what comes of that of the halved picture."""
    row = 0
    for strip, _ in _strips(coarse, _rows(result)):
        raised = conv_transpose2d(strip, _kernel(coarse), stride=2, groups=coarse.shape[1])
        result[..., row : row + raised.shape[-2], : raised.shape[-1]] += raised
        row += 2 * strip.shape[-2]


def _kernel(image: Tensor) -> Tensor:
    """HALVING both ways for each channel, C×1×4×4.

    Worked out where the picture is: nothing may be copied while a GPU records this.
    """
    places = torch.arange(len(HALVING), dtype=image.dtype, device=image.device)
    weights = 0.5 - 0.25 * (places - 1.5).abs()
    return (weights[:, None] * weights).expand(image.shape[1], 1, -1, -1)


def _add_pulls(result: Tensor, picture: Tensor, both: Tensor) -> None:
    """Add to a gradient what comes of the products of differences, whose own is ``both``, 3×3."""
    row = 0
    for strip, below in _strips(picture, _rows(picture)):
        height = strip.shape[-2]
        across, down = _changes(strip, below, picture)
        wide = result[..., row : row + height, :]
        high = result[..., row : row + height + below.shape[-2], :]
        for axis, place, (change, share) in ((-1, wide, across), (-2, high, down)):
            pull, length = _mixed(share * both, change), change.shape[axis]
            place.narrow(axis, 1, length).add_(pull)
            place.narrow(axis, 0, length).sub_(pull)
        row += height


def _rows(picture: Tensor) -> int:
    """How many rows are looked at at a time."""
    pixels = STRIP if picture.device.type == "cpu" else STRIP_BESIDE_CPU
    return pixels // picture.shape[-1]


def _strips(image: Tensor, rows: int, below: int = 1) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows of a picture, an even number at a time, and some rows below each, if there are any."""
    rows = max(2, rows // 2 * 2)
    for row in range(0, image.shape[-2], rows):
        end = row + rows
        yield image[..., row:end, :], image[..., end : end + below, :]


def _changes(strip: Tensor, below: Tensor, picture: Tensor) -> Iterator[tuple[Tensor, float]]:
    """Differences across, and those down to the row below the strip, with their weights."""
    height, width = picture.shape[-2:]
    yield strip.diff(dim=-1), 0.5 / max(1, height * (width - 1))
    yield torch.cat([strip, below], -2).diff(dim=-2), 0.5 / max(1, (height - 1) * width)


def _squares(image: Tensor) -> Tensor:
    """Sums of the products of channels, 1×C×C."""
    samples = image.flatten(2)
    return samples @ samples.transpose(1, 2)


def _mixed(matrix: Tensor, image: Tensor) -> Tensor:
    """Channels mixed by a matrix C×C, in each pixel."""
    return (matrix @ image.flatten(2)).view(image.shape)


@dataclass(frozen=True)
class Palette:
    """Mean and covariance of a style's colours; a term of :class:`~.objective.Objective`.

    Args:
        mean: 4×3, see :func:`moments`.
        covariance: 4×3×3.
        scales: what each is multiplied by, 4: one over its root mean square in the style, times the
            root of its weight. All details together weigh as much as the whole.
        root: 4×3×3, of the scaled covariance, see :func:`~.wasserstein.wasserstein_gaussians`.

    Example:
        >>> picture = torch.rand(1, 3, 32, 48)
        >>> palette = Palette.of(picture)
        >>> float(palette({}, picture)) < 1e-3, float(palette({}, 0.5 * picture)) > 0.1
        (True, True)
    """

    mean: Tensor
    covariance: Tensor
    scales: Tensor
    root: Tensor

    @classmethod
    def of(cls, picture: Tensor) -> Palette:
        """The colours of a picture.

        Args:
            picture: 1×3×H×W, [0, 1], of the size in which its brushwork is wanted.
        """
        return cls._of(*moments(picture.float()))

    @classmethod
    def _of(cls, mean: Tensor, covariance: Tensor) -> Palette:
        energy = (mean.square() + covariance.diagonal(dim1=1, dim2=2)).mean(1)
        weights = torch.tensor([1.0] + [1 / DETAILS] * DETAILS).to(energy)
        scales = (weights / energy.clamp_min(FLAT**2)).sqrt()
        scaled = _scaled(mean, covariance, scales)
        return cls(mean, covariance, scales, roots(regularised(scaled[1]))[0])

    @classmethod
    def blend(cls, palettes: Sequence[Palette], weights: Sequence[float]) -> Palette:
        """Mix several styles' colours by averaging their statistics.

        Args:
            palettes: at least one.
            weights: one each, with a positive sum; only their ratio counts.
        """
        if len(palettes) == 1:
            return palettes[0]
        shares = [one / sum(weights) for one in weights]
        return cls._of(
            weighted_sum([one.mean for one in palettes], shares),
            weighted_sum([one.covariance for one in palettes], shares),
        )

    def __call__(self, features: Mapping[str, Tensor], image: Tensor) -> Tensor:
        """Squared 2-Wasserstein distances of the Gaussians over the style's mean squares, added up.

        Args:
            features: not read.
            image: 1×3×H×W.

        Returns:
            Scalar, 0 for the style itself.
        """
        with torch.autocast(image.device.type, enabled=False):
            own = _scaled(*moments(image.float()), self.scales)
            style = _scaled(self.mean, self.covariance, self.scales)
            return wasserstein_gaussians(*own, *style, self.root) * len(self.scales)


def _scaled(mean: Tensor, covariance: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    """Means and covariances of bands that are multiplied, each by its scale; of details the chroma.

    How much light and dark changes from pixel to pixel is the Gram matrices' business: asked for
    here as well, it came as noise of single pixels in large frames. In its place stands the same
    in picture and style, for which roots of the covariances are easily found.
    """
    whole = torch.eye(3, dtype=mean.dtype, device=mean.device)
    light = torch.stack([whole * 0] + [torch.full_like(whole, 1 / 3)] * DETAILS)
    chroma = whole - light
    squares = covariance * scales[:, None, None].square()
    return mean * scales[:, None], chroma @ squares @ chroma + light
