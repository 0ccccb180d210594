"""Where a flow can be trusted: the reference rule, and the product's masks.

Flows follow the project's convention: ``flow`` stands on the target's pixels and points into the
source, ``reverse`` stands on the source's pixels and points back. Masks are N×1×H×W, 1 = trust.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from kornia.morphology import erosion
from torch import Tensor
from torch.nn import functional as F

from flowstyle.core.blur import box, gaussian
from flowstyle.flow.warp import inside_by, landing, warp

AROUND = 25
"""Pixels: side of the squares over which vectors are averaged that scatter by themselves."""
CHANCE = 0.13
"""Pixels: a mean no longer than this is not told from none; drafts of flow are off by as much."""
DRAWN_OUT = 0.9
"""Of a pixel: a place in the source that is smaller has less to show than the pixel needs."""
CREEP = 0.25
"""Pixels: a mean that is longer is no noise, also where the pictures show no change."""


@dataclass(frozen=True)
class MaskOptions:
    """How the three reasons of distrust become one mask; the words are the video artists'.

    ``missed``, ``overshoot`` and ``edges`` weigh occlusions, vectors that leave the frame, and
    motion boundaries, 0 (ignored) to 1 (not trusted at all). The distrusted area then grows by
    ``dilate`` pixels, the mask is blurred with a Gaussian of ``blur`` pixels, and lifted so that
    no pixel is trusted less than ``soften``.
    """

    missed: float = 1.0
    overshoot: float = 1.0
    edges: float = 1.0
    dilate: int = 1
    blur: float = 0.8
    soften: float = 0.0

    def __post_init__(self) -> None:
        for name in ("missed", "overshoot", "edges", "soften"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {getattr(self, name)}")
        if self.dilate < 0 or self.blur < 0:
            raise ValueError("dilate and blur must not be negative")


@dataclass(frozen=True)
class TrustMasks:
    """The parts, each N×1×H×W with 1 = no reason for distrust, and their combination ``trust``."""

    missed: Tensor
    overshoot: Tensor
    edges: Tensor
    trust: Tensor


@dataclass(frozen=True)
class Compared:
    """Two pictures of the same place: largest difference of a channel, local contrast, N×1×H×W."""

    difference: Tensor
    contrast: Tensor

    def within(self, tolerance: float = 0.06, allowance: float = 1.5) -> Tensor:
        """Where the colours agree, N×1×H×W of 0 and 1.

        The tolerance grows with the local contrast, since a shift of a part of a pixel changes
        textures most.

        Args:
            tolerance: largest difference of a channel in flat areas.
            allowance: what is added to it, in local contrasts.
        """
        agree = self.difference <= tolerance + allowance * self.contrast
        return agree.to(self.difference.dtype)


def trust_masks(
    flow: Tensor,
    reverse: Tensor,
    target: Tensor,
    source: Tensor,
    options: MaskOptions = MaskOptions(),
) -> TrustMasks:
    """The masks that a render uses.

    Against the reference rule: a vector may leave the frame by half a pixel where those around do
    not, so that borders that stand still are trusted; the motion boundary's constant is larger, so
    that the small gradients of a flow estimated on a slowly turning picture do not count; a
    forward-backward check that passes because both flows were invented alike in flat areas is
    backed by a comparison of the pictures; and where the picture stands still, noise in the flow is
    no reason for distrust.

    Args:
        flow: N×2×H×W in pixels, target → source.
        reverse: N×2×H×W in pixels, source → target.
        target: N×3×H×W, [0, 1], the frame on which the masks stand.
        source: N×3×H×W, [0, 1].
        options: weights and what is done to the combined mask.

    Returns:
        The three parts and the combined mask.
    """
    agree = consistent(flow, reverse)
    return combined(flow, agree, compared(target, warp(source, flow)), target, source, options)


def combined(
    flow: Tensor,
    agree: Tensor,
    colours: Compared,
    target: Tensor,
    source: Tensor,
    options: MaskOptions = MaskOptions(),
) -> TrustMasks:
    """:func:`trust_masks` from what is known already.

    Args:
        flow: N×2×H×W in pixels, target → source.
        agree: N×1×H×W, from :func:`consistent`.
        colours: of the target and the source that was brought onto it.
        target: N×3×H×W, [0, 1], the frame on which the masks stand.
        source: N×3×H×W, [0, 1].
        options: weights and what is done to the combined mask.
    """
    drift = mean_around(flow)
    overshoot = seen_before(flow, drift)
    missed = agree * colours.within()
    # Outside the frame there is nothing to compare: one reason a pixel is enough.
    missed = torch.where(overshoot > 0, missed, torch.ones_like(missed))
    edges = smooth_motion(flow)
    still = standing_still(flow, target, source)
    missed, edges = (torch.maximum(part, still) for part in (missed, edges))
    overshoot = torch.maximum(overshoot, still * (_squared(drift) < CREEP**2))
    trust = (
        (1 - options.missed * (1 - missed))
        * (1 - options.overshoot * (1 - overshoot))
        * (1 - options.edges * (1 - edges))
    )
    return TrustMasks(missed, overshoot, edges, refine(trust, options))


def refine(trust: Tensor, options: MaskOptions, among: Tensor | None = None) -> Tensor:
    """Grow the distrusted area, blur the mask and lift it.

    Args:
        trust: N×1×H×W in [0, 1].
        options: ``dilate``, ``blur`` and ``soften`` are used.
        among: N×1×H×W of 0 and 1, the pixels that are averaged by the blur; None for all.

    Returns:
        N×1×H×W in [0, 1].
    """
    if options.dilate:
        trust = erosion(trust, _disc(options.dilate, trust))
    if options.blur and among is None:
        trust = gaussian(trust, options.blur)
    elif options.blur and among is not None:
        shares = gaussian(among, options.blur).clamp_min(1e-6)
        trust = gaussian(trust * among, options.blur) / shares
    return trust.clamp(options.soften, 1.0)


def consistent(flow: Tensor, reverse: Tensor) -> Tensor:
    """Forward-backward check (Sundaram et al., ECCV 2010, eq. 4).

    Returns:
        N×1×H×W, 1 where |w + ŵ(p + w)|² < 0.01 (|w|² + |ŵ(p + w)|²) + 0.5.
    """
    back = warp(reverse, flow)
    error = _squared(flow + back)
    return (error < 0.01 * (_squared(flow) + _squared(back)) + 0.5).to(flow.dtype)


def smooth_motion(flow: Tensor, constant: float = 0.02) -> Tensor:
    """Mask of pixels that are no motion boundary (Sundaram et al., eq. 5).

    Args:
        flow: N×2×H×W in pixels.
        constant: allowed squared gradient where nothing moves; 0.002 in the paper.

    Returns:
        N×1×H×W, 1 where |∇u|² + |∇v|² ≤ 0.01 |w|² + constant, central differences.
    """
    return (_gradient_energy(flow) <= 0.01 * _squared(flow) + constant).to(flow.dtype)


def compared(target: Tensor, moved: Tensor) -> Compared:
    """Compare the colours of a frame with those of another that was brought onto it.

    Pictures are averaged over a few pixels first, so that noise does not count.

    Args:
        target: N×3×H×W, [0, 1].
        moved: N×3×H×W, [0, 1].
    """
    smooth = gaussian(target, 1.0)
    difference = (smooth - gaussian(moved, 1.0)).abs().amax(dim=1, keepdim=True)
    contrast = gaussian((target - smooth).abs().amax(dim=1, keepdim=True), 2.0)
    return Compared(difference, contrast)


def colour_difference(flow: Tensor, target: Tensor, source: Tensor) -> Tensor:
    """Mean difference of colours along the flow, averaged over a few pixels.

    Args:
        flow: N×2×H×W in pixels, target → source.
        target: N×3×H×W, [0, 1].
        source: N×3×H×W, [0, 1].

    Returns:
        N×1×H×W in [0, 1].
    """
    return averaged_difference(target, warp(source, flow))


def averaged_difference(target: Tensor, moved: Tensor) -> Tensor:
    """:func:`colour_difference` from what has been warped already.

    Args:
        target: N×3×H×W, [0, 1].
        moved: N×3×H×W, [0, 1], the source brought onto it.
    """
    return gaussian((target - moved).abs().mean(1, keepdim=True), 1.0)


def seen_before(flow: Tensor, drift: Tensor) -> Tensor:
    """Mask of pixels that lie inside the source frame, all of them and not in part.

    Where a camera creeps by a third of a pixel, a third of each pixel along a border is new in each
    frame. If it were trusted, the border's colours would be drawn out into stripes. Single vectors
    scatter by as much where nothing moves: where a vector leaves the frame by up to half a pixel,
    the mean of those around is what counts.

    Args:
        flow: N×2×H×W in pixels.
        drift: N×2×H×W, its mean around each pixel.

    Returns:
        N×1×H×W of 0 and 1.
    """
    inside = inside_by(flow)
    seen = (inside >= 0) | ((inside >= -0.5) & (inside_by(drift) >= -CHANCE))
    return seen.to(flow.dtype)


def standing_still(
    flow: Tensor, target: Tensor, source: Tensor, tolerance: float = 0.04, slowest: float = 1.5
) -> Tensor:
    """Mask of pixels that look the same in both frames without any motion.

    Args:
        flow: N×2×H×W in pixels; longer vectors than ``slowest`` are believed to be motion.
        target: N×3×H×W, [0, 1].
        source: N×3×H×W, [0, 1].
        tolerance: largest difference of a channel after averaging over a few pixels.
        slowest: in pixels.

    Returns:
        N×1×H×W, 1 where the picture stands still.
    """
    change = gaussian(target - source, 1.0).abs().amax(dim=1, keepdim=True)
    return ((change <= tolerance) & (_squared(flow) <= slowest**2)).to(flow.dtype)


def drawn_out(flow: Tensor) -> Tensor:
    """Mask of pixels for each of which there is less than a pixel's worth of the source frame.

    An estimated flow changes smoothly from an object's motion to that of what lies behind it. On
    the side from which the object moves away, where something new comes into view, a sliver of the
    source frame is drawn out over that: by a part of a pixel in each frame, which no comparison of
    colours sees, and after some frames the object has a tail. The Jacobian determinant of the
    motion tells how large the place in the source is that a pixel shows.

    Args:
        flow: N×2×H×W in pixels, target → source.

    Returns:
        N×1×H×W of 0 and 1.

    Example:
        >>> x = torch.arange(8.0).expand(1, 1, 8, 8)
        >>> still, slower = torch.zeros(1, 2, 8, 8), torch.cat([-0.3 * x, 0 * x], 1)
        >>> float(drawn_out(still).mean()), float(drawn_out(slower)[..., 4].mean())
        (0.0, 1.0)
    """
    dx, dy = _slopes(flow)
    area = (1 + dx[:, :1]) * (1 + dy[:, 1:]) - dx[:, 1:] * dy[:, :1]
    return (area < DRAWN_OUT).to(flow.dtype)


def reference_trust(flow: Tensor, reverse: Tensor) -> Tensor:
    """The rule of Ruder, Dosovitskiy and Brox (GCPR 2016, section 3.2) as their program has it.

    Occluded pixels count −1 before smoothing, so that they spread outwards; pixels whose sampling
    cell is not wholly inside the source frame and motion boundaries count 0; then a Gaussian with
    σ = 0.8 and radius 2, mirrored borders, and clipping. Written to 8 bits as ``floor(255 m)``
    this equals the masks of that program to one grey level.

    Args:
        flow: N×2×H×W in pixels, target → source.
        reverse: N×2×H×W in pixels, source → target.

    Returns:
        N×1×H×W in [0, 1].
    """
    height, width = flow.shape[-2:]
    x, y = landing(flow)
    x0, y0 = x.floor(), y.floor()
    inside = (x0 >= 0) & (x0 + 1 < width) & (y0 >= 0) & (y0 + 1 < height)
    trust = torch.ones_like(flow[:, :1])
    trust[smooth_motion(flow, constant=0.002) == 0] = 0.0
    trust[consistent(flow, reverse) == 0] = -1.0
    trust[~inside[:, None]] = 0.0
    return gaussian(trust, 0.8, radius=2).clamp(0.0, 1.0)


def _gradient_energy(flow: Tensor) -> Tensor:
    """|∇u|² + |∇v|²; N×1×H×W."""
    dx, dy = _slopes(flow)
    return _squared(dx) + _squared(dy)


def _slopes(flow: Tensor) -> tuple[Tensor, Tensor]:
    """Change of both components to the right and downwards, each N×2×H×W.

    Central differences, border pixels repeated.
    """
    padded = F.pad(flow, (1, 1, 1, 1), mode="replicate")
    dx = 0.5 * (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2])
    dy = 0.5 * (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1])
    return dx, dy


def mean_around(flow: Tensor) -> Tensor:
    """Mean over the square around each pixel, as large as the picture allows; N×2×H×W."""
    side = min(AROUND, *flow.shape[-2:])
    return box(flow, side - (side + 1) % 2)


def _squared(vectors: Tensor) -> Tensor:
    return vectors.square().sum(dim=1, keepdim=True)


def _disc(radius: int, like: Tensor) -> Tensor:
    axis = torch.arange(-radius, radius + 1, device=like.device)
    return (axis[:, None] ** 2 + axis[None] ** 2 <= radius**2).to(like.dtype)
