"""Which piece of the clip is rendered, how large, and where its shots begin."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator

from flowstyle.settings.declaration import LOOK, Group, setting

LEAST_PART = 32
"""Frames: a part goes over to the next one's first frame in 24 of them."""


class Piece(Group):
    """Piece of the clip, size, shots."""

    width: int | None = setting(
        None,
        ge=16,
        le=16384,
        unit="pixels",
        panel=LOOK,
        help="Width of the render in pixels; the height follows. Without it the clip's own size.",
    )
    frames: int | None = setting(
        None,
        ge=1,
        unit="frames",
        panel=LOOK,
        help="Render at most so many frames. Without it all to the end.",
    )
    start_frame: int = setting(
        0, ge=0, unit="frames", panel=LOOK, help="First frame to render, counted from 0."
    )
    shots: Path | None = setting(
        None,
        panel=LOOK,
        help="A file that lists the first frames of shots, instead of finding the cuts.",
    )
    part: int = setting(
        0,
        ge=0,
        unit="frames",
        panel=LOOK,
        needs=["following", "warped_start", "one_sweep", "no_long_term"],
        help="Long shots are cut into an even number of parts of at most so many frames, so that "
        "several workers paint one: 32 or more, for instance 48. 0 cuts none.",
    )
    paint_bars: bool = setting(
        False,
        panel=LOOK,
        flag="--paint-bars/--keep-bars",
        help="Paint black bars around the picture too. Else they stay as they are.",
    )
    cuts: bool = setting(
        True,
        panel=LOOK,
        cli=False,
        needs=["no_list_of_shots"],
        help="Find the cuts. False treats the clip as one shot.",
    )

    @field_validator("part")
    @classmethod
    def _is_long_enough(cls, value: int) -> int:
        if 0 < value < LEAST_PART:
            raise ValueError(f"parts have {LEAST_PART} frames or more; 0 cuts none")
        return value
