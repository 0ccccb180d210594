"""The sheet that is drawn for one frame of a flow video or of a run's debug pictures."""

from __future__ import annotations

from torch import Tensor

from flowstyle.flow.masks import TrustMasks
from flowstyle.flow.warp import warp
from flowstyle.report.layout import Picture, blank, captioned, grid, to_picture
from flowstyle.report.overlays import (
    ERROR_SCALE,
    MASK_LEGEND,
    error_picture,
    flow_picture,
    mask_overlay,
)


def flow_sheet(
    current: Tensor,
    previous: Tensor | None,
    flow: Tensor | None,
    masks: TrustMasks | None,
    radius: float,
    *,
    title: str = "frame",
    styled: Tensor | None = None,
    used: Tensor | None = None,
    usable: Tensor | None = None,
) -> Picture:
    """Flow, masks, warp and error of one frame, in two rows; a third for what was painted.

    Args:
        current: 1×3×H×W, the target frame.
        previous: 1×3×H×W, the source frame; None for the first frame of a shot.
        flow: 1×2×H×W in pixels, current → previous.
        masks: of that flow.
        radius: of the colour wheel, in pixels, one for a shot.
        title: names the frame.
        styled: 1×3×H×W, the stylised frame.
        used: 1×1×H×W, the mask that its temporal term used.
        usable: 1×1×H×W, where the previous one's paint can serve as a start.

    Returns:
        H×W×3 uint8. The size depends only on the frame's size and on whether any of ``styled``,
        ``used`` and ``usable`` is given, so that sheets make a video.
    """
    frame = captioned(to_picture(current), title)
    empty = captioned(blank(*current.shape[-2:]), "first of a shot")
    if previous is None or flow is None or masks is None:
        rows = [[frame, empty, empty], [empty, empty, empty]]
    else:
        warped = warp(previous, flow, mode="bicubic")
        rows = [
            [
                frame,
                captioned(to_picture(warped), "previous, warped"),
                captioned(error_picture(warped, current), f"warp error, 0 to {ERROR_SCALE:g}"),
            ],
            [
                captioned(flow_picture(flow, radius), f"flow to previous, wheel {radius:.1f} px"),
                captioned(mask_overlay(current, masks), "distrust:", MASK_LEGEND),
                captioned(to_picture(masks.trust), "trust, white = 1"),
            ],
        ]
    made = ((styled, "painted"), (used, "held to earlier frames, white = 1"),
            (usable, "usable as a start"))  # fmt: skip
    if any(picture is not None for picture, _ in made):
        rows.append([captioned(to_picture(p), t) if p is not None else empty for p, t in made])
    return grid(rows)
