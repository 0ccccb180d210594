"""Where the clock of a broadcast stream jumps, because recordings were joined.

A step back is always a join. A step ahead may be a pause as well: a camera on a slide sends no
picture for minutes while the sound runs on. So steps ahead are decided at the end of the file,
when it is known what the other streams did meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from flowstyle.media.pyav_values import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from av.packet import Packet
    from av.stream import Stream

_BACK, _AHEAD = Fraction(1, 10), Fraction(10)
"""Seconds by which a decoding time goes back, or ahead, where recordings may have been joined."""

_STEADY = {"video", "audio"}
"""Kinds of streams that go on all the time. Between subtitles, and between data, a minute is no
jump of the clock."""


class Found(NamedTuple):
    """What a pass over all packets tells.

    ``joins`` are bytes and the seconds added from there on, which let the picture go on without a
    gap; ``end`` is the file's second at which the picture ends, all joins applied, None without
    times; ``rate`` is the number of frames a second between the first and the last picture, None
    without any such time.
    """

    joins: tuple[tuple[int, Fraction], ...]
    end: Fraction | None
    rate: Fraction | None


@dataclass
class _Pictures:
    """First and last time of some pictures, their end in seconds, and how many they are."""

    first: Fraction | None = None
    last: Fraction = Fraction(0)
    end: Fraction | None = None
    count: int = 0

    def add(self, first: Fraction, last: Fraction, end: Fraction, count: int) -> None:
        """Put further pictures to these."""
        self.last = last if self.first is None else max(self.last, last)
        self.end = end if self.end is None else max(self.end, end)
        self.first = first if self.first is None else min(self.first, first)
        self.count += count

    @property
    def length(self) -> Fraction:
        """From the first picture to the last, in seconds."""
        return Fraction(0) if self.first is None else self.last - self.first


@dataclass
class _Stretch:
    """Packets of one stream whose decoding times take no large step; seconds of the file.

    ``backs`` counts the steps back before it, of whatever stream: only times of one count are of
    one clock. ``latest`` is the latest time at which anything is shown, since the last step back.
    """

    index: int
    backs: int
    before: _Stretch | None
    byte: int
    begin: Fraction
    end: Fraction
    latest: Fraction
    last_byte: int
    pictures: _Pictures = field(default_factory=_Pictures)

    @property
    def goes_back(self) -> bool:
        """Whether the step before it leads back."""
        return self.before is not None and self.begin < self.before.end


@dataclass
class _Part:
    """What lies between two joins: its first byte, its pictures."""

    byte: int
    pictures: _Pictures = field(default_factory=_Pictures)


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
        self._stretches: list[_Stretch] = []  # in the order in which they begin
        self._newest: dict[int, _Stretch] = {}  # of each stream
        self._backs = 0
        self._sparse: dict[int, Fraction] = {}  # decoding time of each stream of that kind
        self._sparse_steps: list[int] = []  # bytes

    def saw(self, packet: Packet[Stream]) -> None:
        """Note a packet with the file's own times."""
        if packet.dts is None or not packet.time_base:
            return
        index, base = packet.stream_index, exact(packet.time_base)
        now, byte = packet.dts * base, max(0, packet.pos or 0)
        if packet.stream.type not in _STEADY:
            if not _is_near(self._sparse.get(index, now), now):
                self._sparse_steps.append(byte)
            self._sparse[index] = now
            return
        stretch = self._newest.get(index)
        if stretch is None or (self._jumps and not _is_near(stretch.end, now)):
            stretch = self._begin(index, now, byte, stretch)
        stretch.end, stretch.last_byte = now, byte
        stretch.latest = max(stretch.latest, now if packet.pts is None else packet.pts * base)
        stamp = packet.dts if self._by_decoding else packet.pts
        if index == self._picture and stamp is not None:
            at = stamp * base
            end = at + (packet.duration or 0) * base
            stretch.pictures.add(at, at, end, bool(packet.size))

    def _begin(self, index: int, now: Fraction, byte: int, before: _Stretch | None) -> _Stretch:
        """Begin a stretch; a step back may be that of which another stream told."""
        backs, latest = self._backs, now
        if before is not None and now < before.end:
            self._backs += before.backs == self._backs
            backs = self._backs
        elif before is not None:
            backs, latest = before.backs, max(now, before.latest)
        stretch = _Stretch(index, backs, before, byte, now, now, latest, byte)
        self._stretches.append(stretch)
        self._newest[index] = stretch
        return stretch

    @property
    def went_back(self) -> bool:
        """Whether the clock has jumped back so far."""
        return self._backs > 0

    def found(self) -> Found:
        """What the packets so far tell."""
        parts = self._parts()
        unrolled = list(_unrolled(parts))
        joins = tuple((byte, added) for byte, added, _ in unrolled[1:])
        shown = [part.pictures for part in parts if part.pictures.count]
        length = sum((pictures.length for pictures in shown), Fraction(0))
        steps = sum(pictures.count for pictures in shown) - len(shown)
        rate = steps / length if steps > 0 and length > 0 else None
        return Found(joins, unrolled[-1][2], rate)

    def _parts(self) -> list[_Part]:
        """Cut the file where its clock jumps."""
        parts, part_of = [_Part(0)], dict[int, int]()
        is_pause = _Pauses(self._stretches)
        for stretch in self._stretches:
            index, before = stretch.index, stretch.before
            if before is None:
                part_of[index] = len(parts) - 1
            elif stretch.goes_back or not is_pause(stretch, before):
                # At a join that another stream told of, or at a new one.
                if part_of[index] == len(parts) - 1:
                    parts.append(_Part(stretch.byte))
                part_of[index] = len(parts) - 1
                behind = [b for b in self._sparse_steps if before.last_byte < b < stretch.byte]
                parts[-1].byte = min(parts[-1].byte, stretch.byte, *behind)
            one = stretch.pictures
            if one.first is not None and one.end is not None:
                parts[part_of[index]].pictures.add(one.first, one.last, one.end, one.count)
        return parts


class _Pauses:
    """Tells pauses of one stream from joins, where its time steps ahead.

    Args:
        stretches: of all streams.
    """

    def __init__(self, stretches: Sequence[_Stretch]) -> None:
        self._of: dict[int, dict[int, list[_Stretch]]] = defaultdict(lambda: defaultdict(list))
        for stretch in stretches:
            self._of[stretch.backs][stretch.index].append(stretch)

    def __call__(self, stretch: _Stretch, before: _Stretch) -> bool:
        """Whether the clock runs on between two stretches of a stream.

        It does where a picture was decoded before the step that is shown after it, and where
        another stream goes on for more than half of the time: sound may be longer than the
        picture of its recording, and begin before that of the next, but not by so much.
        """
        if before.latest >= stretch.begin:
            return True
        half = (stretch.begin - before.end) / 2
        others = self._of[stretch.backs].items()
        return any(
            _covered(stretches, before.end, stretch.begin) > half
            for index, stretches in others
            if index != stretch.index
        )


def _covered(stretches: Sequence[_Stretch], begin: Fraction, end: Fraction) -> Fraction:
    """Seconds of a time in which a stream goes on; its stretches are in the order of time."""
    total = Fraction(0)
    for k in range(bisect_left(stretches, begin, key=lambda one: one.end), len(stretches)):
        if stretches[k].begin >= end:
            break
        total += min(end, stretches[k].end) - max(begin, stretches[k].begin)
    return total


def _is_near(last: Fraction, now: Fraction) -> bool:
    return last - _BACK <= now <= last + _AHEAD


def _unrolled(parts: Sequence[_Part]) -> Iterator[tuple[int, Fraction, Fraction | None]]:
    """First byte, seconds added and end of each part."""
    added, end = Fraction(0), None
    for part in parts:
        shown = part.pictures
        if shown.first is not None and shown.end is not None:
            added = added if end is None else end - shown.first
            # The last packet of a part may not tell how long it is shown.
            step = shown.length / (shown.count - 1) if shown.count > 1 else Fraction(0)
            end = added + (shown.end if shown.end > shown.last else shown.last + step)
        yield part.byte, added, end
