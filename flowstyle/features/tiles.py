"""A picture in parts that give, taken together, exactly the activations of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from torch import Tensor

from flowstyle.features.base import FeatureNetwork
from flowstyle.features.reach import Reach


@dataclass(frozen=True)
class Span:
    """A part of one side of a picture.

    Args:
        first: its first pixel.
        last: behind its last pixel.
        outer_first: first pixel that its activations depend on.
        outer_last: behind the last of these.
        ends: whether the picture ends here.
    """

    first: int
    last: int
    outer_first: int
    outer_last: int
    ends: bool

    @property
    def outer(self) -> slice:
        """Pixels that the network is run on."""
        return slice(self.outer_first, self.outer_last)

    def within(self, stride: int) -> slice:
        """The span's own positions among the activations of its outer pixels."""
        begin = (self.first - self.outer_first) // stride
        # At the picture's end poolings round down as they do for the whole.
        return slice(begin, None if self.ends else (self.last - self.outer_first) // stride)

    def of_whole(self, stride: int) -> slice:
        """The span's own positions among the activations of the whole picture."""
        return slice(self.first // stride, None if self.ends else self.last // stride)


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture: its own pixels, and the halo that the network must see with them.

    Zeros and repeated edges, with which a network surrounds what it is given, are right at the
    border of the picture, where a tile has no halo, and elsewhere reach no further than the halo.
    """

    rows: Span
    columns: Span

    @property
    def pixels(self) -> int:
        """Number of pixels with the halo."""
        rows, columns = self.rows, self.columns
        return (rows.outer_last - rows.outer_first) * (columns.outer_last - columns.outer_first)

    def cut(self, image: Tensor) -> Tensor:
        """A view of the tile's pixels with its halo, of N×C×H×W."""
        return image[..., self.rows.outer, self.columns.outer]

    def own(self, features: Tensor, stride: int) -> Tensor:
        """A view of the tile's own positions, of the activations of :meth:`cut`."""
        return features[..., self.rows.within(stride), self.columns.within(stride)]

    def of_whole(self, features: Tensor, stride: int) -> Tensor:
        """A view of the tile's own positions, of the activations of the whole picture."""
        return features[..., self.rows.of_whole(stride), self.columns.of_whole(stride)]


@dataclass(frozen=True)
class Tiling:
    """A picture's tiles, and the network's reach for which they were cut."""

    tiles: tuple[Tile, ...]
    reach: Reach

    @property
    def pixels(self) -> int:
        """Number of pixels of all tiles with their halos."""
        return sum(tile.pixels for tile in self.tiles)

    def run(
        self, network: FeatureNetwork, image: Tensor, layers: Sequence[str]
    ) -> Iterator[tuple[Tile, dict[str, Tensor]]]:
        """Each tile with the activations at its own positions, one tile after the other.

        Args:
            network: gives the activations.
            image: N×3×H×W, the whole picture.
            layers: names to return.
        """
        for tile in self.tiles:
            yield tile, self.own(tile, network(tile.cut(image), layers))

    def own(self, tile: Tile, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of a tile's activations those at its own positions."""
        strides = self.reach.strides
        return {layer: tile.own(values, strides[layer]) for layer, values in features.items()}


@lru_cache(maxsize=64)  # the sizes of a first frame, for each frame of a clip
def tiles_for(size: tuple[int, int], reach: Reach, largest: int) -> Tiling:
    """Cut a picture so that no tile with its halo has more than so many pixels.

    Of all grids that do, it takes the one with the fewest pixels altogether. Where not even the
    smallest tiles are small enough, it is those.

    Args:
        size: (height, width).
        reach: of the network.
        largest: number of pixels.
    """
    ways = [_ways(side, reach) for side in size]
    grids = (
        (max(0, rows[0] * columns[0] - largest), rows[1] * columns[1], rows[2], columns[2])
        for rows in ways[0]
        for columns in ways[1]
    )
    *_, rows, columns = min(grids, key=lambda grid: grid[:2])
    return Tiling(tuple(Tile(row, column) for row in rows for column in columns), reach)


def smallest_tile(reach: Reach) -> int:
    """Pixels of the smallest tile that a large picture can be cut into, with its halo."""
    return (reach.alignment + 2 * _aligned(reach.halo, reach.alignment)) ** 2


def _spans(side: int, count: int, reach: Reach) -> list[Span]:
    """A side in parts of nearly the same length, all but the last a multiple of the alignment."""
    step = reach.alignment
    halo = _aligned(reach.halo, step)
    units = max(1, side // step)
    borders = [step * (units * i // count) for i in range(count)] + [side]
    return [
        Span(first, last, max(0, first - halo), min(side, last + halo), last == side)
        for first, last in pairwise(borders)
    ]


def _ways(side: int, reach: Reach) -> list[tuple[int, int, list[Span]]]:
    """Every division of a side: the longest part with its halo, the sum of all, the parts."""
    ways = [_spans(side, count, reach) for count in range(1, max(1, side // reach.alignment) + 1)]
    lengths = [[span.outer_last - span.outer_first for span in spans] for spans in ways]
    return [(max(each), sum(each), spans) for each, spans in zip(lengths, ways, strict=True)]


def _aligned(length: int, step: int) -> int:
    """The next multiple of a step."""
    return -(-length // step) * step
