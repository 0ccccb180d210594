"""What a neighbour shows of the frame in work: where the same things are seen, and in what light.

Only source frames and flows tell; paint has no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

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
from flowstyle.temporal.static import static_mask, with_static_pixels

COLOURS_AGREE = 0.04
"""Largest difference of a channel, in flat areas, for a warped result to be a start."""


@dataclass(frozen=True)
class Shown:
    """What a neighbour shows, on the pixels of the frame in work.

    Args:
        flow: 1×2×H×W into the neighbour, 0 where the scene stands still.
        static: 1×1×H×W of 0 and 1, where it does.
        moved: 1×3×H×W, the neighbour's source frame, brought over.
        masks: of the flow.
        trust: 1×1×H×W in [0, 1], how far a frame is pulled to the neighbour.
        usable: 1×1×H×W in [0, 1], how far the neighbour serves as a start.
        light: the change of light from the neighbour; None for none. ``moved``, ``trust`` and
            ``usable`` are as in the neighbour's own light, until :meth:`in_this_light`.
    """

    flow: Tensor
    static: Tensor
    moved: Tensor
    masks: TrustMasks
    trust: Tensor
    usable: Tensor
    light: Light | None

    def in_this_light(self) -> Shown:
        """The same, brought to the light of the frame in work, and trusted as far as that goes."""
        light = self.light
        if light is None:
            return self
        told = torch.maximum(light.told, self.static)
        return replace(
            self,
            moved=self.moved * light.source,
            trust=self.trust * told,
            usable=self.usable * told,
            light=None,
        )

    def expected_change(self, target: Tensor, warped: Tensor) -> Tensor | None:
        """See :func:`flowstyle.temporal.held_colours.expected_change`.

        Args:
            target: 1×3×H×W source frame in work.
            warped: 1×3×H×W, the neighbour's paint, brought over, in the same light as ``moved``.
        """
        return expected_change(target, self.moved, warped, self.trust * (1 - self.static))


def what_is_shown(
    pair: Pair, target: Tensor, source: Tensor, settings: Settings, *, anchor: Tensor | None = None
) -> Shown:
    """What a neighbour shows of the frame in work.

    Args:
        pair: flows seen from the frame in work; ``to_b`` points into the neighbour.
        target: source frame in work, 1×3×H×W.
        source: the neighbour's source frame, on the same device, as all.
        settings: the render's.
        anchor: an earlier source frame of the shot, see :mod:`flowstyle.temporal.static`; None is
            ``source``.
    """
    flow, reverse = pair.to_b, pair.to_a
    static, moved = torch.zeros_like(flow[:, :1]), warp(source, flow)
    if settings.mask_rule == "reference":
        rule = reference_trust(flow, reverse)
        masks = TrustMasks(missed=rule, overshoot=rule, edges=rule, trust=rule)
        trust = settings.trust * rule
        return Shown(flow, static, moved, masks, trust, trust, None)
    if settings.lock_static:
        static = static_mask(target, source, source if anchor is None else anchor, flow, moved)
        flow, moved = flow * (1 - static), with_static_pixels(moved, source, static)
    options = mask_options(settings)
    agree = consistent(flow, reverse)
    light = change_of_light(target, moved, in_frame(flow) * agree)
    # In the neighbour's light.
    seen = target if light is None else (target / light.source).clamp(0, 1)
    colours = compared(seen, moved)
    masks = combined(flow, agree, colours, seen, source, options)
    trust = torch.maximum(settings.trust * masks.trust, static)
    alike = colours.within(COLOURS_AGREE, allowance=0.5)
    known = alike * masks.overshoot * torch.maximum(masks.missed, masks.edges)
    known = known * (1 - drawn_out(flow))  # else objects that move away grow tails
    # What stands still says nothing of what was hidden beside it.
    known = refine(known, replace(options, dilate=0), among=1 - static)
    usable = torch.maximum(settings.trust * known, trust)
    if bool(static.any()):
        # What stands still has not moved: a thing that goes on uncovers ground of the same colour.
        free = 1 - warp(static, flow) * (1 - static)
        trust, usable = trust * free, usable * free
    return Shown(flow, static, moved, masks, trust, usable, light)


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
