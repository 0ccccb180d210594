"""Pictures and words for people: flow wheel, masks, warp error, sheets, what a machine offers.

Nothing here changes a result.
"""

from flowstyle.report.layout import captioned, contact_sheet, grid, to_picture
from flowstyle.report.overlays import error_picture, flow_picture, mask_overlay
from flowstyle.report.sheets import flow_sheet

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
