"""How a picture is turned upright, for a person."""

from __future__ import annotations

UPRIGHT = (0, False)
"""Neither turned nor mirrored, as :func:`flowstyle.media.colour.orient` takes it."""


def told_turn(rotation: int, flipped: bool) -> str:
    """By how much a picture is turned.

    Args:
        rotation: degrees counterclockwise, a multiple of 90.
        flipped: mirrored left and right afterwards.

    Example:
        >>> told_turn(270, False), told_turn(0, True)
        ('turned by 90° to the right, as its tag says', 'mirrored, as its tag says')
    """
    turned = {90: "turned by 90° to the left", 270: "turned by 90° to the right"}
    parts = [turned.get(rotation, f"turned by {rotation}°")] if rotation else []
    parts += ["mirrored"] if flipped else []
    return " and ".join(parts) + ", as its tag says"
