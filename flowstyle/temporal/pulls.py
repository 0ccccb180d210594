"""What a frame takes from its neighbours: their warped results and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from flowstyle.flow.masks import TrustMasks
from flowstyle.flow.paint_warp import warp_paint
from flowstyle.flow.pairs import Pair
from flowstyle.settings import Settings
from flowstyle.temporal.light import Light
from flowstyle.temporal.shown import what_is_shown
from flowstyle.temporal.static import with_static_pixels


@dataclass(frozen=True)
class Origin:
    """Where a pull came from.

    Args:
        index: of the neighbour.
        flow: 1×2×H×W into it.
        found: its masks, at that size or at half of it: only debug pictures need them enlarged.
    """

    index: int
    flow: Tensor
    found: TrustMasks

    @property
    def masks(self) -> TrustMasks:
        """The masks at the size of the flow."""
        size = (self.flow.shape[-2], self.flow.shape[-1])
        found = self.found
        parts = (found.missed, found.overshoot, found.edges, found.trust)
        return TrustMasks(*(whole(one, size) for one in parts))


def whole(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """What was found at half of the size (height, width), each value in the middle of its pixels.

    Args:
        mask: 1×C×⌈height / 2⌉×⌈width / 2⌉, or at the full size already.
        size: of the result.
    """
    if mask.shape[-2:] == size:
        return mask
    return interpolate(mask, scale_factor=2.0, mode="bilinear")[..., : size[0], : size[1]]


@dataclass(frozen=True)
class Lit:
    """A neighbour's paint in its own light, where that is another one than the frame's in work.

    Args:
        image: 1×3×H×W, warped.
        seen: 1×3×H×W, its source frame, warped.
        trust: 1×1×H×W in [0, 1], as if its light were the same.
        usable: 1×1×H×W in [0, 1], likewise.
        light: the change.
    """

    image: Tensor
    seen: Tensor
    trust: Tensor
    usable: Tensor
    light: Light


@dataclass(frozen=True)
class Pull:
    """A neighbour's result on the pixels of the frame in work.

    Args:
        image: 1×3×H×W, carried along the flow (one resampling).
        trust: 1×1×H×W in [0, 1], how far the frame is pulled to it.
        usable: 1×1×H×W in [0, 1], how far it serves as a start: also on motion boundaries, or in
            smooth motion that fails the forward-backward check, if the colours agree closely and
            no sliver is drawn out. What is painted anew in each frame flickers.
        static: 1×1×H×W of 0 and 1: where the source stands still between the two frames.
        weight: of its temporal term.
        change: 1×3×1×1, by how much the mean colour of what can be trusted should change from the
            neighbour to this frame, as the source's own does; None where its light changes fast.
        origin: flow and masks that it was made with, for debug pictures.
        lit: the same before it was brought to the frame's light; None where that is the same, and
            where an engine is handed it.
    """

    image: Tensor
    trust: Tensor
    usable: Tensor
    static: Tensor
    weight: float
    change: Tensor | None = None
    origin: Origin | None = None
    lit: Lit | None = None


@dataclass(frozen=True)
class Start:
    """What a frame begins with.

    Args:
        paint: 1×3×H×W; with ``open``, the paint at hand times its share in each pixel.
        open: 1×1×H×W in [0, 1], the share of each pixel for which there is no paint; None for
            nothing.
    """

    paint: Tensor
    open: Tensor | None = None

    def over(self, ground: Tensor) -> Tensor:
        """The whole start, ``ground`` (1×3×H×W) where there is no paint."""
        return self.paint if self.open is None else self.paint + self.open * ground


def pull(
    pair: Pair,
    target: Tensor,
    source: Tensor,
    result: Tensor,
    settings: Settings,
    *,
    anchor: Tensor | None = None,
    weight: float = 1.0,
    index: int = 0,
) -> Pull:
    """Bring a neighbour's result onto the frame in work.

    Args:
        pair: flows seen from the frame in work; ``to_b`` points into the neighbour.
        target: source frame in work, 1×3×H×W.
        source: the neighbour's source frame.
        result: the neighbour's stylised frame.
        settings: the render's.
        anchor: an earlier source frame of the shot, see :mod:`flowstyle.temporal.static`; None is
            ``source``.
        weight: of the temporal term.
        index: of the neighbour.
    """
    shown = what_is_shown(
        Pair(pair.to_b.to(result), pair.to_a.to(result)),
        target.to(result),
        source.to(result),
        settings,
        anchor=None if anchor is None else anchor.to(result),
    )
    static, light = shown.static, shown.light
    warped, lit = warp_paint(result, shown.flow).clamp(0, 1), None
    if light is not None:
        lit = Lit(warped, shown.moved, shown.trust, shown.usable, light)
        warped = (warped * light.paint).clamp(0, 1)
    shown = shown.in_this_light()
    # Still pixels take their neighbour's value to the last bit: resampling rounds.
    warped = with_static_pixels(warped, result, static)
    return Pull(
        warped,
        shown.trust,
        shown.usable,
        static,
        weight,
        shown.expected_change(target.to(result), warped),
        Origin(index, shown.flow, shown.masks),
        lit,
    )


def closest_first(pulls: Sequence[Pull]) -> list[Pull]:
    """Long-term consistency: each frame is trusted only where no closer one is.

    c_long(i−j) = max(c(i−j) − Σ c(i−k) over closer k, 0), Ruder et al. (GCPR 2016), equation 9.

    Args:
        pulls: nearest neighbour first.
    """
    if not pulls:
        return []
    taken = torch.zeros_like(pulls[0].trust)
    result = []
    for one in pulls:
        trust = (one.trust - taken).clamp_min(0)
        taken = taken + one.trust
        result.append(replace(one, trust=trust))
    return result


def open_area(pulls: Sequence[Pull]) -> Tensor:
    """How far no neighbour serves as a start, 1×1×H×W in [0, 1].

    Args:
        pulls: one or more.
    """
    return 1 - torch.stack([one.usable for one in pulls]).amax(0)


def filled(pulls: Sequence[Pull]) -> Start:
    """A start from the warped neighbours where they can be used, open elsewhere.

    Args:
        pulls: most wanted first; each fills what the ones before left open.
    """
    start = torch.zeros_like(pulls[0].image)
    open_ = torch.ones_like(pulls[0].image[:, :1])
    for one in pulls:
        share = open_ * one.usable
        start = start + share * one.image
        open_ = open_ - share
    return Start(start, open_)


def blend(own: Tensor, pulls: Sequence[Pull], weight: float) -> Tensor:
    """X ← (x + Σ δ w warp(neighbour)) / (1 + Σ δ w), Ruder et al. (GCPR 2016), equation 11.

    Args:
        own: 1×3×H×W, result of the sweep before.
        pulls: the neighbours already done in this direction.
        weight: δ.
    """
    image, total = own, torch.ones_like(own[:, :1])
    for one in pulls:
        image = image + weight * one.trust * one.image
        total = total + weight * one.trust
    return image / total
