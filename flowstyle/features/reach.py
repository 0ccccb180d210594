"""How far a network sees: what a part of a picture must bring along to be computed alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class Reach:
    """What a network reads around a place.

    Args:
        halo: pixels beyond a part's own that decide its activations, on each side.
        strides: layer to the pixels between two of its positions.
    """

    halo: int
    strides: Mapping[str, int] = field(hash=False)

    @property
    def alignment(self) -> int:
        """Parts begin at multiples of this, so that poolings divide them as they do the whole."""
        return max(self.strides.values(), default=1)


@dataclass(frozen=True)
class Window:
    """One layer that looks through a window.

    Args:
        name: the activation that it gives.
        kernel: side of the window, positions.
        stride: positions between two windows, a power of 2.
        padding: positions added on each side.
    """

    name: str
    kernel: int = 1
    stride: int = 1
    padding: int = 0


@runtime_checkable
class Tileable(Protocol):
    """A feature network that knows how far it sees, and so can be run over a picture in parts."""

    def reach(self, layers: Sequence[str]) -> Reach | None:
        """The reach of the deepest of some layers; None where it is not known."""
        ...


def reach_of(network: object, layers: Sequence[str]) -> Reach | None:
    """The reach of a network, None where it does not tell."""
    return network.reach(layers) if isinstance(network, Tileable) else None


def reach_of_chain(chain: Iterable[Window], layers: Sequence[str]) -> Reach:
    """The reach of layers that follow one another.

    A position at stride S of a layer stands for the S pixels from its own place on. Of its
    receptive field, what lies before these is the padding so far, and the rest lies behind.

    Args:
        chain: from the image on, at least as far as the deepest of ``layers``.
        layers: those that are read.

    Example:
        >>> reach_of_chain([Window("a", 3, 1, 1), Window("b", 2, 2), Window("c", 3, 1, 1)], ["c"])
        Reach(halo=3, strides={'c': 2})
    """
    stride, field, before, halo = 1, 1, 0, 0
    strides: dict[str, int] = {}
    for window in chain:
        before += window.padding * stride
        field += (window.kernel - 1) * stride
        stride *= window.stride
        if window.name in layers:
            strides[window.name] = stride
            halo = max(halo, before, field - before - stride)
    return Reach(halo, {layer: strides[layer] for layer in layers})
