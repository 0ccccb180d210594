"""How a frame follows its neighbours in the first sweep."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from flowstyle.settings.declaration import LOSSES, WORK, Group, setting

Start = Literal["content", "noise", "previous", "warped"]


class Following(Group):
    """How a frame follows its neighbours."""

    neighbors: bool = setting(
        True, panel=WORK, cli=False, help="Let frames follow each other. False renders each alone."
    )
    stability: float | None = setting(
        None,
        ge=0,
        le=1,
        panel=LOSSES,
        help="One dial: 0 makes every frame alone and boils, 1 is locked. Without it the preset's "
        "weights.",
    )
    temporal_weight: float = setting(
        250.0,
        ge=0,
        panel=LOSSES,
        needs=["optimised", "following"],
        help="Weight of the masked squared difference to the warped previous result, in [0, 1] "
        "units.",
    )
    temporal_loss: Literal["mse", "smoothl1"] = setting(
        "mse",
        panel=LOSSES,
        needs=["optimised", "following", "temporal_term"],
        help="Form of the temporal term.",
    )
    long_term: tuple[int, ...] = setting(
        (),
        unit="frames",
        panel=LOSSES,
        needs=["optimised", "following"],
        help="Distances, from 1 on, of further earlier frames that pull, e.g. 1,10,20,40 (Ruder).",
    )
    start: Start = setting(
        "warped",
        panel=WORK,
        cli=False,
        needs=["optimised", "following"],
        help="What a later frame starts from in the first sweep.",
    )
    fill_content: bool = setting(
        True,
        panel=WORK,
        cli=False,
        needs=["optimised", "following", "warped_start"],
        help="Areas of a warped start that no neighbour can serve for show what a frame ahead "
        "lends, or the frame itself in the colours of the paint around.",
    )
    fill_iterations: int = setting(
        30,
        ge=0,
        unit="iterations",
        panel=WORK,
        cli=False,
        needs=["optimised", "following", "warped_start", "filled_start"],
        help="Iterations at each size of a frame some way ahead whose paint newly shown areas "
        "borrow; at the full size a third as many below 512 pixels, and none from there on. 0 "
        "borrows none, and where the light changes paint does not go over to a later frame's "
        "either.",
    )
    keyframe_share: float = setting(
        0.3,
        ge=0,
        le=1,
        panel=WORK,
        cli=False,
        needs=["optimised", "following", "warped_start"],
        help="How far texture that has slipped goes back in each frame to where the flow from the "
        "last keyframe, every sixteenth frame, has it. For warped starts in the first sweep, "
        "without `long_term` and with flow that is estimated, not read from files.",
    )

    @field_validator("long_term")
    @classmethod
    def _closest_first(cls, distances: tuple[int, ...]) -> tuple[int, ...]:
        if any(distance < 1 for distance in distances):
            raise ValueError("distances are whole numbers from 1 on")
        return tuple(sorted(set(distances)))
