"""From the time stamps of a file to times of the clip, which begins at 0.

Broadcast streams count from anywhere, jump where two recordings were joined, and wrap after 26
hours (which FFmpeg unrolls); AVI numbers frames in the order of decoding. What is known of that
(see also :mod:`flowstyle.media.joins`) is applied to every packet before it is decoded or copied,
so that picture and sound move together.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flowstyle.core.types import Clock
from flowstyle.media.pyav_values import exact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.container import InputContainer
    from av.packet import Packet

BROADCAST = {"mpegts", "mpeg"}
"""Containers whose clock starts anywhere and may jump."""

_RAW = {"h264", "hevc", "mpegvideo", "m4v", "obu"}
"""Streams without a container: their times are FFmpeg's guess."""


def origin_of(container: InputContainer, picture: Fraction, indices: Iterable[int]) -> Fraction:
    """The file's second at which the clip begins.

    Args:
        container: an open clip.
        picture: time of the first frame that can be shown, seconds.
        indices: of the streams that count beside the picture.

    Returns:
        In broadcast streams the first frame's time. Elsewhere 0 means something: a picture that
        comes late stays late, and only what all streams wait for is left out.
    """
    if (BROADCAST | _RAW) & set(container.format.name.split(",")):
        return picture
    starts = [picture]
    for index in indices:
        stream = container.streams[index]
        if stream.start_time is not None and stream.time_base:
            starts.append(stream.start_time * exact(stream.time_base))
    return max(Fraction(0), min(starts))


class Retimer:
    """Gives packets of a file the clip's times.

    Args:
        clock: of the clip.
        picture: index of the video stream.
    """

    def __init__(self, clock: Clock, picture: int) -> None:
        self._clock = clock
        self._picture = picture
        self._at: dict[int, int] = {}  # newest known byte of each stream

    def __call__(self, packet: Packet[Any]) -> None:
        """Change a packet's time stamps.

        Args:
            packet: of any stream.
        """
        clock, index = self._clock, packet.stream_index
        if not packet.time_base:
            return
        if clock.by_decoding and index == self._picture:
            packet.pts = packet.dts
        shift = -clock.origin - (clock.delay if index == self._picture else 0)
        if clock.joins:
            if packet.pos is not None and packet.pos >= 0:
                self._at[index] = packet.pos
            at = self._at.get(index, 0)
            shift += next((more for byte, more in reversed(clock.joins) if at >= byte), Fraction(0))
        ticks = round(shift / exact(packet.time_base))
        if ticks:
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks
