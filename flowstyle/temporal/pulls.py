"""What a frame takes from its neighbours: their warped results and how far to trust them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.flow.masks import (
    MaskOptions,
    TrustMasks,
    combined,
    compared,
    consistent,
    drawn_out,
    reference_trust,
    refine,
)
from flowstyle.flow.pairs import Pair
from flowstyle.flow.warp import in_frame, warp
from flowstyle.settings import Settings
from flowstyle.temporal.held_colours import expected_change
from flowstyle.temporal.light import Light, change_of_light
from flowstyle.temporal.static import static_mask

COLOURS_AGREE = 0.04
"""Largest difference of a channel, in flat areas, for a warped result to be a start."""


@dataclass(frozen=True)
class Origin:
    """Where a pull came from: the neighbour's index, the flow 1×2×H×W into it, its masks."""

    index: int
    flow: Tensor
    masks: TrustMasks


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
    flow, reverse = pair.to_b.to(result), pair.to_a.to(result)
    target, source = target.to(result), source.to(result)
    static = torch.zeros_like(flow[:, :1])
    light: Light | None = None
    if settings.mask_rule == "reference":
        rule = reference_trust(flow, reverse)
        masks = TrustMasks(missed=rule, overshoot=rule, edges=rule, trust=rule)
        trust = usable = settings.trust * rule
        moved = warp(source, flow)
    else:
        if settings.lock_static:
            earlier = source if anchor is None else anchor.to(result)
            static = static_mask(target, source, earlier, flow)
            flow = flow * (1 - static)
        options = mask_options(settings)
        agree, moved = consistent(flow, reverse), warp(source, flow)
        light = change_of_light(target, moved, in_frame(flow) * agree)
        seen = (
            target if light is None else (target / light.source).clamp(0, 1)
        )  # in the neighbour's light
        colours = compared(seen, moved)
        masks = combined(flow, agree, colours, seen, source, options)
        trust = torch.maximum(settings.trust * masks.trust, static)
        alike = colours.within(COLOURS_AGREE, allowance=0.5)
        known = alike * masks.overshoot * torch.maximum(masks.missed, masks.edges)
        known = known * (1 - drawn_out(flow))  # else objects that move away grow tails
        # What stands still says nothing of what was hidden beside it.
        known = refine(known, replace(options, dilate=0), among=1 - static)
        usable = torch.maximum(settings.trust * known, trust)
    warped = warp_lanczos(result, flow).clamp(0, 1)
    lit = None
    if light is not None:
        lit = Lit(warped, moved, trust, usable, light)
        warped, moved = (warped * light.paint).clamp(0, 1), moved * light.source
        told = torch.maximum(light.told, static)
        trust, usable = trust * told, usable * told
    # Still pixels take their neighbour's value to the last bit: resampling rounds.
    warped = torch.where(static > 0, result, warped)
    change = expected_change(target, moved, warped, trust * (1 - static))
    return Pull(warped, trust, usable, static, weight, change, Origin(index, flow, masks), lit)


def mask_options(settings: Settings) -> MaskOptions:
    """The settings of the trust masks."""
    return MaskOptions(
        missed=settings.missed,
        overshoot=settings.overshoot,
        edges=settings.edges,
        dilate=settings.mask_dilate,
        blur=settings.mask_blur,
        soften=settings.mask_soften,
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
