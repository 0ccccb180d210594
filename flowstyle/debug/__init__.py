"""Pictures for people: flow wheel, masks, warp error, sheets."""

from flowstyle.debug.layout import captioned, contact_sheet, grid, to_picture
from flowstyle.debug.overlays import error_picture, flow_picture, mask_overlay
from flowstyle.debug.sheets import flow_sheet

__all__ = [
    "captioned",
    "contact_sheet",
    "error_picture",
    "flow_picture",
    "flow_sheet",
    "grid",
    "mask_overlay",
    "to_picture",
]
