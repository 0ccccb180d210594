"""Copies packets of a stream beside the picture into the result, at the result's times."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from flowstyle.media.pyav_values import exact
from flowstyle.media.side_tracks import SideTrack
from flowstyle.media.track_names import name_track

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_FINEST = 2**31 - 1


def describe(target: Stream, track: SideTrack) -> None:
    """Keep a track's name, language and flags."""
    name_track(target, track.language, track.title)
    target.disposition = track.disposition  # type: ignore[assignment]  # PyAV takes the number


class Copy:
    """Copies one stream.

    Args:
        track: of the source.
        stream: the same, open.
        output: the result, before its header is written.
        shift: seconds that are taken off all times.
        earliest: packets that begin before this time of the result are dropped, None for none.
    """

    def __init__(
        self,
        track: SideTrack,
        stream: Stream,
        output: OutputContainer,
        *,
        shift: Fraction,
        earliest: Fraction | None,
    ) -> None:
        self._target = output.add_stream_from_template(stream)
        self._output = output
        self._shift = shift
        self._earliest = earliest
        self._last_dts: int | None = None
        describe(self._target, track)

    def write(self, packet: Packet[Stream]) -> None:
        """Write one packet of the source."""
        clock = exact(packet.time_base)
        base, ticks = shifted_clock(clock, self._shift)
        scale = int(clock / base)
        pts = (packet.pts or 0) * scale - ticks
        if self._earliest is not None and pts * base < self._earliest:
            return
        dts = pts if packet.dts is None else packet.dts * scale - ticks
        # Some files repeat a decoding time; muxers refuse that.
        if self._last_dts is not None:
            dts = max(dts, self._last_dts + scale)
        self._last_dts = dts
        if packet.duration:
            packet.duration *= scale
        packet.time_base = base
        packet.pts, packet.dts = max(pts, dts), dts
        packet.stream = self._target
        self._output.mux(packet)

    def finish(self) -> None:
        """Nothing is held back."""


def shifted_clock(base: Fraction, shift: Fraction) -> tuple[Fraction, int]:
    """A clock that has both a stream's ticks and a shift among its own.

    Args:
        base: seconds of a tick of the stream: a block of 42 ms in some AVI files.
        shift: seconds.

    Returns:
        Seconds of a tick, a whole part of ``base``, and the shift in such ticks.

    Example:
        >>> shifted_clock(Fraction(3, 125), Fraction(1, 25))
        (Fraction(1, 125), 5)
    """
    fine = Fraction(
        math.gcd(base.numerator * shift.denominator, shift.numerator * base.denominator) or 1,
        base.denominator * shift.denominator,
    )
    if not shift:
        fine = base
    if fine.denominator > _FINEST:
        fine = base / max(1, math.ceil(base * 1_000_000))
    return fine, round(shift / fine)
