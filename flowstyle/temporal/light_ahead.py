"""Light that changes towards a later frame's: paint goes over to what is painted in that light.

How light or rich in contrast paint is does not follow from the source alone: a style has a light of
its own, which counts for the more the darker a picture is. Only a frame that is painted whole in
the new light tells. It is one of those that are painted ahead. As far as the source's local means
have come from the neighbour's to that frame's, the paint goes over to its paint.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor
from torch.nn.functional import interpolate

from flowstyle.temporal.light import cells_of, local_means
from flowstyle.temporal.pulls import Pull

LEAST = 1.0 / 255
"""Distance of two local means up to which their light counts as one."""
PART = 0.1
"""Part of a picture in which the light must change for a painting to be worth it."""
ENOUGH = 0.25
"""How far a change must be believed to be one of light for paint to go over with it fully."""
LET_GO = 0.35
"""Part of a picture whose paint is let go, from which on it is painted like a first frame."""


def worth_a_painting(near: Pull) -> bool:
    """Whether the light has changed in so much of the picture that paint is to go over with it."""
    return near.lit is not None and float(near.lit.light.believed.mean()) > PART


def gone_over(near: Pull, ahead: Pull, now: Tensor, trust: float = 1.0) -> Pull:
    """A neighbour's paint, on its way to that of a frame painted in another light.

    Args:
        near: the neighbour.
        ahead: the frame that is painted ahead.
        now: 1×3×H×W, the source frame in work.
        trust: the factor on all masks, [0, 1]; what it takes from the neighbour is to boil, and
            does not hinder paint from going over.

    Returns:
        The neighbour with another image, trusted too where its light is on the way; itself where
        it has the light of the frame in work.
    """
    here = near.lit
    if here is None:
        return near
    there = ahead.lit
    image, usable = (ahead.image, ahead.usable) if there is None else (there.image, there.usable)
    then = now if there is None else there.seen
    begun, ended = ((one / max(trust, 1e-6)).clamp(max=1) for one in (here.usable, usable))
    share, sure = _way(now, here.seen, then, begun * ended)
    known = share * ended + (1 - share) * begun
    believed = (here.light.believed / ENOUGH).clamp(max=1)
    sure = sure * ended * known * believed * (near.static == 0)
    carried = here.image + share * (image - here.image)
    return replace(
        near,
        image=near.image + sure * (carried - near.image),
        trust=near.trust + sure * (here.trust - near.trust).clamp_min(0),
        usable=near.usable + sure * (trust * known - near.usable).clamp_min(0),
    )


def is_let_go(near: Pull, open_: Tensor) -> bool:
    """Whether a change of light has left so much of a picture without paint.

    Args:
        near: the neighbour, gone over to the light ahead as far as that lay on its way.
        open_: 1×1×H×W in [0, 1], where there is no paint.
    """
    if near.lit is None:
        return False
    return float(((1 - near.lit.light.told) * open_).mean()) > LET_GO


def _way(now: Tensor, before: Tensor, then: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """How far the light has come from one frame's to another's.

    Args:
        now: 1×3×H×W, the source frame in work.
        before: 1×3×H×W, its neighbour's on the same pixels.
        then: 1×3×H×W, the other frame's.
        known: 1×1×H×W in [0, 1], where all show the same.

    Returns:
        The share of the way, 1×1×H×W in [0, 1]; and the share of the change that lies on it,
        1×1×H×W in [0, 1]: a flash between two frames of one light is no way from one to the other.
    """
    size = (now.shape[-2], now.shape[-1])
    cells = cells_of(size)
    here, begin, end = (local_means(one, known, cells) for one in (now, before, then))
    change, whole = here - begin, end - begin
    length = whole.square().sum(1, keepdim=True)
    come = ((change * whole).sum(1, keepdim=True) / length.clamp_min(3 * LEAST**2)).clamp(0, 1)
    beside = (change - come * whole).square().sum(1, keepdim=True).sqrt()
    sure = 1 - beside / change.square().sum(1, keepdim=True).sqrt().clamp_min(LEAST)
    share, sure = (interpolate(one, size, mode="bilinear") for one in (come, sure.clamp(0, 1)))
    return share, sure
