"""The sheet that is drawn for one frame: flow, masks, warp, error, and what was painted of it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from flowstyle.flow.colours import flow_colours
from flowstyle.flow.lanczos import warp_lanczos
from flowstyle.flow.masks import TrustMasks
from flowstyle.report.annotations import arrows_picture, error_bar, with_wheel
from flowstyle.report.layout import (
    Picture,
    blank,
    caption_height,
    captioned,
    grid,
    stretched_to,
    to_picture,
)
from flowstyle.report.overlays import (
    ERROR_SCALE,
    MASK_LEGEND,
    error_picture,
    mask_overlay,
    seen_picture,
)

BOX = (1280, 720)
"""(width, height) that a sheet fits into, so that its words can be read; frames of at least
:data:`WIDE` pixels get half as much again."""
WIDE = 960
GAP = 4


@dataclass(frozen=True)
class Painting:
    """What was painted of a frame, and from what. All are 1×C×H×W.

    Args:
        image: the painted frame.
        carried: the neighbour's paint, warped onto it; None for a shot's first frame.
        trust: how far the temporal term held the frame to it.
        usable: how far it served as a start.
    """

    image: Tensor
    carried: Tensor | None = None
    trust: Tensor | None = None
    usable: Tensor | None = None


@dataclass(frozen=True)
class Motion:
    """A frame's flow to another one, with its masks.

    Args:
        previous: 1×3×H×W, the frame that it points into.
        flow: 1×2×H×W in pixels.
        masks: of that flow.
    """

    previous: Tensor
    flow: Tensor
    masks: TrustMasks


def flow_sheet(
    current: Tensor,
    motion: Motion | None,
    radius: float,
    *,
    title: str = "frame",
    painting: Painting | None = None,
    pixel_shape: float = 1.0,
) -> Picture:
    """All that is known of a frame's motion in six panels, and of its paint in six more.

    Args:
        current: 1×3×H×W, the frame.
        motion: to the frame before; None for the first frame of a shot.
        radius: of the colour wheel, in pixels, one for a shot.
        title: names the frame.
        painting: what was painted of it.
        pixel_shape: width of a pixel over its height; those of the sheet are square.

    Returns:
        H×W×3 uint8. The size depends only on the frame's size and shape and on whether there is a
        painting, so that sheets make a video.
    """
    height, width = current.shape[-2:]
    columns, rows = (3, 2) if painting is None else (4, 3)
    cell = cell_size(round(width * pixel_shape), height, columns, rows)
    panels = motion_panels(current, motion, radius, cell, title)
    if painting is not None:
        panels += paint_panels(current, motion, painting, cell)
    return grid([panels[at : at + columns] for at in range(0, len(panels), columns)], GAP)


def cell_size(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """(width, height) of a panel, of frames of that shape."""
    larger = 1.5 if width >= WIDE else 1.0
    across = (BOX[0] * larger - (columns + 1) * GAP) / columns
    down = (BOX[1] * larger - (rows + 1) * GAP) / rows / 1.105  # with its caption
    scale = min(across / width, down / height)
    return max(16, int(width * scale)), max(16, int(height * scale))


def motion_panels(
    current: Tensor, motion: Motion | None, radius: float, cell: tuple[int, int], title: str
) -> list[Picture]:
    """Frame, warped neighbour, warp error; flow as colours and as arrows, masks.

    Args:
        current: 1×3×H×W.
        motion: to the frame before; None leaves all but the first empty.
        radius: of the wheel.
        cell: (width, height) of a panel.
        title: of the first one.
    """
    frame = _panel(to_picture(current), cell, title)
    if motion is None:
        empty = captioned(blank(cell[1], cell[0]), "first of a shot")
        return [frame, *[empty] * 5]
    warped = warp_lanczos(motion.previous, motion.flow)
    error = error_picture(warped, current)
    vectors = motion.flow[0].detach().cpu().numpy()
    wheel = with_wheel(stretched_to(flow_colours(vectors, radius), cell), radius)
    arrows = arrows_picture(current, motion.flow, radius, cell)
    parts = stretched_to(mask_overlay(current, motion.masks), cell)
    return [
        frame,
        _panel(to_picture(warped), cell, "the frame before, warped"),
        _error_panel(error, cell, "warp error, of 1"),
        captioned(wheel, "flow to the frame before"),
        captioned(arrows, "the same as arrows"),
        captioned(parts, "distrust", MASK_LEGEND),
    ]


def paint_panels(
    current: Tensor, motion: Motion | None, painting: Painting, cell: tuple[int, int]
) -> list[Picture]:
    """What the frame was held to and started from; the painted frame, and how it flickers.

    Args:
        current: 1×3×H×W, the frame.
        motion: to the frame before; None for a shot's first frame.
        painting: of the frame.
        cell: (width, height) of a panel.
    """
    painted = _panel(to_picture(painting.image), cell, "painted")
    before = painting.carried
    if before is None or painting.trust is None or painting.usable is None:
        empty = captioned(blank(cell[1], cell[0]), "nothing before it")
        return [empty, empty, painted, empty, empty, empty]
    error = error_picture(before, painting.image)
    return [
        _panel(seen_picture(before, painting.trust), cell, "held to (dark: not held)"),
        _panel(seen_picture(before, painting.usable), cell, "started from"),
        painted,
        _panel(to_picture(before), cell, "the paint before, warped"),
        _error_panel(error, cell, "warp error of the paint"),
        _more_than_the_source(current, motion, painting, before, cell),
    ]


def _more_than_the_source(
    current: Tensor,
    motion: Motion | None,
    painting: Painting,
    before: Tensor,
    cell: tuple[int, int],
) -> Picture:
    """Where the paint changes more than the frame itself does: what is seen as flicker."""
    if motion is None:
        return captioned(blank(cell[1], cell[0]), "first of a shot")
    warped = warp_lanczos(motion.previous, motion.flow)
    own = (warped - current).abs().mean(dim=1, keepdim=True).cpu()
    paint = (before - painting.image).abs().mean(dim=1, keepdim=True).cpu()
    more = (paint - own).clamp(min=0)
    error = error_picture(more, torch.zeros_like(more))
    return _error_panel(error, cell, "of that, not the source's")


def _panel(picture: Picture, cell: tuple[int, int], text: str) -> Picture:
    return captioned(stretched_to(picture, cell), text)


def _error_panel(picture: Picture, cell: tuple[int, int], text: str) -> Picture:
    key = error_bar(cell[0], caption_height(cell[1]), ERROR_SCALE)
    return captioned(stretched_to(picture, cell), text, key=key)
