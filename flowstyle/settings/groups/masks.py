"""Trust masks: where a frame is held to its neighbour.

For each reason of distrust 0 ignores it and 1 applies it fully. What a frame starts from is decided
by the colours as well.
"""

from __future__ import annotations

from typing import Literal

from flowstyle.settings.declaration import LOSSES, Group, setting

_NEEDS = ("own_masks", "following")


class Masks(Group):
    """Trust masks."""

    missed: float = setting(
        1.0,
        ge=0,
        le=1,
        panel=LOSSES,
        needs=_NEEDS,
        help="Distrust of occlusions, where forward and backward flow disagree.",
    )
    overshoot: float = setting(
        1.0,
        ge=0,
        le=1,
        panel=LOSSES,
        needs=_NEEDS,
        help="Distrust where the flow points off the frame.",
    )
    edges: float = setting(
        1.0,
        ge=0,
        le=1,
        panel=LOSSES,
        needs=_NEEDS,
        help="Distrust of motion boundaries.",
    )
    mask_dilate: int = setting(
        1,
        ge=0,
        le=32,
        unit="pixels",
        panel=LOSSES,
        flag="--dilate",
        needs=_NEEDS,
        help="By how much distrust grows.",
    )
    mask_blur: float = setting(
        0.8,
        ge=0,
        le=32,
        unit="pixels",
        panel=LOSSES,
        flag="--blur",
        needs=_NEEDS,
        help="Softness of the masks: sigma of a Gaussian.",
    )
    mask_soften: float = setting(
        0.0,
        ge=0,
        le=1,
        panel=LOSSES,
        flag="--soften",
        needs=_NEEDS,
        help="Least trust anywhere.",
    )
    trust: float = setting(
        1.0,
        ge=0,
        le=1,
        panel=LOSSES,
        cli=False,
        needs=["following"],
        help="Factor on all masks: below 1 each frame is partly painted anew, and boils.",
    )
    mask_rule: Literal["product", "reference"] = setting(
        "product",
        panel=LOSSES,
        cli=False,
        needs=["following"],
        help="Rule of the masks; `reference` is that of artistic-videos, without photometric "
        "check and dilation.",
    )
