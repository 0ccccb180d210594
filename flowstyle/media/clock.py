"""From the time stamps of a file to times of the clip, which begins at 0.

Broadcast streams count from anywhere, jump where two recordings were joined, and wrap after 26
hours (which FFmpeg unrolls); AVI numbers frames in the order of decoding. What is found here is
applied to every packet before it is decoded or copied, so that picture and sound move together.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from flowstyle.core.types import Clock
from flowstyle.media.pyav_values import exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

BROADCAST = {"mpegts", "mpeg"}
"""Containers whose clock starts anywhere and may jump."""

_RAW = {"h264", "hevc", "mpegvideo", "m4v", "obu"}
"""Streams without a container: their times are FFmpeg's guess."""

_BACK, _AHEAD = Fraction(1, 10), Fraction(10)
"""Seconds by which a decoding time goes back, or ahead, where recordings were joined."""


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


@dataclass
class _Part:
    """What lies between two joins: its picture's first and last time and its end, in seconds."""

    byte: int
    first: Fraction | None = None
    last: Fraction = Fraction(0)
    end: Fraction | None = None
    pictures: int = 0

    @property
    def length(self) -> Fraction:
        """From the first picture to the last, in seconds."""
        return Fraction(0) if self.first is None else self.last - self.first


class JoinFinder:
    """Finds where a file's clock jumps, in one pass over its packets.

    Every stream jumps at its own packet, and they all belong to one join: what the file holds
    behind the first of these bytes.

    Args:
        picture: index of the video stream.
        jumps: whether the container's clock may jump at all.
        by_decoding: see :class:`flowstyle.core.types.Clock`.
    """

    def __init__(self, picture: int, *, jumps: bool, by_decoding: bool) -> None:
        self._by_decoding = by_decoding
        self._picture = picture
        self._jumps = jumps
        self._parts = [_Part(0)]
        self._last: dict[int, Fraction] = {}  # decoding time of each stream
        self._part_of: dict[int, int] = {}

    def saw(self, packet: Packet[Stream]) -> None:
        """Note a packet with the file's own times."""
        if packet.dts is None or not packet.time_base:
            return
        index, now = packet.stream_index, packet.dts * exact(packet.time_base)
        newest = len(self._parts) - 1
        last = self._last.get(index)
        if last is None:
            self._part_of[index] = newest
        elif self._jumps and not last - _BACK <= now <= last + _AHEAD:
            self._jump(index, max(0, packet.pos or 0))
        self._last[index] = now
        part = self._parts[self._part_of[index]]
        stamp = packet.dts if self._by_decoding else packet.pts
        if index == self._picture and stamp is not None:
            base = exact(packet.time_base)
            at = stamp * base
            end = at + (packet.duration or 0) * base
            part.last = at if part.first is None else max(part.last, at)
            part.end = end if part.end is None else max(part.end, end)
            part.first = at if part.first is None else min(part.first, at)
            part.pictures += bool(packet.size)

    def _jump(self, index: int, byte: int) -> None:
        """One stream's clock jumps: at a join that another stream told of, or at a new one."""
        if self._part_of[index] == len(self._parts) - 1:
            self._parts.append(_Part(byte))
        self._part_of[index] = len(self._parts) - 1
        self._parts[-1].byte = min(self._parts[-1].byte, byte)

    @property
    def joined(self) -> bool:
        """Whether a jump was found so far."""
        return len(self._parts) > 1

    def joins(self) -> tuple[tuple[int, Fraction], ...]:
        """Bytes and the seconds added from there on, which let the picture go on without a gap."""
        return tuple((byte, added) for byte, added, _ in self._unrolled())[1:]

    @property
    def end(self) -> Fraction | None:
        """The file's second at which the picture ends, all joins applied; None without times."""
        return list(self._unrolled())[-1][2]

    @property
    def rate(self) -> Fraction | None:
        """Frames a second between the first and the last picture; None without any such time."""
        parts = [part for part in self._parts if part.pictures]
        length = sum((part.length for part in parts), Fraction(0))
        steps = sum(part.pictures for part in parts) - len(parts)
        return steps / length if steps > 0 and length > 0 else None

    def _unrolled(self) -> Iterator[tuple[int, Fraction, Fraction | None]]:
        """First byte, seconds added and end of each part."""
        added, end = Fraction(0), None
        for part in self._parts:
            if part.first is not None and part.end is not None:
                added = added if end is None else end - part.first
                # The last packet of a part may not tell how long it is shown.
                step = part.length / (part.pictures - 1) if part.pictures > 1 else Fraction(0)
                end = added + (part.end if part.end > part.last else part.last + step)
            yield part.byte, added, end
