"""The styles of a render: which, with which weight, at which frame, in which part of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flowstyle.core.colour import is_grey, match_mean_covariance
from flowstyle.core.errors import UsageError
from flowstyle.core.images import to_tensor


@dataclass(frozen=True, eq=False)
class StylePicture:
    """A style as plain data, which can be sent to another process.

    Args:
        pixels: H×W×3 RGB, uint8 or uint16 over its full range.
        weight: how much of it, against the other styles; only the ratio counts.
        name: for messages.
        digest: of the file it was read from, by which a resumed render knows it again; "" takes
            the pixels'.
        path: of that file, which no result may replace.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    weight: float = 1.0
    name: str = ""
    digest: str = ""
    path: Path | None = None

    def __eq__(self, other: object) -> bool:
        """Whether content and weight are the same."""
        if not isinstance(other, StylePicture):
            return NotImplemented
        return (self.identity, self.weight) == (other.identity, other.weight)

    def __hash__(self) -> int:
        """By content and weight."""
        return hash((self.identity, self.weight))

    @property
    def identity(self) -> str:
        """SHA-256 of the file it was read from, or else of its pixels."""
        if self.digest:
            return self.digest
        content = hashlib.sha256(f"{self.pixels.shape} {self.pixels.dtype}".encode())
        content.update(np.ascontiguousarray(self.pixels).tobytes())
        return content.hexdigest()


@dataclass(frozen=True)
class Style:
    """A style on the device that paints; two are equal if their pictures are.

    Args:
        picture: 1×3×H×W, RGB, [0, 1].
        digest: of the picture.
        name: for messages.
        grey: whether it has no colours.
    """

    picture: Tensor = field(compare=False)
    digest: str
    name: str = field(default="", compare=False)
    grey: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, picture: Tensor, name: str = "") -> Style:
        """A style from its picture, 1×3×H×W on any device."""
        digest = hashlib.sha256(f"{tuple(picture.shape)}".encode())
        digest.update(picture.detach().cpu().contiguous().numpy().tobytes())
        return cls(picture, digest.hexdigest(), name, is_grey(picture))


class StyleShare(NamedTuple):
    """A style at one frame: its weight, and where it is painted (1×1×H×W in [0, 1], None: all)."""

    style: Style
    weight: float
    mask: Tensor | None = None


class Styles(Protocol):
    """The styles over the frames of a shot."""

    def at(self, index: int) -> Sequence[StyleShare]:
        """The styles of a frame, at least one.

        Args:
            index: of the frame, counted from the render's first.
        """

    def matched_to(self, photo: Tensor) -> Self:
        """The same styles with the colours of a photograph, 1×3×H×W in [0, 1]."""


@dataclass(frozen=True, eq=False)
class ConstantStyles:
    """The same styles at every frame, everywhere in it.

    Args:
        shares: at least one.
    """

    shares: tuple[StyleShare, ...]

    @classmethod
    def of(
        cls, pictures: Sequence[StylePicture], device: torch.device | str = "cpu"
    ) -> ConstantStyles:
        """Bring pictures to a device.

        Raises:
            UsageError: there is none, or the weights have no positive sum.
        """
        weights = [picture.weight for picture in pictures]
        if not pictures or min(weights) < 0 or sum(weights) <= 0:
            raise UsageError(
                f"blend weights {', '.join(f'{w:g}' for w in weights)} for {len(weights)} styles",
                "blend",
                "give one weight, 0 or more, for each style picture",
            )
        return cls(
            tuple(
                StyleShare(Style.of(to_tensor(one.pixels).to(device), one.name), one.weight)
                for one in pictures
            )
        )

    def at(self, index: int) -> Sequence[StyleShare]:
        """All styles; see :class:`Styles`."""
        return self.shares

    def matched_to(self, photo: Tensor) -> ConstantStyles:
        """See :class:`Styles`; done once a shot and never once a frame, which would flicker."""
        return ConstantStyles(
            tuple(
                share._replace(
                    style=Style.of(
                        match_mean_covariance(share.style.picture, photo), share.style.name
                    )
                )
                for share in self.shares
            )
        )
