"""What a preview says of the render, in units that a person reads."""

from __future__ import annotations

from flowstyle.render.estimate import Estimate
from flowstyle.render.preview.sheet import taken


def test_small_amounts_are_no_parts_of_a_gigabyte() -> None:
    small = Estimate((176, 144), 24, 1, 1.0, 36.0, 3.0, 0.4, 1.04e9, 8e9, 19e6, 9e12)
    assert taken(small) == (
        "the full render takes about 36 s for 24 frames, 1.0 GB of memory, 19.0 MB of disk"
    )
