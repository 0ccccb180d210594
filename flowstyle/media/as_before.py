"""Packets of MPEG-4 Part 2 that say "as before", and those that hold two pictures.

Encoders write a picture of a few bytes that is "not coded" (ISO/IEC 14496-2, 6.2.5) where nothing
has changed. DivX and Xvid also pack a picture with the one after it for AVI, and put such a packet
in the free place; a copy into another container keeps both. FFmpeg gives no frame for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream
    from av.video.codeccontext import VideoCodecContext

CODEC = "mpeg4"
LARGEST = 8
"""Bytes that such a picture has at most: a start code, its kind, its time. A coded one has as few
only where it is smaller than 64×48 pixels."""

_PACKED = re.compile(rb"DivX\d+(?:b|Build)\d+p")


def holds_picture(packet: Packet[Stream], codec: str) -> bool:
    """Whether a packet holds a picture of its own.

    Args:
        packet: of a video stream, not empty, that is not packed.
        codec: FFmpeg's name.
    """
    return codec != CODEC or packet.size > LARGEST


def is_packed(context: VideoCodecContext, first: Packet[Stream]) -> bool:
    """Whether a stream says that its packets hold up to two pictures.

    There are as many pictures as packets, and FFmpeg's times of them are out of order.

    Args:
        context: of the stream.
        first: its first packet.
    """
    if context.name != CODEC:
        return False
    told = (context.extradata or b"") + bytes(first)
    return _PACKED.search(told) is not None
